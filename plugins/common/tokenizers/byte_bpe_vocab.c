/* Reads vocab.json and merges.txt. Tokens are text in these files, and numbers in the rest of the code. */
#include "common/tokenizers/byte_bpe_vocab.h"

#include "common/config/config.h"
#include "common/text/code_points.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 64 << 20, MAX_ID = 1 << 24 };

typedef struct reader {
    const axf_host *host;
    const char *path; /* the file that is being read */
    axf_byte_bpe_vocab *vocab;
    json_t *vocabulary;
} reader;

static size_t slot_of(const axf_byte_bpe_vocab *vocab, int32_t left, int32_t right)
{
    uint64_t hash = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9E3779B97F4A7C15u;
    size_t slot = (size_t)(hash >> 32) & vocab->mask;
    while (vocab->merges[slot].left >= 0 && (vocab->merges[slot].left != left || vocab->merges[slot].right != right)) {
        slot = (slot + 1) & vocab->mask;
    }
    return slot;
}

const axf_byte_merge *axf_byte_bpe_vocab_merge(const axf_byte_bpe_vocab *vocab, int32_t left, int32_t right)
{
    const axf_byte_merge *merge = &vocab->merges[slot_of(vocab, left, right)];
    return merge->left >= 0 ? merge : NULL;
}

static int32_t id_of(const reader *r, const char *token, size_t length)
{
    const json_t *value = json_object_getn(r->vocabulary, token, length);
    return value != NULL ? (int32_t)json_integer_value(value) : -1;
}

/* The characters that GPT-2 writes for bytes: printable Latin-1 bytes are themselves, and the others are U+0100 and
 * those behind it, in order. */
static void find_bytes(const reader *r)
{
    uint32_t next = 0x100;
    for (uint32_t byte = 0; byte < 256; byte++) {
        const int printable = (byte > 0x20 && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD);
        char text[4];
        const size_t length = axf_code_encode(printable ? byte : next++, text);
        r->vocab->byte[byte] = id_of(r, text, length);
    }
}

static axf_status check_ids(const reader *r)
{
    const char *token;
    json_t *value;
    json_object_foreach(r->vocabulary, token, value)
    {
        const json_int_t id = json_integer_value(value);
        if (!json_is_integer(value) || id < 0 || id >= MAX_ID) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s: the id of '%.60s' must be a whole number below %d",
                                 r->path, token, MAX_ID);
        }
        r->vocab->size = (int32_t)id >= r->vocab->size ? (int32_t)id + 1 : r->vocab->size;
    }
    for (int i = 0; i < AXF_SPECIALS; i++) {
        r->vocab->special[i] = id_of(r, axf_special_texts[i], strlen(axf_special_texts[i]));
        if (r->vocab->special[i] < 0 && i != AXF_SPECIAL_MASK) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s: has no token %s: this is not a vocabulary of RoBERTa",
                                 r->path, axf_special_texts[i]);
        }
    }
    if (r->vocab->special[AXF_SPECIAL_MASK] < 0) {
        r->vocab->special[AXF_SPECIAL_MASK] = r->vocab->size++;
    }
    return AXF_OK;
}

static axf_status read_vocabulary(reader *r, const char *folder)
{
    char *bytes;
    size_t size;
    r->path = axf_config_path(r->host, folder, "vocab.json");
    AXF_TRY(r->host->read_file(r->host, r->path, MAX_BYTES, &bytes, &size));
    json_error_t error;
    r->vocabulary = json_loadb(bytes, size, 0, &error);
    if (!json_is_object(r->vocabulary)) {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%d:%d: not a JSON object: %s", r->path, error.line,
                             error.column, r->vocabulary == NULL ? error.text : "something else");
    }
    AXF_TRY(check_ids(r));
    find_bytes(r);
    return AXF_OK;
}

static axf_status make_map(reader *r, size_t count)
{
    size_t slots = 16;
    while (slots < 2 * count) {
        slots *= 2;
    }
    r->vocab->merges = malloc(slots * sizeof *r->vocab->merges);
    if (r->vocab->merges == NULL) {
        return r->host->fail(r->host, AXF_ERR_MEMORY, "%s: no memory for its %zu merges", r->path, count);
    }
    for (size_t i = 0; i < slots; i++) {
        r->vocab->merges[i].left = -1;
    }
    r->vocab->mask = slots - 1;
    return AXF_OK;
}

/* Adds the merge in `line`. Where a pair is listed twice, the first one is used. */
static axf_status add_merge(const reader *r, char *line, size_t length, int32_t number)
{
    if (length > 0 && line[length - 1] == '\r') {
        length--;
    }
    char *blank = memchr(line, ' ', length);
    const size_t left_length = blank != NULL ? (size_t)(blank - line) : 0;
    const size_t right_length = blank != NULL ? length - left_length - 1 : 0;
    if (left_length == 0 || right_length == 0 || memchr(blank + 1, ' ', right_length) != NULL) {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%d: is not two tokens with a blank between", r->path, number);
    }
    const int32_t left = id_of(r, line, left_length), right = id_of(r, blank + 1, right_length);
    memmove(blank, blank + 1, right_length);
    const int32_t id = id_of(r, line, length - 1);
    if (left < 0 || right < 0 || id < 0) {
        return r->host->fail(
            r->host, AXF_ERR_FORMAT,
            "%s:%d: merges tokens that vocab.json beside it lacks: the two files do not belong together", r->path,
            number);
    }
    axf_byte_merge *merge = &r->vocab->merges[slot_of(r->vocab, left, right)];
    if (merge->left < 0) {
        *merge = (axf_byte_merge){left, right, number, id};
    }
    return AXF_OK;
}

static axf_status read_merges(reader *r, const char *folder)
{
    char *bytes;
    size_t size, lines = 0;
    r->path = axf_config_path(r->host, folder, "merges.txt");
    AXF_TRY(r->host->read_file(r->host, r->path, MAX_BYTES, &bytes, &size));
    for (size_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n';
    }
    AXF_TRY(make_map(r, lines));
    int32_t number = 1;
    for (char *line = bytes, *end; (end = memchr(line, '\n', size - (size_t)(line - bytes))) != NULL; line = end + 1) {
        if (number > 1) {
            AXF_TRY(add_merge(r, line, (size_t)(end - line), number));
        }
        number++;
    }
    return AXF_OK;
}

axf_status axf_byte_bpe_vocab_read(axf_byte_bpe_vocab *vocab, const axf_host *host, const char *folder)
{
    reader r = {.host = host, .vocab = vocab};
    axf_status status = read_vocabulary(&r, folder);
    status = status == AXF_OK ? read_merges(&r, folder) : status;
    json_decref(r.vocabulary);
    return status;
}

void axf_byte_bpe_vocab_free(axf_byte_bpe_vocab *vocab)
{
    free(vocab->merges);
}
