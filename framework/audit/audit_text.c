#include "audit/audit_text.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 5, LONGEST = 4096, SHORTEST = 20, BANDS = 32, ROWS = 4, WINDOW = 64 };

/* ---- words ---- */

static uint32_t lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) ||
        (c >= 0x410 && c <= 0x42F)) {
        return c + 32;
    }
    return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

static int is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x3000;
}

/* Whether a code point is part of a word: letters, digits, ideographs and emoji are, but not the punctuation of Latin,
 * General Punctuation and CJK, and not joiners. */
static int is_word(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    return c >= 0xC0 && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F) &&
           !(c >= 0xFE00 && c <= 0xFE0F) && c != 0xFEFF && c != 0xFFFD;
}

/* The length in bytes of the entity ("&amp;" and the like) at `text`; 0 when there is none. */
static size_t entity_length(const char *text, size_t length)
{
    for (size_t i = 1; i < length && i < 12; i++) {
        if (text[i] == ';') {
            return i > 1 ? i + 1 : 0;
        }
        if (!is_word((unsigned char)text[i]) && text[i] != '#') {
            return 0;
        }
    }
    return 0;
}

static int begins(const char *text, size_t length, const char *with)
{
    const size_t n = strlen(with);
    for (size_t i = 0; i < n; i++) {
        if (i >= length || lower((unsigned char)text[i]) != (unsigned char)with[i]) {
            return 0;
        }
    }
    return 1;
}

/* Appends the words of a piece between blanks, which may have several or none. */
static void add_piece(axf_strbuf *out, size_t start, const char *text, size_t length)
{
    if (begins(text, length, "http://") || begins(text, length, "https://") || begins(text, length, "www.") ||
        text[0] == '@' || (out->length == start && length == 2 && begins(text, length, "rt"))) {
        return;
    }
    int open = 0; /* 1: inside a word */
    for (size_t at = 0; at < length;) {
        uint32_t c;
        const size_t entity = text[at] == '&' ? entity_length(text + at, length - at) : 0;
        const size_t size = entity > 0 ? 0 : axf_utf8_next(text + at, length - at, &c);
        if (entity > 0 || size == 0) {
            at += entity > 0 ? entity : 1;
            open = 0;
            continue;
        }
        at += size;
        if (is_word(c)) {
            if (!open && out->length > start) {
                axf_strbuf_putc(out, ' ');
            }
            open = 1;
            axf_utf8_put(out, lower(c));
        } else if (c != '\'' && c != 0x2019) { /* an apostrophe does not end a word: don't becomes dont */
            open = 0;
        }
    }
}

void axf_audit_words(axf_strbuf *out, const char *text, size_t length)
{
    const size_t start = out->length;
    for (size_t at = 0, from = 0; at <= length;) {
        uint32_t c = ' ';
        size_t size = 1;
        if (at < length) {
            size = axf_utf8_next(text + at, length - at, &c);
        }
        if (size > 0 && is_space(c)) {
            if (at > from) {
                add_piece(out, start, text + from, at - from);
            }
            from = at + size;
        }
        at += size > 0 ? size : 1;
    }
}

/* ---- pieces ---- */

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void set_shingles(axf_audit_texts *texts, int32_t post, const char *words, size_t length)
{
    length = length < LONGEST ? length : LONGEST;
    if (length < SHORTEST) {
        return;
    }
    uint64_t all[LONGEST];
    size_t n = 0, kept = 0;
    for (size_t i = 0; i + PIECE <= length; i++) {
        uint64_t piece = 0;
        for (size_t k = 0; k < PIECE; k++) {
            piece = piece << 8 | (unsigned char)words[i + k];
        }
        all[n++] = piece;
    }
    qsort(all, n, sizeof *all, by_number);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || all[i] != all[i - 1]) {
            all[kept++] = all[i];
        }
    }
    texts->shingle[post] = axf_arena_alloc(&texts->arena, kept * sizeof *all);
    memcpy(texts->shingle[post], all, kept * sizeof *all);
    texts->shingles[post] = (int32_t)kept;
}

double axf_audit_jaccard(const axf_audit_texts *texts, int32_t a, int32_t b)
{
    const int32_t *group = texts->copies.group;
    if (group[a] < 0 || group[b] < 0) {
        return 0;
    }
    if (group[a] == group[b]) {
        return 1;
    }
    const int32_t n = texts->shingles[group[a]], m = texts->shingles[group[b]];
    const uint64_t *x = texts->shingle[group[a]], *y = texts->shingle[group[b]];
    if (n == 0 || m == 0) {
        return 0;
    }
    int32_t both = 0;
    for (int32_t i = 0, k = 0; i < n && k < m;) {
        const int equal = x[i] == y[k], less = x[i] < y[k];
        both += equal;
        i += equal || less;
        k += equal || !less;
    }
    return (double)both / (n + m - both);
}

/* ---- MinHash ---- */

/* The last step of splitmix64 (Steele, Lea, Flood 2014), which mixes all bits. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t band_key(const uint64_t *shingle, int32_t count, int band)
{
    uint64_t key = 0;
    for (int row = 0; row < ROWS; row++) {
        const uint64_t salt = mix((uint64_t)(band * ROWS + row + 1) * UINT64_C(0x9E3779B97F4A7C15));
        uint64_t least = UINT64_MAX;
        for (int32_t i = 0; i < count; i++) {
            const uint64_t value = mix(shingle[i] ^ salt);
            least = value < least ? value : least;
        }
        key = mix(key ^ least);
    }
    return key;
}

typedef struct keyed {
    uint64_t key;
    int32_t post;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->post > y->post) - (x->post < y->post);
}

static void compare_bucket(axf_audit_texts *texts, const keyed *order, size_t at, double near)
{
    for (size_t back = 1; back <= at && back <= WINDOW && order[at - back].key == order[at].key; back++) {
        const int32_t a = order[at - back].post, b = order[at].post;
        const double n = texts->shingles[a], m = texts->shingles[b];
        if ((n < m ? n / m : m / n) < near) {
            continue; /* the numbers of pieces alone show that the index is too small */
        }
        const double index = axf_audit_jaccard(texts, a, b);
        if (index >= near) {
            axf_copy_groups_add_near(&texts->copies, a, b, 1 - index);
        }
    }
}

static void find_near(axf_audit_texts *texts, const axf_posts *posts, double near)
{
    keyed *order = axf_alloc((size_t)posts->count * sizeof *order);
    for (int band = 0; band < BANDS; band++) {
        size_t n = 0;
        for (int32_t i = 0; i < posts->count; i++) {
            if (texts->shingle[i] != NULL) {
                order[n++] = (keyed){band_key(texts->shingle[i], texts->shingles[i], band), i};
            }
        }
        if (n > 0) {
            qsort(order, n, sizeof *order, by_key);
        }
        for (size_t at = 1; at < n; at++) {
            compare_bucket(texts, order, at, near);
        }
    }
    free(order);
}

void axf_audit_texts_init(axf_audit_texts *texts, const axf_posts *posts, double near)
{
    const size_t count = (size_t)posts->count;
    *texts = (axf_audit_texts){0};
    axf_hash128 *hash = axf_alloc(count * sizeof *hash);
    uint8_t *used = axf_alloc(count);
    texts->shingle = axf_alloc_zero(count, sizeof *texts->shingle);
    texts->shingles = axf_alloc_zero(count, sizeof *texts->shingles);
    axf_strbuf words = {0};
    for (int32_t i = 0; i < posts->count; i++) {
        axf_strbuf_clear(&words);
        axf_audit_words(&words, posts->items[i].text, posts->items[i].text_length);
        hash[i] = axf_hash_bytes(axf_strbuf_text(&words), words.length);
        used[i] = words.length > 0;
    }
    axf_copy_groups_init(&texts->copies, posts, hash, used);
    for (int32_t i = 0; i < posts->count; i++) {
        if (texts->copies.group[i] == i) { /* of equal texts only the first is compared */
            axf_strbuf_clear(&words);
            axf_audit_words(&words, posts->items[i].text, posts->items[i].text_length);
            set_shingles(texts, i, axf_strbuf_text(&words), words.length);
        }
    }
    axf_strbuf_free(&words);
    free(hash);
    free(used);
    find_near(texts, posts, near);
}

void axf_audit_texts_free(axf_audit_texts *texts)
{
    axf_copy_groups_free(&texts->copies);
    free(texts->shingle);
    free(texts->shingles);
    axf_arena_free(&texts->arena);
    *texts = (axf_audit_texts){0};
}

int axf_audit_is_missing_value(const char *text, size_t length)
{
    static const char *const values[] = {"",     "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN",
                                         "-NaN", "-nan", "1.#IND",   "NULL", "1.#QNAN", "<NA>",
                                         "N/A",  "NA",   "NaN",      "n/a",  "nan",     "null"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strlen(values[i]) == length && memcmp(values[i], text, length) == 0) {
            return 1;
        }
    }
    return 0;
}
