/* Handles: what lies behind the axf_tensor that a plugin holds, a value of the step or a parameter. */
#ifndef AXF_TENSOR_HANDLES_H
#define AXF_TENSOR_HANDLES_H

#include "tensor/tape_types.h"

/* The value behind a handle; NULL where it is a parameter. */
axf_value *axf_tensor_value(axf_tensor *tensor);

/* The parameter whose memory the tensor shows: itself, or what it is a view of. NULL where it has memory of its own. */
axf_param *axf_tensor_param(axf_tensor *tensor);

/* "[12, 384]", with the name of a parameter before it. It lives until the end of the full expression. */
typedef struct axf_shape_text {
    char text[200];
} axf_shape_text;
axf_shape_text axf_tensor_text(const axf_tensor *tensor);

#endif
