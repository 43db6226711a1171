/* Random draws: each has a key, made of the run's seed, the component and scope of its pass, and its name. The counter
 * that goes with the key (step, slot of the post, number of the element) is told in auxfuse/backend.h. */
#ifndef AXF_TENSOR_DRAWS_H
#define AXF_TENSOR_DRAWS_H

#include "tensor/tape_types.h"

/* "component/scope", the first part of every key of a pass. One copy of each text lives as long as the tape. */
const char *axf_draws_scope(axf_tape *tape, const char *component, int32_t scope);

/* What a kernel needs for the draws `name` of the pass: the key, the step and the slots. */
axf_random axf_pass_random(const axf_pass *pass, const char *name);

#endif
