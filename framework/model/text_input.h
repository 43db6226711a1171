/* Texts of a batch as a text encoder is handed them: ragged, or filled up to its max_length with rows of padding. */
#ifndef AXF_MODEL_TEXT_INPUT_H
#define AXF_MODEL_TEXT_INPUT_H

#include "model/batch.h"
#include "tensor/tape.h"

#include "auxfuse/text_encoder.h"

/* The batch has texts. `padding` NULL: each text has its own rows only; else the facts of the encoder whose rows of
 * padding are wanted. What the tokens point to lives until the end of the step. [step] */
axf_status axf_text_input_make(axf_tape *tape, const axf_batch *batch, const axf_text_facts *padding,
                               axf_tokens *tokens);

#endif
