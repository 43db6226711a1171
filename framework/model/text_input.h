/* Texts of a batch as a text encoder is handed them: ragged, or filled up to its max_length with rows of padding. */
#ifndef AXF_MODEL_TEXT_INPUT_H
#define AXF_MODEL_TEXT_INPUT_H

#include "model/batch.h"
#include "tensor/tape.h"

#include "auxfuse/text_encoder.h"

typedef struct axf_text_input {
    axf_tokens tokens;
    int32_t *numbers; /* host memory that tokens point into */
} axf_text_input;

/* The batch has texts and outlives the input. `padding` NULL: each text has its own rows only; else the facts of the
 * encoder whose rows of padding are wanted. Close it whatever the result. [step] */
axf_status axf_text_input_open(axf_text_input *input, axf_tape *tape, const axf_batch *batch,
                               const axf_text_facts *padding);
void axf_text_input_close(axf_text_input *input);

#endif
