/* A word is kept as its text with "</w>" behind it. Every symbol is a part of that text, so two neighbours are merged
 * by removing the border between them. */
#include "common/tokenizers/bpe.h"

#include "common/config/config.h"
#include "common/text/code_points.h"
#include "common/text/python.h"
#include "common/tokenizers/bpe_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define END "</w>"
#define END_LENGTH 4

enum { MAX_BYTES = 64 << 20 };
enum { BPE_BEGIN, BPE_PAD, BPE_END, BPE_UNK, BPE_MASK, BPE_SPECIALS };
static const char *const SPECIALS[BPE_SPECIALS] = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"};

typedef struct axf_bpe {
    axf_tokenizer base;
    axf_bpe_map ids, ranks; /* their keys point into the two files, which are in memory of the host */
    int32_t special[BPE_SPECIALS];
} axf_bpe;

static size_t count_lines(const char *data, size_t length)
{
    size_t count = 1;
    for (size_t i = 0; i < length; i++) {
        count += data[i] == '\n';
    }
    return count;
}

/* The line at `at`, without the white space around it. `*next` is where the next line begins. */
static axf_bpe_text read_line(const char *data, size_t length, size_t at, size_t *next)
{
    const char *found = memchr(data + at, '\n', length - at);
    size_t end = found ? (size_t)(found - data) : length;
    *next = end + 1;
    while (at < end && (data[at] == ' ' || data[at] == '\t' || data[at] == '\r')) {
        at++;
    }
    while (end > at && (data[end - 1] == ' ' || data[end - 1] == '\t' || data[end - 1] == '\r')) {
        end--;
    }
    return (axf_bpe_text){data + at, end - at};
}

static const char *find_last_blank(axf_bpe_text line)
{
    size_t at = line.length;
    while (at > 0 && line.text[at - 1] != ' ') {
        at--;
    }
    return at > 0 ? line.text + at - 1 : NULL;
}

static axf_status read_vocabulary(axf_bpe *bpe, const axf_host *host, const char *path)
{
    char *file;
    size_t length;
    AXF_TRY(host->read_file(host, path, MAX_BYTES, &file, &length));
    if (!axf_bpe_map_make(&bpe->ids, count_lines(file, length) + BPE_SPECIALS)) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for its tokens", path);
    }
    for (; bpe->base.size < BPE_MASK; bpe->base.size++) {
        axf_bpe_map_set(&bpe->ids, (axf_bpe_text){SPECIALS[bpe->base.size], strlen(SPECIALS[bpe->base.size])},
                        bpe->base.size);
    }
    size_t next;
    size_t number = 1;
    bool known = false;
    for (size_t at = 0; at < length; at = next, number++) {
        axf_bpe_text line = read_line(file, length, at, &next);
        const char *blank = find_last_blank(line);
        size_t invalid;
        if (!blank || !axf_code_valid(line.text, line.length, &invalid)) {
            return host->fail(host, AXF_ERR_FORMAT, "%s:%zu: is not a token, a blank and a count in UTF-8", path,
                              number);
        }
        line.length = (size_t)(blank - line.text);
        known = axf_bpe_map_get(&bpe->ids, line, (axf_bpe_text){"", 0}) >= 0;
        axf_bpe_map_set(&bpe->ids, line, bpe->base.size); /* a repeated token gets the next id as well */
        bpe->base.size += !known;
    }
    for (int i = 0; i < BPE_SPECIALS; i++) {
        bpe->special[i] =
            axf_bpe_map_get(&bpe->ids, (axf_bpe_text){SPECIALS[i], strlen(SPECIALS[i])}, (axf_bpe_text){"", 0});
    }
    if (bpe->special[BPE_MASK] < 0) {
        bpe->special[BPE_MASK] = bpe->base.size++;
    } else if (known) {
        bpe->base.size++; /* the last line repeats a token, and no later token has got the same id */
    }
    return AXF_OK;
}

static axf_status read_codes(axf_bpe *bpe, const axf_host *host, const char *path)
{
    char *file;
    size_t length;
    AXF_TRY(host->read_file(host, path, MAX_BYTES, &file, &length));
    if (!axf_bpe_map_make(&bpe->ranks, count_lines(file, length))) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for its merges", path);
    }
    size_t next;
    int32_t rank = 0;
    for (size_t at = 0; at < length; at = next, rank++) {
        axf_bpe_text line = read_line(file, length, at, &next);
        const char *last = find_last_blank(line);
        if (!last || memchr(line.text, ' ', line.length) == last) {
            return host->fail(host, AXF_ERR_FORMAT, "%s:%d: is not two symbols and a count", path, rank + 1);
        }
        line.length = (size_t)(last - line.text);
        if (next <= length) {
            axf_bpe_map_set(&bpe->ranks, line, rank);
        }
    }
    return AXF_OK;
}

typedef struct encoder {
    const axf_bpe *bpe;
    int32_t *ids;
    size_t count, limit; /* behind `limit` there is room for </s> */
    char word[4 * AXF_BPE_MAX_WORD + END_LENGTH];
    size_t borders[AXF_BPE_MAX_WORD + 1]; /* where the symbols begin, and where the last one ends */
    int32_t ranks[AXF_BPE_MAX_WORD];      /* rank of the pair of each symbol with the next one, or -1 */
    size_t symbols;
} encoder;

static void emit(encoder *e, int32_t id)
{
    if (e->count < e->limit) {
        e->ids[e->count++] = id < 0 ? e->bpe->special[BPE_UNK] : id;
    }
}

static axf_bpe_text symbol(const encoder *e, size_t i)
{
    return (axf_bpe_text){e->word + e->borders[i], e->borders[i + 1] - e->borders[i]};
}

static int32_t rank_pair(const encoder *e, size_t i)
{
    return i + 1 < e->symbols ? axf_bpe_map_get_pair(&e->bpe->ranks, symbol(e, i), symbol(e, i + 1)) : -1;
}

/* Merges every pair of this rank, from left to right. */
static void merge(encoder *e, int32_t rank)
{
    size_t to = 0;
    for (size_t from = 0; from < e->symbols; to++) {
        e->borders[to] = e->borders[from];
        e->ranks[to] = e->ranks[from];
        if (e->ranks[from] == rank && from + 1 < e->symbols) {
            e->ranks[to] = INT32_MIN; /* it was merged, so its ranks must be looked up */
            from++;
        }
        from++;
    }
    e->borders[to] = e->borders[e->symbols];
    e->symbols = to;
    for (size_t i = 0; i < to; i++) {
        const bool next_changed = i + 1 < to && e->ranks[i + 1] == INT32_MIN;
        if (e->ranks[i] == INT32_MIN || next_changed) {
            e->ranks[i] = rank_pair(e, i);
        }
    }
}

static void merge_all(encoder *e)
{
    for (size_t i = 0; i < e->symbols; i++) {
        e->ranks[i] = rank_pair(e, i);
    }
    for (;;) {
        int32_t best = -1;
        for (size_t i = 0; i < e->symbols; i++) {
            if (e->ranks[i] >= 0 && (best < 0 || e->ranks[i] < best)) {
                best = e->ranks[i];
            }
        }
        if (best < 0) {
            return;
        }
        merge(e, best);
    }
}

/* `length` > 0. */
static void encode_word(encoder *e, const char *text, size_t length)
{
    size_t at = 0;
    e->symbols = 0;
    do {
        if (e->symbols == AXF_BPE_MAX_WORD) {
            emit(e, -1);
            return;
        }
        uint32_t code;
        e->borders[e->symbols++] = at;
        at += axf_code_decode(text + at, length - at, &code);
    } while (at < length);
    if (e->symbols == 1) {
        emit(e, axf_bpe_map_get(&e->bpe->ids, (axf_bpe_text){text, length}, (axf_bpe_text){"", 0}));
        return;
    }
    memcpy(e->word, text, length);
    memcpy(e->word + length, END, END_LENGTH);
    e->borders[e->symbols] = length + END_LENGTH;
    merge_all(e);
    for (size_t i = 0; i + 1 < e->symbols; i++) {
        emit(e, axf_bpe_map_get(&e->bpe->ids, symbol(e, i), (axf_bpe_text){"@@", 2}));
    }
    axf_bpe_text last = symbol(e, e->symbols - 1);
    last.length -= END_LENGTH;
    emit(e, axf_bpe_map_get(&e->bpe->ids, last, (axf_bpe_text){"", 0}));
}

/* The length and the id of the special token at `text`; the length is 0 when there is none. */
static size_t match_special(const axf_bpe *bpe, const char *text, size_t length, int32_t *id)
{
    for (int i = 0; length > 0 && text[0] == '<' && i < BPE_SPECIALS; i++) {
        const size_t wanted = strlen(SPECIALS[i]);
        if (length >= wanted && memcmp(text, SPECIALS[i], wanted) == 0) {
            *id = bpe->special[i];
            return wanted;
        }
    }
    return 0;
}

/* Where the word at `at` ends: before white space or a special token. The word may be empty. */
static size_t word_end(const axf_bpe *bpe, const char *text, size_t length, size_t at)
{
    while (at < length) {
        uint32_t code;
        int32_t id;
        const size_t taken = axf_code_decode(text + at, length - at, &code);
        if (axf_python_is_space(code) || match_special(bpe, text + at, length - at, &id) > 0) {
            break;
        }
        at += taken;
    }
    return at;
}

static size_t skip_space(const char *text, size_t length, size_t at)
{
    while (at < length) {
        uint32_t code;
        const size_t taken = axf_code_decode(text + at, length - at, &code);
        if (!axf_python_is_space(code)) {
            break;
        }
        at += taken;
    }
    return at;
}

static axf_status encode(const axf_tokenizer *self, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count)
{
    const axf_bpe *bpe = (const axf_bpe *)self;
    *count = 0;
    if (max_length < 2) {
        return AXF_ERR_DATA;
    }
    encoder e;
    e.bpe = bpe;
    e.ids = ids;
    e.count = 0;
    e.limit = max_length - 1;
    emit(&e, bpe->special[BPE_BEGIN]);
    for (size_t at = skip_space(text, length, 0); at < length && e.count < e.limit;) {
        int32_t id;
        const size_t special = match_special(bpe, text + at, length - at, &id);
        if (special > 0) {
            emit(&e, id);
            at = skip_space(text, length, at + special);
            continue;
        }
        const size_t end = word_end(bpe, text, length, at), next = skip_space(text, length, end);
        /* The words of the reference are \S+\n?, but white space before a special token has been removed. */
        const bool sticks =
            end < length && text[end] == '\n' && match_special(bpe, text + next, length - next, &id) == 0;
        encode_word(&e, text + at, end - at + sticks);
        at = next;
    }
    ids[e.count++] = bpe->special[BPE_END];
    *count = e.count;
    return AXF_OK;
}

static void close_all(axf_tokenizer *self)
{
    axf_bpe *bpe = (axf_bpe *)self;
    free(bpe->ids.slots);
    free(bpe->ranks.slots);
    free(bpe);
}

axf_status axf_bpe_open(const axf_host *host, const char *folder, axf_tokenizer **out)
{
    *out = NULL;
    axf_bpe *bpe = calloc(1, sizeof *bpe);
    if (bpe == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for the tokenizer", folder);
    }
    bpe->base.encode = encode;
    bpe->base.close = close_all;
    axf_status status = read_vocabulary(bpe, host, axf_config_path(host, folder, "vocab.txt"));
    status = status == AXF_OK ? read_codes(bpe, host, axf_config_path(host, folder, "bpe.codes")) : status;
    if (status != AXF_OK) {
        close_all(&bpe->base);
        return status;
    }
    *out = &bpe->base;
    return AXF_OK;
}
