#include "common/tokenizers/wordpiece_vocab.h"

#include "common/config/config.h"
#include "common/text/code_points.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 64 << 20 };

const char *const axf_piece_special[PIECE_SPECIALS] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/* The end of the line that begins at `at`; `*next` is where the next one begins. Lines end as in Python's text mode. */
static size_t find_line_end(const axf_wordpiece_vocab *vocab, size_t at, size_t *next)
{
    while (at < vocab->file_length && vocab->file[at] != '\n' && vocab->file[at] != '\r') {
        at++;
    }
    const bool two = at + 1 < vocab->file_length && vocab->file[at] == '\r' && vocab->file[at + 1] == '\n';
    *next = at + 1 + two;
    return at;
}

int32_t axf_wordpiece_vocab_find(const axf_wordpiece_vocab *vocab, const char *text, size_t length, uint64_t hash)
{
    for (size_t at = hash >> 20 & vocab->mask; vocab->slots[at].id >= 0; at = (at + 1) & vocab->mask) {
        const axf_piece *piece = &vocab->slots[at];
        if (piece->hash == hash && piece->length == length && memcmp(vocab->file + piece->begin, text, length) == 0) {
            return piece->id;
        }
    }
    return -1;
}

static void insert(axf_wordpiece_vocab *vocab, size_t begin, size_t length, int32_t id)
{
    const bool next = length > 2 && memcmp(vocab->file + begin, "##", 2) == 0;
    if (next) {
        begin += 2;
        length -= 2;
    }
    uint64_t hash = next ? PIECE_HASH_NEXT : PIECE_HASH_FIRST;
    for (size_t i = 0; i < length; i++) {
        hash = axf_piece_hash(hash, vocab->file[begin + i]);
    }
    size_t at = hash >> 20 & vocab->mask;
    while (vocab->slots[at].id >= 0 &&
           (vocab->slots[at].hash != hash || vocab->slots[at].length != length ||
            memcmp(vocab->file + vocab->slots[at].begin, vocab->file + begin, length) != 0)) {
        at = (at + 1) & vocab->mask;
    }
    vocab->slots[at] = (axf_piece){.hash = hash, .begin = (uint32_t)begin, .length = (uint32_t)length, .id = id};
    vocab->longest = length > vocab->longest ? length : vocab->longest;
}

static axf_status make_table(axf_wordpiece_vocab *vocab, const axf_host *host, const char *path)
{
    size_t lines = 0;
    size_t next = 0;
    for (size_t at = 0; at < vocab->file_length; at = next) {
        find_line_end(vocab, at, &next);
        lines++;
    }
    size_t slots = 16;
    while (slots < 2 * lines) {
        slots *= 2;
    }
    vocab->slots = malloc(slots * sizeof *vocab->slots);
    if (vocab->slots == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for %zu tokens", path, lines);
    }
    for (size_t i = 0; i < slots; i++) {
        vocab->slots[i].id = -1;
    }
    vocab->mask = slots - 1;
    for (size_t at = 0; at < vocab->file_length; at = next) {
        const size_t end = find_line_end(vocab, at, &next);
        size_t invalid;
        if (!axf_code_valid(vocab->file + at, end - at, &invalid)) {
            return host->fail(host, AXF_ERR_FORMAT, "%s:%d: byte %zu of the line is not UTF-8: is this a vocab.txt?",
                              path, vocab->size + 1, invalid + 1);
        }
        insert(vocab, at, end - at, vocab->size++);
    }
    return AXF_OK;
}

static axf_status find_specials(axf_wordpiece_vocab *vocab, const axf_host *host, const char *path)
{
    for (int i = 0; i < PIECE_SPECIALS; i++) {
        const char *text = axf_piece_special[i];
        uint64_t hash = PIECE_HASH_FIRST;
        for (const char *c = text; *c; c++) {
            hash = axf_piece_hash(hash, *c);
        }
        vocab->special[i] = axf_wordpiece_vocab_find(vocab, text, strlen(text), hash);
        if (vocab->special[i] < 0 && i != PIECE_MASK) {
            return host->fail(
                host, AXF_ERR_FORMAT,
                "%s: none of its %d lines is %s: a WordPiece vocabulary has [PAD], [UNK], [CLS] and [SEP]", path,
                vocab->size, text);
        }
    }
    return AXF_OK;
}

axf_status axf_wordpiece_vocab_read(axf_wordpiece_vocab *vocab, const axf_host *host, const char *folder)
{
    const char *path = axf_config_path(host, folder, "vocab.txt");
    char *file;
    AXF_TRY(host->read_file(host, path, MAX_BYTES, &file, &vocab->file_length));
    vocab->file = file;
    AXF_TRY(make_table(vocab, host, path));
    return find_specials(vocab, host, path);
}

void axf_wordpiece_vocab_free(axf_wordpiece_vocab *vocab)
{
    free(vocab->slots);
}
