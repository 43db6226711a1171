#include "common/tokenizers/wordpiece_vocab.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/text/code_points.h"

#define MAX_BYTES ((size_t)64 << 20)

const char *const axf_piece_special[PIECE_SPECIALS] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

typedef struct report {
    char *text;
    size_t size;
} report;

AXF_PRINTF(3, 4) static axf_status fail(const report *to, axf_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (to->size > 0) {
        vsnprintf(to->text, to->size, format, list);
    }
    va_end(list);
    return status;
}

static axf_status read_stream(axf_wordpiece *wp, FILE *stream, const char *path, const report *to)
{
    size_t capacity = 0;
    size_t got;
    do {
        if (wp->file_length == capacity) {
            capacity = capacity ? 2 * capacity : 1 << 18;
            char *grown = realloc(wp->file, capacity);
            if (!grown) {
                return fail(to, AXF_ERR_MEMORY, "%s: no memory for the vocabulary", path);
            }
            wp->file = grown;
        }
        got = fread(wp->file + wp->file_length, 1, capacity - wp->file_length, stream);
        wp->file_length += got;
        if (wp->file_length > MAX_BYTES) {
            return fail(to, AXF_ERR_FORMAT, "%s: more than %zu MiB: this is no WordPiece vocabulary", path,
                        MAX_BYTES >> 20);
        }
    } while (got > 0);
    if (ferror(stream)) {
        return fail(to, AXF_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    }
    return AXF_OK;
}

static axf_status read_file(axf_wordpiece *wp, const char *path, const report *to)
{
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        return fail(to, AXF_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    }
    const axf_status status = read_stream(wp, stream, path, to);
    fclose(stream);
    return status;
}

/* The end of the line that begins at `at`; `*next` is where the next one begins. Lines end as in Python's text mode. */
static size_t find_line_end(const axf_wordpiece *wp, size_t at, size_t *next)
{
    while (at < wp->file_length && wp->file[at] != '\n' && wp->file[at] != '\r') {
        at++;
    }
    const bool two = at + 1 < wp->file_length && wp->file[at] == '\r' && wp->file[at + 1] == '\n';
    *next = at + 1 + two;
    return at;
}

int32_t axf_piece_find(const axf_wordpiece *wp, const char *text, size_t length, uint64_t hash)
{
    for (size_t at = hash >> 20 & wp->mask; wp->slots[at].id >= 0; at = (at + 1) & wp->mask) {
        const axf_piece *piece = &wp->slots[at];
        if (piece->hash == hash && piece->length == length && memcmp(wp->file + piece->begin, text, length) == 0) {
            return piece->id;
        }
    }
    return -1;
}

static void insert(axf_wordpiece *wp, size_t begin, size_t length, int32_t id)
{
    const bool next = length > 2 && memcmp(wp->file + begin, "##", 2) == 0;
    if (next) {
        begin += 2;
        length -= 2;
    }
    uint64_t hash = next ? PIECE_HASH_NEXT : PIECE_HASH_FIRST;
    for (size_t i = 0; i < length; i++) {
        hash = axf_piece_hash(hash, wp->file[begin + i]);
    }
    size_t at = hash >> 20 & wp->mask;
    while (wp->slots[at].id >= 0 && (wp->slots[at].hash != hash || wp->slots[at].length != length ||
                                     memcmp(wp->file + wp->slots[at].begin, wp->file + begin, length) != 0)) {
        at = (at + 1) & wp->mask;
    }
    wp->slots[at] = (axf_piece){.hash = hash, .begin = (uint32_t)begin, .length = (uint32_t)length, .id = id};
    wp->longest = length > wp->longest ? length : wp->longest;
}

static axf_status make_table(axf_wordpiece *wp, const char *path, const report *to)
{
    size_t lines = 0;
    size_t next = 0;
    for (size_t at = 0; at < wp->file_length; at = next) {
        find_line_end(wp, at, &next);
        lines++;
    }
    size_t slots = 16;
    while (slots < 2 * lines) {
        slots *= 2;
    }
    wp->slots = malloc(slots * sizeof(*wp->slots));
    if (!wp->slots) {
        return fail(to, AXF_ERR_MEMORY, "%s: no memory for %zu tokens", path, lines);
    }
    for (size_t i = 0; i < slots; i++) {
        wp->slots[i].id = -1;
    }
    wp->mask = slots - 1;
    for (size_t at = 0; at < wp->file_length; at = next) {
        const size_t end = find_line_end(wp, at, &next);
        size_t invalid;
        if (!axf_code_valid(wp->file + at, end - at, &invalid)) {
            return fail(to, AXF_ERR_FORMAT, "%s:%d: byte %zu of the line is not UTF-8: is this a vocab.txt?", path,
                        wp->size + 1, invalid + 1);
        }
        insert(wp, at, end - at, wp->size++);
    }
    return AXF_OK;
}

static axf_status find_specials(axf_wordpiece *wp, const char *path, const report *to)
{
    for (int i = 0; i < PIECE_SPECIALS; i++) {
        const char *text = axf_piece_special[i];
        uint64_t hash = PIECE_HASH_FIRST;
        for (const char *c = text; *c; c++) {
            hash = axf_piece_hash(hash, *c);
        }
        wp->special[i] = axf_piece_find(wp, text, strlen(text), hash);
        if (wp->special[i] < 0 && i != PIECE_MASK) {
            return fail(to, AXF_ERR_FORMAT,
                        "%s: none of its %d lines is %s: a WordPiece vocabulary has [PAD], [UNK], [CLS] and [SEP]",
                        path, wp->size, text);
        }
    }
    return AXF_OK;
}

axf_status axf_wordpiece_open(const char *path, const axf_wordpiece_options *options, char *error, size_t error_size,
                              axf_wordpiece **out)
{
    const report to = {error, error_size};
    *out = NULL;
    static const char name[] = "/vocab.txt";
    char *file = malloc(strlen(path) + sizeof(name));
    axf_wordpiece *wp = calloc(1, sizeof(*wp));
    if (!file || !wp) {
        free(file);
        free(wp);
        return fail(&to, AXF_ERR_MEMORY, "%s: no memory for the vocabulary", path);
    }
    strcpy(file, path);
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        strcat(file, name);
    }
    wp->options = *options;
    axf_status status = read_file(wp, file, &to);
    status = status == AXF_OK ? make_table(wp, file, &to) : status;
    status = status == AXF_OK ? find_specials(wp, file, &to) : status;
    free(file);
    if (status != AXF_OK) {
        axf_wordpiece_close(wp);
        return status;
    }
    *out = wp;
    return AXF_OK;
}

void axf_wordpiece_close(axf_wordpiece *wp)
{
    if (wp) {
        free(wp->file);
        free(wp->slots);
        free(wp);
    }
}

int32_t axf_wordpiece_size(const axf_wordpiece *wp)
{
    return wp->size;
}

int32_t axf_wordpiece_unknown_id(const axf_wordpiece *wp)
{
    return wp->special[PIECE_UNK];
}
