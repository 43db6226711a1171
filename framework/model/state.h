/* States: the named tensors that an encoder gives. */
#ifndef AXF_MODEL_STATE_H
#define AXF_MODEL_STATE_H

#include "auxfuse/tensor.h"

/* The tensor of this name, or NULL where the state has none. */
axf_tensor *axf_state_find(const axf_state *state, const char *name);

/* Adds a tensor. The name is borrowed. An error where the state is full. */
axf_status axf_state_add(axf_state *state, const char *name, axf_tensor *tensor);

#endif
