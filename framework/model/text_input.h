/* Texts of a batch as a text encoder is handed them: ragged, or filled up to its max_length with rows of padding. */
#ifndef AXF_MODEL_TEXT_INPUT_H
#define AXF_MODEL_TEXT_INPUT_H

#include "model/batch.h"
#include "tensor/tape.h"

#include "auxfuse/text_encoder.h"

typedef struct axf_text_input {
    axf_tokens tokens;
    int32_t *numbers; /* the host memory that `tokens` points into */
} axf_text_input;

/* Makes the input of a batch that has texts. The batch must outlive it. `padding` is NULL where each text has only its
 * own rows; else it holds the facts of the encoder, and every text is filled up to facts->max_length rows. The caller
 * closes the input even where opening it failed. */
axf_status axf_text_input_open(axf_text_input *input, axf_tape *tape, const axf_batch *batch,
                               const axf_text_facts *padding);
void axf_text_input_close(axf_text_input *input);

#endif
