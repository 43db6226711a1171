#include "text_encoders/bernice/model_file.h"

#include "common/config/config.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 64 << 20, MAX_PIECES = 1 << 24 };

/* Numbers of fields and values in sentencepiece_model.proto. */
enum { MODEL_PIECE = 1, MODEL_TRAINER = 2, MODEL_NORMALISER = 3, MODEL_SELF_TEST = 4, MODEL_DENORMALISER = 5 };
enum { TRAINER_TYPE = 3, TRAINER_BYTE_FALLBACK = 35 };
enum { NORMALISER_CHARSMAP = 2, PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3, PIECE_UNKNOWN = 2, PIECE_NORMAL = 1 };

/* One field of a protocol buffer. */
typedef struct field {
    uint64_t number, value; /* `value` is that of a varint, or the length of a field of bytes */
    const char *begin, *content, *end;
} field;

static bool read_varint(const char **at, const char *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        const unsigned char byte = (unsigned char)*(*at)++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

/* Reads the field at `at`, which must be before `end`. Returns false when it is broken. */
static bool read_field(const char *at, const char *end, field *f)
{
    uint64_t key;
    f->begin = at;
    if (!read_varint(&at, end, &key)) {
        return false;
    }
    f->number = key >> 3;
    f->value = 0;
    f->content = at;
    switch (key & 7) {
    case 0:
        f->end = at;
        return read_varint(&f->end, end, &f->value);
    case 1:
        f->value = 8;
        break;
    case 2:
        if (!read_varint(&at, end, &f->value)) {
            return false;
        }
        f->content = at;
        break;
    case 5:
        f->value = 4;
        break;
    default:
        return false;
    }
    if (f->value > (uint64_t)(end - at)) {
        return false;
    }
    f->end = at + f->value;
    return true;
}

/* Finds the last field of that number in the value of `content`. An absent field leaves `f` as it is. Returns false
 * when the message is broken. */
static bool find_field(const field *message, uint64_t number, field *f)
{
    field each;
    for (const char *at = message->content; at < message->end; at = each.end) {
        if (!read_field(at, message->end, &each)) {
            return false;
        }
        if (each.number == number) {
            *f = each;
        }
    }
    return true;
}

static axf_status broken(const axf_host *host, const bernice_model_file *file, const char *at)
{
    return host->fail(host, AXF_ERR_FORMAT, "%s: not a SentencePiece model: broken at byte %zu", file->path,
                      (size_t)(at - file->bytes));
}

static axf_status check_trainer(const axf_host *host, bernice_model_file *file, const field *trainer)
{
    field type = {.value = BERNICE_UNIGRAM}, fallback = {.value = 0};
    if (!find_field(trainer, TRAINER_TYPE, &type) || !find_field(trainer, TRAINER_BYTE_FALLBACK, &fallback)) {
        return broken(host, file, trainer->begin);
    }
    if (type.value != BERNICE_UNIGRAM && type.value != BERNICE_BPE) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: is a model of type %llu, and XLM-R's are unigram (1) or BPE (2)",
                          file->path, (unsigned long long)type.value);
    }
    if (fallback.value != 0) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: cuts unknown characters into bytes, which XLM-R's models do not",
                          file->path);
    }
    file->type = (int32_t)type.value;
    return AXF_OK;
}

/* The text's length is checked against the piece's end: in a broken file it may be a number instead of bytes. */
static axf_status check_piece(const axf_host *host, const bernice_model_file *file, const field *piece)
{
    field type = {.value = PIECE_NORMAL};
    field text = {.content = ""};
    if (file->pieces == MAX_PIECES || !find_field(piece, PIECE_TYPE, &type) || !find_field(piece, PIECE_TEXT, &text) ||
        text.value > (uint64_t)(piece->end - text.content)) {
        return broken(host, file, piece->begin);
    }
    if ((file->pieces == 0) != (type.value == PIECE_UNKNOWN)) {
        return host->fail(
            host, AXF_ERR_FORMAT,
            "%s: piece %d is of type %llu; XLM-R's models have the unknown piece (2) first and only there", file->path,
            file->pieces, (unsigned long long)type.value);
    }
    return AXF_OK;
}

axf_status bernice_model_file_open(const axf_host *host, const char *folder, bernice_model_file *file)
{
    char *bytes;
    *file =
        (bernice_model_file){.path = axf_config_path(host, folder, "sentencepiece.bpe.model"), .type = BERNICE_UNIGRAM};
    AXF_TRY(host->read_file(host, file->path, MAX_BYTES, &bytes, &file->size));
    file->bytes = bytes;
    const char *end = bytes + file->size;
    field f;
    for (const char *at = bytes; at < end; at = f.end) {
        field charsmap = {0};
        if (!read_field(at, end, &f) ||
            (f.number == MODEL_NORMALISER && !find_field(&f, NORMALISER_CHARSMAP, &charsmap))) {
            return broken(host, file, at);
        }
        if (charsmap.content != NULL) {
            file->charsmap = charsmap.content;
            file->charsmap_size = (size_t)(charsmap.end - charsmap.content);
        }
        if (f.number == MODEL_TRAINER) {
            AXF_TRY(check_trainer(host, file, &f));
        } else if (f.number == MODEL_PIECE) {
            AXF_TRY(check_piece(host, file, &f));
            file->pieces++;
        }
    }
    if (file->pieces < 4) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: has %d pieces: <unk>, <s>, </s> and others are due", file->path,
                          file->pieces);
    }
    return AXF_OK;
}

bool bernice_model_file_next(const bernice_model_file *file, bernice_piece *piece)
{
    const char *end = file->bytes + file->size;
    field f;
    for (const char *at = piece->next != NULL ? piece->next : file->bytes; at < end && read_field(at, end, &f);
         at = f.end) {
        field text = {.content = ""}, score = {0};
        if (f.number == MODEL_PIECE && find_field(&f, PIECE_TEXT, &text) && find_field(&f, PIECE_SCORE, &score)) {
            *piece = (bernice_piece){text.content, text.value, 0, f.end};
            if (score.value == sizeof piece->score) {
                memcpy(&piece->score, score.content, sizeof piece->score);
            }
            return true;
        }
    }
    return false;
}

char *bernice_model_file_strip(const bernice_model_file *file, size_t *size)
{
    /* The new normaliser has the name (1) "identity"; add_dummy_prefix (3) and remove_extra_whitespaces (4) are off. */
    static const char identity[] = "\x1a\x0e\x0a\x08identity\x18\x00\x20\x00";
    char *out = malloc(file->size + sizeof identity);
    const char *end = file->bytes + file->size;
    field f;
    *size = 0;
    for (const char *at = file->bytes; out != NULL && at < end && read_field(at, end, &f); at = f.end) {
        if (f.number != MODEL_NORMALISER && f.number != MODEL_SELF_TEST && f.number != MODEL_DENORMALISER) {
            memcpy(out + *size, f.begin, (size_t)(f.end - f.begin));
            *size += (size_t)(f.end - f.begin);
        }
    }
    if (out != NULL) {
        memcpy(out + *size, identity, sizeof identity - 1);
        *size += sizeof identity - 1;
    }
    return out;
}
