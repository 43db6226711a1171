#include "common/models/bert_embeddings.h"

#include "auxfuse/ops.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_SIZE = 96 };

static const char *full_name(char name[NAME_SIZE], const char *prefix, const char *part)
{
    snprintf(name, NAME_SIZE, "%s.%s", prefix, part);
    return name;
}

void axf_bert_embeddings_declare(axf_bert_embeddings *e, axf_declare *d, const char *prefix,
                                 const axf_bert_sizes *sizes)
{
    char name[NAME_SIZE];
    const int32_t width = sizes->layer.width;
    e->host = d->host;
    e->pad = sizes->pad;
    e->dropout = sizes->dropout;
    e->words = axf_declare_table(d, full_name(name, prefix, "word_embeddings.weight"), sizes->vocabulary, width,
                                 AXF_PARAM_SPARSE);
    e->positions =
        axf_declare_table(d, full_name(name, prefix, "position_embeddings.weight"), sizes->positions, width, 0);
    e->types = axf_declare_table(d, full_name(name, prefix, "token_type_embeddings.weight"), sizes->types, width, 0);
    e->norm = axf_declare_norm(d, full_name(name, prefix, "LayerNorm"), width, sizes->layer.eps);
}

axf_status axf_bert_embeddings_reserve(axf_bert_embeddings *e, int64_t count)
{
    if (count <= e->room) {
        return AXF_OK;
    }
    int32_t *numbers = realloc(e->numbers, 2 * (size_t)count * sizeof *numbers);
    if (numbers == NULL) {
        return e->host->fail(e->host, AXF_ERR_MEMORY, "no memory for %lld row numbers", (long long)count);
    }
    e->numbers = numbers;
    e->others = numbers + count;
    e->room = count;
    return AXF_OK;
}

/* Looks up rows e->numbers[0..count) of `table`; `index` has the same numbers as a tensor, or is NULL. When a text
 * contains the pad token, it is a token like others, but row `pad` never gets a gradient (padding_idx). So that row is
 * looked up behind a detach, and all others with zeros in its place. */
static axf_tensor *look_up(const axf_bert_embeddings *e, const axf_pass *pass, axf_tensor *table, axf_tensor *index,
                           const axf_rows *rows, int64_t count)
{
    const axf_ops *ops = pass->ops;
    int64_t pads = 0;
    for (int64_t i = 0; i < count; i++) {
        const int pad = e->numbers[i] == e->pad;
        e->others[i] = pad ? -1 : e->numbers[i];
        pads += pad;
    }
    if (pads == 0) {
        index = index != NULL ? index : ops->index(pass, e->numbers, count);
        return ops->embedding(pass, table, index, rows);
    }
    axf_tensor *others = ops->embedding(pass, table, ops->index(pass, e->others, count), rows);
    for (int64_t i = 0; i < count; i++) {
        e->others[i] = e->numbers[i] == e->pad ? e->pad : -1;
    }
    axf_tensor *padding = ops->embedding(pass, ops->detach(pass, table), ops->index(pass, e->others, count), rows);
    return ops->add(pass, others, padding);
}

static axf_tensor *word_rows(const axf_bert_embeddings *e, const axf_pass *pass, const axf_tokens *tokens)
{
    const int64_t count = tokens->ids->shape[0];
    for (int64_t i = 0; i < count; i++) {
        e->numbers[i] = i < tokens->rows->total ? tokens->host_ids[i] : -1;
    }
    return look_up(e, pass, e->words, tokens->ids, tokens->rows, count);
}

static axf_tensor *position_rows(const axf_bert_embeddings *e, const axf_pass *pass, const axf_tokens *tokens)
{
    const axf_rows *rows = tokens->rows;
    const int64_t count = tokens->ids->shape[0];
    const int after_pad = e->positions_after_pad;
    for (int32_t b = 0; b < rows->posts; b++) {
        int32_t next = after_pad ? e->pad + 1 : 0;
        for (int32_t i = rows->offset[b]; i < rows->offset[b + 1]; i++) {
            e->numbers[i] = after_pad && tokens->host_ids[i] == e->pad ? e->pad : next++;
        }
    }
    for (int64_t i = rows->total; i < count; i++) {
        e->numbers[i] = -1;
    }
    if (after_pad || e->pads_everywhere) {
        return look_up(e, pass, e->positions, NULL, rows, count);
    }
    return pass->ops->embedding(pass, e->positions, pass->ops->index(pass, e->numbers, count), rows);
}

static axf_tensor *type_rows(const axf_bert_embeddings *e, const axf_pass *pass, const axf_tokens *tokens, int32_t type)
{
    const int64_t count = tokens->ids->shape[0], total = tokens->rows->total;
    const int given = type == AXF_BERT_TYPES_GIVEN;
    for (int64_t i = 0; i < count; i++) {
        const int32_t own = !given ? type : tokens->host_types != NULL && i < total ? tokens->host_types[i] : 0;
        e->numbers[i] = i < total ? own : -1;
    }
    if (e->pads_everywhere) {
        return look_up(e, pass, e->types, NULL, tokens->rows, count);
    }
    return pass->ops->embedding(pass, e->types, pass->ops->index(pass, e->numbers, count), tokens->rows);
}

axf_status axf_bert_embed(axf_bert_embeddings *e, const axf_pass *pass, const axf_tokens *tokens, int32_t type,
                          const char *draw, axf_tensor **rows)
{
    const axf_ops *ops = pass->ops;
    AXF_TRY(axf_bert_embeddings_reserve(e, tokens->ids->shape[0]));
    ops->scope_begin(pass);
    axf_tensor *words = word_rows(e, pass, tokens);
    axf_tensor *types = type_rows(e, pass, tokens, type);
    axf_tensor *x = ops->add(pass, ops->add(pass, words, types), position_rows(e, pass, tokens));
    x = ops->dropout(pass, axf_apply_norm(pass, &e->norm, x), e->dropout, draw);
    ops->scope_end(pass, &x, 1);
    *rows = x;
    return AXF_OK;
}

void axf_bert_embeddings_free(axf_bert_embeddings *e)
{
    free(e->numbers);
    *e = (axf_bert_embeddings){0};
}
