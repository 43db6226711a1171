/* Each code point of a text goes through these steps: clean, put blanks around Chinese characters, decompose, put
 * combining marks in order, drop accents, make lower case (which the slow tokenizer does first). Words are collected,
 * and each is cut into pieces. Only the present word is stored, and the marks whose order may still change. */
#include "common/tokenizers/wordpiece.h"

#include "common/tokenizers/wordpiece_text.h"
#include "common/tokenizers/wordpiece_vocab.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORD 100 /* code points; every longer word becomes [UNK] */

typedef struct axf_wordpiece {
    axf_tokenizer base;
    axf_wordpiece_options options;
    axf_wordpiece_vocab vocab;
} axf_wordpiece;

typedef struct encoder {
    const axf_wordpiece *wp;
    const axf_piece_tables *tables;
    int32_t *ids;
    size_t count, limit; /* behind `limit` there is room for [SEP] */
    char word[4 * MAX_WORD];
    size_t ends[MAX_WORD]; /* the byte behind each code point of the word */
    size_t length;         /* number of code points of the word; MAX_WORD + 1 means too many */
    struct {
        uint32_t code, class;
    } marks[MAX_WORD + 1]; /* sorted by class, and in the order of the text within a class */
    size_t mark_count;
} encoder;

static void emit(encoder *e, int32_t id)
{
    if (e->count < e->limit) {
        e->ids[e->count++] = id;
    }
}

/* The id of the longest piece that begins with code point `first` of the word, or -1; `*next` is what follows it. */
static int32_t find_longest(const encoder *e, size_t first, size_t *next)
{
    uint64_t hashes[MAX_WORD];
    const size_t begin = first > 0 ? e->ends[first - 1] : 0;
    uint64_t hash = first > 0 ? PIECE_HASH_NEXT : PIECE_HASH_FIRST;
    size_t at = begin;
    size_t last = first;
    for (; last < e->length && e->ends[last] - begin <= e->wp->vocab.longest; last++) {
        while (at < e->ends[last]) {
            hash = axf_piece_hash(hash, e->word[at++]);
        }
        hashes[last] = hash;
    }
    for (; last > first; last--) {
        const int32_t id =
            axf_wordpiece_vocab_find(&e->wp->vocab, e->word + begin, e->ends[last - 1] - begin, hashes[last - 1]);
        if (id >= 0) {
            *next = last;
            return id;
        }
    }
    return -1;
}

/* Appends the pieces of the word, or one [UNK] when a part of it is not in any piece. */
static void end_word(encoder *e)
{
    int32_t pieces[MAX_WORD];
    size_t count = 0;
    size_t at = 0;
    bool known = e->length <= MAX_WORD;
    while (known && at < e->length) {
        pieces[count] = find_longest(e, at, &at);
        known = pieces[count++] >= 0;
    }
    if (!known) {
        pieces[0] = e->wp->vocab.special[PIECE_UNK];
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        emit(e, pieces[i]);
    }
    e->length = 0;
}

static void add_to_word(encoder *e, uint32_t code)
{
    if (e->length >= MAX_WORD) {
        e->length = MAX_WORD + 1;
        return;
    }
    const size_t end = e->length > 0 ? e->ends[e->length - 1] : 0;
    e->ends[e->length++] = end + axf_code_encode(code, e->word + end);
}

static void split(encoder *e, uint32_t code)
{
    if (code == ' ') {
        end_word(e);
    } else if (axf_piece_in(&e->tables->punctuation, code)) {
        end_word(e);
        add_to_word(e, code);
        end_word(e);
    } else {
        add_to_word(e, code);
    }
}

static void lower(encoder *e, uint32_t code)
{
    uint32_t lowered[2] = {code};
    const bool due = e->wp->options.do_lower_case && !e->wp->options.slow;
    const size_t count = due ? axf_piece_lower(e->tables, code, lowered) : 1;
    for (size_t i = 0; i < count; i++) {
        split(e, lowered[i]);
    }
}

static void end_marks(encoder *e)
{
    for (size_t i = 0; i < e->mark_count; i++) {
        lower(e, e->marks[i].code);
    }
    e->mark_count = 0;
}

/* Inserts a combining mark in the order of classes among the marks since the last code point of class 0. A run that
 * does not fit makes an unknown word, whatever the order of its marks. */
static void add_mark(encoder *e, uint32_t code, uint32_t class)
{
    if (e->mark_count > MAX_WORD) {
        end_marks(e);
    }
    size_t at = e->mark_count++;
    for (; at > 0 && e->marks[at - 1].class > class; at--) {
        e->marks[at] = e->marks[at - 1];
    }
    e->marks[at].code = code;
    e->marks[at].class = class;
}

static void strip(encoder *e, uint32_t code)
{
    uint32_t parts[PIECE_MAX_PARTS];
    const size_t count = axf_piece_decompose(e->tables, code, parts);
    if (count == 0 && axf_piece_in(&e->tables->fixed_mark, code)) {
        end_marks(e);
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t class = axf_piece_class(e->tables, parts[i]);
        if (class > 0) {
            add_mark(e, parts[i], class);
        } else {
            end_marks(e);
            lower(e, parts[i]);
        }
    }
}

static void end_text(encoder *e)
{
    end_marks(e);
    end_word(e);
}

static void add_cleaned(encoder *e, uint32_t code)
{
    if (axf_piece_in(&e->tables->dropped, code)) {
        return;
    }
    const bool blank = axf_piece_in(&e->tables->blank, code);
    const bool alone = blank || (e->wp->options.tokenize_chinese_chars && axf_piece_in(&e->tables->chinese, code));
    if (alone) {
        end_text(e);
        if (blank) {
            return;
        }
    }
    if (e->wp->options.strip_accents) {
        strip(e, code);
    } else {
        lower(e, code);
    }
    if (alone) {
        end_text(e);
    }
}

static void add_wide(encoder *e, uint32_t code)
{
    uint32_t lowered[2] = {code};
    const bool due = e->wp->options.do_lower_case && e->wp->options.slow;
    const size_t count = due ? axf_piece_lower(e->tables, code, lowered) : 1;
    for (size_t i = 0; i < count; i++) {
        add_cleaned(e, lowered[i]);
    }
}

/* Does for ASCII what add_wide does, without its tables. */
static void add_ascii(encoder *e, uint32_t code)
{
    if (code == ' ' || code == '\t' || code == '\n' || code == '\r') {
        end_text(e);
    } else if (code > ' ' && code < 0x7F) {
        const uint32_t lowered = code | 0x20;
        const bool letter = lowered >= 'a' && lowered <= 'z';
        end_marks(e);
        if (letter || (code >= '0' && code <= '9')) {
            add_to_word(e, letter && e->wp->options.do_lower_case ? lowered : code);
        } else {
            end_word(e);
            add_to_word(e, code);
            end_word(e);
        }
    }
}

/* The length and the id of the special token at the "[" that begins `text`; the length is 0 when there is none. */
static size_t match_special(const axf_wordpiece *wp, const char *text, size_t length, int32_t *id)
{
    for (int i = 0; i < PIECE_SPECIALS; i++) {
        const size_t wanted = strlen(axf_piece_special[i]);
        if (wp->vocab.special[i] >= 0 && length >= wanted && memcmp(text, axf_piece_special[i], wanted) == 0) {
            *id = wp->vocab.special[i];
            return wanted;
        }
    }
    return 0;
}

static size_t step(encoder *e, const char *text, size_t length)
{
    int32_t id;
    const size_t special = text[0] == '[' ? match_special(e->wp, text, length, &id) : 0;
    if (special > 0) {
        end_text(e);
        emit(e, id);
        return special;
    }
    uint32_t code;
    const size_t taken = axf_code_decode(text, length, &code);
    if (code < 0x80) {
        add_ascii(e, code);
    } else {
        add_wide(e, code);
    }
    return taken;
}

static axf_status encode(const axf_tokenizer *self, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count)
{
    const axf_wordpiece *wp = (const axf_wordpiece *)self;
    *count = 0;
    if (max_length < 2) {
        return AXF_ERR_DATA;
    }
    encoder e;
    e.wp = wp;
    e.tables = wp->options.slow ? &axf_piece_slow : &axf_piece_fast;
    e.ids = ids;
    e.limit = max_length - 1;
    e.count = e.length = e.mark_count = 0;
    emit(&e, wp->vocab.special[PIECE_CLS]);
    for (size_t at = 0; at < length && e.count < e.limit;) {
        at += step(&e, text + at, length - at);
    }
    end_text(&e);
    ids[e.count++] = wp->vocab.special[PIECE_SEP];
    *count = e.count;
    return AXF_OK;
}

static void close_all(axf_tokenizer *self)
{
    axf_wordpiece *wp = (axf_wordpiece *)self;
    axf_wordpiece_vocab_free(&wp->vocab);
    free(wp);
}

axf_status axf_wordpiece_open(const axf_host *host, const char *folder, const axf_wordpiece_options *options,
                              axf_tokenizer **out)
{
    *out = NULL;
    axf_wordpiece *wp = calloc(1, sizeof *wp);
    if (wp == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for the tokenizer", folder);
    }
    wp->options = *options;
    const axf_status status = axf_wordpiece_vocab_read(&wp->vocab, host, folder);
    if (status != AXF_OK) {
        close_all(&wp->base);
        return status;
    }
    wp->base = (axf_tokenizer){wp->vocab.size, encode, close_all};
    *out = &wp->base;
    return AXF_OK;
}

int32_t axf_wordpiece_unknown_id(const axf_tokenizer *wp)
{
    return ((const axf_wordpiece *)wp)->vocab.special[PIECE_UNK];
}
