/* First values of parameters, drawn as they were declared. */
#ifndef AXF_TENSOR_FIRST_VALUES_H
#define AXF_TENSOR_FIRST_VALUES_H

#include "tensor/params.h"

/* Draws the first values: Philox key (seed, "init", full name), counter (0, 0, i / 4, 0) and lane i % 4 for element i.
 * A truncated normal counts its tries in the last number of the counter. */
axf_status axf_param_draw(axf_param *param, uint64_t seed);

#endif
