/* One encoder against golden outputs and gradients; the texts of a golden file as an encoder takes them. */
#ifndef AXF_TESTS_ENCODER_CASE_H
#define AXF_TESTS_ENCODER_CASE_H

#include "model_case.h"

#include "auxfuse/text_encoder.h"
#include "model/state.h"
#include "tensor/backward.h"
#include "tensor/ragged.h"
#include "tensor/shape.h"
#include "tensor/transfers.h"

static inline axf_tensor *state_find(const axf_state *state, const char *name)
{
    axf_tensor *tensor = axf_state_find(state, name);
    ck_assert_msg(tensor != NULL, "the encoder gave no '%s'", name);
    return tensor;
}

/* [count, columns] of the file with the tensor's rows of padding as zeros. */
static inline axf_tensor *padded(rig *r, const axf_safetensors *file, const char *name, const axf_tensor *like)
{
    const axf_stored *entry = golden_entry(file, name);
    float *values = golden_entry_real(entry);
    float *all = calloc((size_t)axf_tensor_elements(like), sizeof *all);
    memcpy(all, values, (size_t)entry->count * sizeof *all);
    axf_tensor *tensor = axf_tape_input(r->tape, AXF_F32, 2, like->shape, all, like->rows);
    free(values);
    free(all);
    return tensor;
}

/* Σ x · upstream. */
static inline axf_tensor *weighed(rig *r, const axf_pass *pass, axf_tensor *x, const axf_safetensors *file,
                                  const char *name)
{
    return pass->ops->sum(pass, pass->ops->multiply(pass, x, padded(r, file, name, x)), 1);
}

static inline void check_encoder(rig *r, const axf_pass *pass, const axf_state *state, const axf_safetensors *file)
{
    axf_tensor *rows = state_find(state, "rows"), *pooled = state_find(state, "pooled");
    rig_check(r, "output.rows", rows, file);
    rig_check(r, "output.pooled", pooled, file);
    if (axf_safetensors_find(file, "upstream.rows") == NULL) {
        return;
    }
    axf_tensor *loss = pass->ops->add(pass, weighed(r, pass, rows, file, "upstream.rows"),
                                      weighed(r, pass, pooled, file, "upstream.pooled"));
    ck_ok(axf_tape_backward(r->tape, loss, 1, NULL, NULL));
    rig_check_gradients(r, file);
}

/* ---- texts ---- */

typedef struct texts {
    int32_t *ids, *types, *offsets, posts;
} texts;

static inline axf_tokens tokens_of(rig *r, const axf_safetensors *file, texts *t)
{
    t->offsets = golden_index(file, "input.offsets");
    t->posts = (int32_t)golden_entry(file, "input.offsets")->count - 1;
    const int64_t total = t->offsets[t->posts], all = axf_rows_padded(total);
    int32_t *ids = golden_index(file, "input.ids");
    t->ids = malloc((size_t)all * sizeof *ids);
    t->types = golden_index(file, "input.types");
    for (int64_t i = 0; i < all; i++) {
        t->ids[i] = i < total ? ids[i] : -1;
    }
    free(ids);
    const axf_rows *rows = axf_tape_rows(r->tape, t->posts, t->offsets);
    return (axf_tokens){.struct_size = sizeof(axf_tokens),
                        .rows = rows,
                        .ids = axf_tape_input(r->tape, AXF_I32, 1, &all, t->ids, rows),
                        .host_ids = t->ids,
                        .host_types = t->types};
}

static inline void texts_free(texts *t)
{
    free(t->ids);
    free(t->types);
    free(t->offsets);
}

#endif
