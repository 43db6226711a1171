/* Ragged structure: how many rows each post of a tensor has. */
#ifndef AXF_TENSOR_RAGGED_H
#define AXF_TENSOR_RAGGED_H

#include "tensor/tape.h"

/* The structure with the host offsets [posts+1], which are copied; it lives as long as the step. NULL after a sticky
 * failure where the offsets do not begin at 0 or fall. */
const axf_rows *axf_tape_rows(axf_tape *tape, int32_t posts, const int32_t *offset);

#endif
