/* The text is cut at special tokens. Each part between them goes through the map of characters, runs of blanks become
 * one blank, each blank becomes U+2581 at the beginning of a word, and each word is cut into pieces by itself. */
#include "text_encoders/bernice/tokenizer.h"

#include "common/tokenizers/special_tokens.h"
#include "text_encoders/bernice/charsmap.h"
#include "text_encoders/bernice/model_file.h"
#include "text_encoders/bernice/pieces.h"
#include "text_encoders/bernice/unigram.h"

#include <stdlib.h>
#include <string.h>

#define MARK "\xE2\x96\x81" /* U+2581 */
enum { MARK_SIZE = 3 };

enum { ID_BEGIN = 0, ID_PAD = 1, ID_END = 2, ID_UNK = 3 };

typedef struct bernice_tokenizer {
    axf_tokenizer base;
    bernice_charsmap map;
    bernice_unigram *unigram; /* the type of the model says which of the two is used */
    bernice_pieces *pieces;
    int32_t special[AXF_SPECIALS];
} bernice_tokenizer;

static axf_status open_map(const axf_host *host, const bernice_model_file *file, bernice_charsmap *map)
{
    if (!bernice_charsmap_open(map, file->charsmap, file->charsmap_size)) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: its map of characters (%zu bytes) does not have the size it says",
                          file->path, file->charsmap_size);
    }
    return AXF_OK;
}

axf_status bernice_tokenizer_check(const axf_host *host, const char *folder, int32_t *ids)
{
    bernice_model_file file;
    bernice_charsmap map;
    AXF_TRY(bernice_model_file_open(host, folder, &file));
    *ids = file.pieces + 2;
    return open_map(host, &file, &map);
}

/* A BPE model goes to the SentencePiece library. */
static axf_status open_pieces(const axf_host *host, const bernice_model_file *file, bernice_pieces **pieces)
{
    char error[512] = "";
    size_t size;
    char *model = bernice_model_file_strip(file, &size);
    if (model == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for the model", file->path);
    }
    *pieces = bernice_pieces_open(model, size, error, sizeof error);
    free(model);
    if (*pieces == NULL) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: the SentencePiece library refuses it: %s", file->path, error);
    }
    return AXF_OK;
}

static axf_status open_model(const axf_host *host, const bernice_model_file *file, bernice_tokenizer *tokenizer)
{
    if (file->type == BERNICE_BPE) {
        return open_pieces(host, file, &tokenizer->pieces);
    }
    tokenizer->unigram = bernice_unigram_open(file);
    if (tokenizer->unigram == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for its %d pieces", file->path, file->pieces);
    }
    return AXF_OK;
}

typedef struct encoder {
    const bernice_tokenizer *tokenizer;
    int32_t *ids;
    size_t count, limit; /* behind `limit` there is room for </s> */
    char *word;
    size_t length, room;
    bool after_blank;
    axf_status status;
} encoder;

static int64_t encode_pieces(const bernice_tokenizer *tokenizer, const encoder *e, int32_t *ids, size_t room)
{
    const int64_t count = bernice_pieces_encode(tokenizer->pieces, e->word, e->length, ids, room);
    for (int64_t i = 0; i < count; i++) {
        ids[i] = ids[i] == 0 ? ID_UNK : ids[i] + 1;
    }
    return count;
}

static void emit_word(encoder *e)
{
    if (e->length == 0 || e->count == e->limit || e->status != AXF_OK) {
        return;
    }
    const bernice_tokenizer *tokenizer = e->tokenizer;
    int32_t *ids = e->ids + e->count;
    const size_t room = e->limit - e->count;
    const int64_t count = tokenizer->unigram != NULL
                              ? bernice_unigram_encode(tokenizer->unigram, e->word, e->length, ids, room)
                              : encode_pieces(tokenizer, e, ids, room);
    e->status = count >= 0 ? AXF_OK : tokenizer->unigram != NULL ? AXF_ERR_MEMORY : AXF_ERR_INTERNAL;
    e->count += count > 0 ? (size_t)count : 0;
    e->length = 0;
}

static void append(encoder *e, const char *bytes, size_t length)
{
    if (length > e->room - e->length) {
        const size_t room = 2 * (e->length + length) + 256;
        char *word = realloc(e->word, room);
        if (word == NULL) {
            e->status = AXF_ERR_MEMORY;
            return;
        }
        e->word = word;
        e->room = room;
    }
    memcpy(e->word + e->length, bytes, length);
    e->length += length;
}

static bool put(void *context, bernice_text part)
{
    encoder *e = context;
    for (size_t at = 0; at < part.length && e->status == AXF_OK && e->count < e->limit;) {
        const bool blank = part.text[at] == ' ';
        const bool mark = part.length - at >= MARK_SIZE && memcmp(part.text + at, MARK, MARK_SIZE) == 0;
        if (blank || mark) {
            if (mark || !e->after_blank) {
                emit_word(e);
                append(e, MARK, MARK_SIZE);
            }
            e->after_blank = blank;
            at += blank ? 1 : MARK_SIZE;
            continue;
        }
        if (e->length == 0) {
            append(e, MARK, MARK_SIZE); /* each part of the text begins with one */
        }
        append(e, part.text + at++, 1);
        e->after_blank = false;
    }
    return e->status == AXF_OK && e->count < e->limit;
}

static axf_status encode(const axf_tokenizer *self, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count)
{
    const bernice_tokenizer *tokenizer = (const bernice_tokenizer *)self;
    *count = 0;
    if (max_length < 2) {
        return AXF_ERR_DATA;
    }
    encoder e = {.tokenizer = tokenizer, .ids = ids, .limit = max_length - 1};
    if (e.limit > 0) {
        e.ids[e.count++] = ID_BEGIN;
    }
    for (size_t at = 0, begin, end; at < length && e.status == AXF_OK && e.count < e.limit; at = end) {
        const int token = axf_special_find(text, length, at, &begin, &end);
        e.after_blank = false;
        bernice_charsmap_apply(&tokenizer->map, text + at, begin - at, put, &e);
        emit_word(&e);
        if (token >= 0 && e.count < e.limit) {
            e.ids[e.count++] = tokenizer->special[token];
        }
    }
    free(e.word);
    ids[e.count++] = ID_END;
    *count = e.count;
    return e.status;
}

static void close_all(axf_tokenizer *self)
{
    bernice_tokenizer *tokenizer = (bernice_tokenizer *)self;
    bernice_unigram_close(tokenizer->unigram);
    bernice_pieces_close(tokenizer->pieces);
    free(tokenizer);
}

axf_status bernice_tokenizer_open(const axf_host *host, const char *folder, axf_tokenizer **out)
{
    bernice_model_file file;
    bernice_tokenizer opened = {0};
    AXF_TRY(bernice_model_file_open(host, folder, &file));
    AXF_TRY(open_map(host, &file, &opened.map));
    bernice_tokenizer *tokenizer = malloc(sizeof *tokenizer);
    if (tokenizer == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for the tokenizer", file.path);
    }
    *tokenizer = opened;
    const int32_t special[AXF_SPECIALS] = {ID_BEGIN, ID_PAD, ID_END, ID_UNK, file.pieces + 1};
    memcpy(tokenizer->special, special, sizeof special);
    const axf_status status = open_model(host, &file, tokenizer);
    if (status != AXF_OK) {
        free(tokenizer);
        return status;
    }
    tokenizer->base = (axf_tokenizer){file.pieces + 2, encode, close_all};
    *out = &tokenizer->base;
    return AXF_OK;
}
