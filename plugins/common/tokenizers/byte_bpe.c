/* A text is cut at special tokens, each part between them into GPT-2's pieces, and each piece into bytes. The bytes are
 * merged by rank, and the leftmost first where ranks are equal. */
#include "common/tokenizers/byte_bpe.h"

#include "common/text/code_points.h"
#include "common/tokenizers/byte_bpe_vocab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/tokenizers/byte_bpe_classes.inc"

#define RANGES(table) (table), sizeof(table) / sizeof((table)[0])

enum { SHORT = 128 };

enum { LETTER, NUMBER, SPACE, OTHER };

typedef struct axf_byte_bpe {
    axf_tokenizer base;
    axf_byte_bpe_vocab vocab;
} axf_byte_bpe;

typedef struct symbol {
    int32_t id; /* -1: it has been merged into the symbol before */
    int32_t before, after;
} symbol;

/* A merge that is possible now, but perhaps no longer when its turn comes. */
typedef struct candidate {
    int32_t rank, at, id;
} candidate;

typedef struct encoder {
    const axf_byte_bpe_vocab *vocab;
    int32_t *ids;
    size_t count, limit; /* behind `limit` there is room for </s> */
    symbol *symbols;
    candidate *heap; /* room for three for each symbol */
    size_t symbol_count, heap_count, room;
    symbol few_symbols[SHORT];
    candidate few_candidates[3 * SHORT];
} encoder;

static bool reserve(encoder *e, size_t symbols)
{
    if (symbols <= e->room) {
        return true;
    }
    symbol *room = symbols < (size_t)INT32_MAX / 3 ? malloc(symbols * (sizeof(symbol) + 3 * sizeof(candidate))) : NULL;
    if (room == NULL) {
        return false;
    }
    if (e->symbols != e->few_symbols) {
        free(e->symbols);
    }
    e->symbols = room;
    e->heap = (candidate *)(room + symbols);
    e->room = symbols;
    return true;
}

static bool precedes(const candidate *a, const candidate *b)
{
    return a->rank < b->rank || (a->rank == b->rank && a->at < b->at);
}

static void push(encoder *e, candidate item)
{
    size_t at = e->heap_count++;
    while (at > 0 && precedes(&item, &e->heap[(at - 1) / 2])) {
        e->heap[at] = e->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    e->heap[at] = item;
}

static candidate pop(encoder *e)
{
    const candidate first = e->heap[0], last = e->heap[--e->heap_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < e->heap_count; at = child) {
        child += child + 1 < e->heap_count && precedes(&e->heap[child + 1], &e->heap[child]);
        if (!precedes(&e->heap[child], &last)) {
            break;
        }
        e->heap[at] = e->heap[child];
    }
    e->heap[at] = last;
    return first;
}

static const axf_byte_merge *merge_at(const encoder *e, int32_t at)
{
    const symbol *left = &e->symbols[at];
    return left->id >= 0 && left->after >= 0 ? axf_byte_bpe_vocab_merge(e->vocab, left->id, e->symbols[left->after].id)
                                             : NULL;
}

static void offer(encoder *e, int32_t at)
{
    const axf_byte_merge *merge = at >= 0 ? merge_at(e, at) : NULL;
    if (merge != NULL) {
        push(e, (candidate){merge->rank, at, merge->id});
    }
}

/* Each merge adds two candidates, and there are fewer merges than symbols, so the heap has less than three for each. */
static void merge_all(encoder *e)
{
    e->heap_count = 0;
    for (size_t i = 0; i + 1 < e->symbol_count; i++) {
        offer(e, (int32_t)i);
    }
    while (e->heap_count > 0) {
        const candidate best = pop(e);
        const axf_byte_merge *merge = merge_at(e, best.at);
        if (merge == NULL || merge->id != best.id) {
            continue; /* one of the two has been merged with another symbol */
        }
        symbol *left = &e->symbols[best.at], *right = &e->symbols[left->after];
        left->id = merge->id;
        left->after = right->after;
        right->id = -1;
        if (left->after >= 0) {
            e->symbols[left->after].before = best.at;
        }
        offer(e, left->before);
        offer(e, best.at);
    }
}

static void emit(encoder *e, int32_t id)
{
    if (e->count < e->limit) {
        e->ids[e->count++] = id;
    }
}

/* A byte without a token of its own is skipped. */
static bool encode_piece(encoder *e, const char *text, size_t length)
{
    if (!reserve(e, 3 * length)) { /* a byte that is not UTF-8 becomes U+FFFD, which has three */
        return false;
    }
    e->symbol_count = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        char bytes[4];
        at += axf_code_decode(text + at, length - at, &code);
        const size_t size = axf_code_encode(code, bytes);
        for (size_t i = 0; i < size; i++) {
            const int32_t id = e->vocab->byte[(unsigned char)bytes[i]], place = (int32_t)e->symbol_count;
            if (id >= 0) {
                e->symbols[e->symbol_count++] = (symbol){id, place - 1, place + 1};
            }
        }
    }
    if (e->symbol_count > 0) {
        e->symbols[e->symbol_count - 1].after = -1;
        merge_all(e);
    }
    for (size_t i = 0; i < e->symbol_count; i++) {
        if (e->symbols[i].id >= 0) {
            emit(e, e->symbols[i].id);
        }
    }
    return true;
}

static int classify(uint32_t code)
{
    if (code < 0x80) {
        return (code | 0x20) >= 'a' && (code | 0x20) <= 'z'    ? LETTER
               : code >= '0' && code <= '9'                    ? NUMBER
               : code == ' ' || (code >= '\t' && code <= '\r') ? SPACE
                                                               : OTHER;
    }
    return axf_code_find(RANGES(BYTE_LETTER), code, NULL)   ? LETTER
           : axf_code_find(RANGES(BYTE_NUMBER), code, NULL) ? NUMBER
           : axf_code_find(RANGES(BYTE_SPACE), code, NULL)  ? SPACE
                                                            : OTHER;
}

static int class_at(const char *text, size_t length, size_t at, size_t *next)
{
    uint32_t code;
    *next = at + axf_code_decode(text + at, length - at, &code);
    return classify(code);
}

/* Where the run of characters of class `kind` that begins at `at` ends; `*last` is where its last character begins. */
static size_t run_end(const char *text, size_t length, size_t at, int kind, size_t *last)
{
    *last = at;
    for (size_t next; at < length && class_at(text, length, at, &next) == kind; at = next) {
        *last = at;
    }
    return at;
}

/* Where the piece that begins at `at` ends. The alternatives of GPT-2's pattern are tried in their order. */
static size_t piece_end(const char *text, size_t length, size_t at)
{
    static const char *const contractions[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; text[at] == '\'' && i < sizeof contractions / sizeof contractions[0]; i++) {
        const size_t size = strlen(contractions[i]);
        if (size <= length - at && memcmp(text + at, contractions[i], size) == 0) {
            return at + size;
        }
    }
    size_t next, last;
    const size_t begin = at + (text[at] == ' ');
    const int kind = begin < length ? class_at(text, length, begin, &next) : SPACE;
    if (kind != SPACE) {
        return run_end(text, length, begin, kind, &last);
    }
    const size_t end = run_end(text, length, at, SPACE, &last);
    return end == length || last == at ? end : last; /* the last blank of a run belongs to the next piece */
}

static bool encode_stretch(encoder *e, const char *text, size_t length)
{
    for (size_t at = 0; at < length && e->count < e->limit;) {
        const size_t end = piece_end(text, length, at);
        if (!encode_piece(e, text + at, end - at)) {
            return false;
        }
        at = end;
    }
    return true;
}

static axf_status encode(const axf_tokenizer *self, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count)
{
    const axf_byte_bpe *bpe = (const axf_byte_bpe *)self;
    *count = 0;
    if (max_length < 2) {
        return AXF_ERR_DATA;
    }
    encoder e;
    e.vocab = &bpe->vocab;
    e.ids = ids;
    e.count = 0;
    e.limit = max_length - 1;
    e.symbols = e.few_symbols;
    e.heap = e.few_candidates;
    e.room = SHORT;
    bool ok = true;
    emit(&e, bpe->vocab.special[AXF_SPECIAL_BEGIN]);
    for (size_t at = 0, begin, end; ok && at < length && e.count < e.limit; at = end) {
        const int token = axf_special_find(text, length, at, &begin, &end);
        ok = encode_stretch(&e, text + at, begin - at);
        if (token >= 0) {
            emit(&e, bpe->vocab.special[token]);
        }
    }
    if (e.symbols != e.few_symbols) {
        free(e.symbols);
    }
    ids[e.count++] = bpe->vocab.special[AXF_SPECIAL_END];
    *count = e.count;
    return ok ? AXF_OK : AXF_ERR_MEMORY;
}

static void close_all(axf_tokenizer *self)
{
    axf_byte_bpe *bpe = (axf_byte_bpe *)self;
    axf_byte_bpe_vocab_free(&bpe->vocab);
    free(bpe);
}

axf_status axf_byte_bpe_open(const axf_host *host, const char *folder, axf_tokenizer **out)
{
    *out = NULL;
    axf_byte_bpe *bpe = calloc(1, sizeof *bpe);
    if (bpe == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for the tokenizer", folder);
    }
    const axf_status status = axf_byte_bpe_vocab_read(&bpe->vocab, host, folder);
    if (status != AXF_OK) {
        close_all(&bpe->base);
        return status;
    }
    bpe->base = (axf_tokenizer){bpe->vocab.size, encode, close_all};
    *out = &bpe->base;
    return AXF_OK;
}
