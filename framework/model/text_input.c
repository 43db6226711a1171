#include "model/text_input.h"

#include "core/error.h"
#include "tensor/ragged.h"
#include "tensor/transfers.h"

#include <string.h>

static void fill(int32_t *numbers, int64_t from, int64_t to, int32_t value)
{
    for (int64_t i = from; i < to; i++) {
        numbers[i] = value;
    }
}

static axf_tokens own_rows_only(axf_tape *tape, const axf_batch *batch)
{
    const int64_t total = batch->token_offset[batch->posts], count = axf_rows_padded(total);
    int32_t *ids = axf_tape_memory(tape, (size_t)count * sizeof *ids);
    memcpy(ids, batch->token_ids, (size_t)total * sizeof *ids);
    fill(ids, total, count, -1);
    const axf_rows *rows = axf_tape_rows(tape, batch->posts, batch->token_offset);
    return (axf_tokens){.struct_size = sizeof(axf_tokens),
                        .rows = rows,
                        .ids = axf_tape_input(tape, AXF_I32, 1, &count, ids, rows),
                        .host_ids = ids,
                        .host_types = batch->token_types};
}

/* Post b gets the rows from b·width on: its own rows first, then rows of padding. */
static void fill_texts(const axf_batch *batch, const axf_text_facts *facts, int32_t *offset, int32_t *ids,
                       int32_t *types, int32_t *real_rows)
{
    const int32_t width = facts->max_length;
    for (int32_t b = 0; b < batch->posts; b++) {
        const int32_t from = batch->token_offset[b], own = batch->token_offset[b + 1] - from, at = b * width;
        offset[b] = at;
        memcpy(ids + at, batch->token_ids + from, (size_t)own * sizeof *ids);
        fill(ids, at + own, at + width, facts->pad);
        fill(types, at, at + width, 0);
        if (batch->token_types != NULL) {
            memcpy(types + at, batch->token_types + from, (size_t)own * sizeof *types);
        }
        for (int32_t i = 0; i < own; i++) {
            real_rows[from + i] = at + i;
        }
    }
    offset[batch->posts] = batch->posts * width;
}

static axf_status with_padding(axf_tape *tape, const axf_batch *batch, const axf_text_facts *facts, axf_tokens *tokens)
{
    int32_t total;
    if (__builtin_mul_overflow(batch->posts, facts->max_length, &total) || total > INT32_MAX - AXF_ROWS_MULTIPLE) {
        return axf_fail(AXF_ERR_SPEC, "%d texts of %d rows, padding counted, are more than 2^31 rows: smaller batches",
                        batch->posts, facts->max_length);
    }
    const int64_t count = axf_rows_padded(total), own = batch->token_offset[batch->posts];
    const int64_t real = axf_rows_padded(own);
    /* The four lists lie in one piece of memory. */
    int32_t *ids = axf_tape_memory(tape, (size_t)(2 * count + real + batch->posts + 1) * sizeof *ids);
    int32_t *types = ids + count, *real_rows = types + count, *offset = real_rows + real;
    fill_texts(batch, facts, offset, ids, types, real_rows);
    fill(ids, total, count, -1);
    fill(types, total, count, 0);
    fill(real_rows, own, real, -1);
    const axf_rows *rows = axf_tape_rows(tape, batch->posts, offset);
    *tokens = (axf_tokens){.struct_size = sizeof *tokens,
                           .rows = rows,
                           .ids = axf_tape_input(tape, AXF_I32, 1, &count, ids, rows),
                           .host_ids = ids,
                           .host_types = types,
                           .real = axf_tape_rows(tape, batch->posts, batch->token_offset),
                           .real_rows = real_rows};
    return AXF_OK;
}

axf_status axf_text_input_make(axf_tape *tape, const axf_batch *batch, const axf_text_facts *padding,
                               axf_tokens *tokens)
{
    if (padding != NULL) {
        AXF_TRY(with_padding(tape, batch, padding, tokens));
    } else {
        *tokens = own_rows_only(tape, batch);
    }
    return axf_tape_status(tape);
}
