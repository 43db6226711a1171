#include "text_encoders/bernice/unigram.h"

#include "common/text/code_points.h"
#include "common/tokenizers/bpe_map.h"
#include "common/tokenizers/special_tokens.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 256, ID_UNK = 3, FIRST_PIECE = 3 };
static const double UNKNOWN_PENALTY = 10;

struct bernice_unigram {
    axf_bpe_map ids;
    double *scores; /* by id */
    double unknown; /* score of a character that is not a piece */
    size_t longest; /* bytes of the longest piece */
};

static void add(bernice_unigram *model, axf_bpe_text piece, double score, int32_t id)
{
    axf_bpe_map_set(&model->ids, piece, id);
    model->scores[id] = score;
    model->unknown = fmin(model->unknown, score - UNKNOWN_PENALTY);
    model->longest = piece.length > model->longest ? piece.length : model->longest;
}

/* The vocabulary of the fast tokenizers: the special tokens with score 0, and the pieces from the fourth on. A word can
 * contain a special token, since the map of characters may write "<s>". */
bernice_unigram *bernice_unigram_open(const bernice_model_file *file)
{
    const int32_t size = file->pieces + 2;
    bernice_unigram *model = calloc(1, sizeof *model);
    if (model == NULL || (model->scores = calloc((size_t)size, sizeof *model->scores)) == NULL ||
        !axf_bpe_map_make(&model->ids, (size_t)size)) {
        bernice_unigram_close(model);
        return NULL;
    }
    for (int32_t i = 0; i < AXF_SPECIAL_MASK; i++) {
        add(model, (axf_bpe_text){axf_special_texts[i], strlen(axf_special_texts[i])}, 0, i);
    }
    bernice_piece piece = {0};
    for (int32_t i = 0; bernice_model_file_next(file, &piece); i++) {
        if (i >= FIRST_PIECE) {
            add(model, (axf_bpe_text){piece.text, piece.length}, (double)piece.score, i + 1);
        }
    }
    const char *mask = axf_special_texts[AXF_SPECIAL_MASK];
    add(model, (axf_bpe_text){mask, strlen(mask)}, 0, size - 1);
    return model;
}

void bernice_unigram_close(bernice_unigram *model)
{
    if (model != NULL) {
        free(model->ids.slots);
        free(model->scores);
        free(model);
    }
}

/* The best segmentation that ends before a byte. */
typedef struct node {
    double score;
    size_t from; /* where its last piece begins; SIZE_MAX: there is no segmentation yet */
    int32_t id;
} node;

static void offer(node *to, double score, size_t from, int32_t id)
{
    if (to->from == SIZE_MAX || score > to->score) {
        *to = (node){score, from, id};
    }
}

static void find_best(const bernice_unigram *model, const char *word, size_t length, node *nodes)
{
    size_t next;
    for (size_t i = 0; i <= length; i++) {
        nodes[i] = (node){0, SIZE_MAX, ID_UNK};
    }
    for (size_t at = 0; at < length; at = next) {
        uint32_t code;
        bool known = false;
        next = at + axf_code_decode(word + at, length - at, &code);
        for (size_t end = next; end - at <= model->longest;) {
            const axf_bpe_text piece = {word + at, end - at};
            const int32_t id = axf_bpe_map_get(&model->ids, piece, (axf_bpe_text){"", 0});
            if (id >= 0) {
                offer(&nodes[end], model->scores[id] + nodes[at].score, at, id);
                known = known || end == next;
            }
            if (end == length) {
                break;
            }
            end += axf_code_decode(word + end, length - end, &code);
        }
        if (!known) {
            offer(&nodes[next], model->unknown + nodes[at].score, at, ID_UNK);
        }
    }
}

int64_t bernice_unigram_encode(const bernice_unigram *model, const char *word, size_t length, int32_t *ids, size_t room)
{
    node few[SHORT + 1];
    node *nodes = length <= SHORT ? few : malloc((length + 1) * sizeof *nodes);
    if (nodes == NULL) {
        return -1;
    }
    find_best(model, word, length, nodes);
    /* Reverses the chain, so that it can be read from the beginning: `from` becomes the place where a piece ends. */
    size_t end = SIZE_MAX;
    for (size_t at = length; at != SIZE_MAX;) {
        const size_t from = nodes[at].from;
        nodes[at].from = end;
        end = at;
        at = from;
    }
    size_t count = 0;
    bool after_unknown = false;
    for (size_t at = nodes[0].from; at != SIZE_MAX && count < room; at = nodes[at].from) {
        const bool unknown = nodes[at].id == ID_UNK;
        if (!unknown || !after_unknown) {
            ids[count++] = nodes[at].id;
        }
        after_unknown = unknown;
    }
    if (nodes != few) {
        free(nodes);
    }
    return (int64_t)count;
}
