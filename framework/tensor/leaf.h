/* Leaves: the results of several parts of a batch, put together and cut off from how they were made. A leaf gathers a
 * gradient of its own, which goes back to the parts once they are made again. */
#ifndef AXF_TENSOR_LEAF_H
#define AXF_TENSOR_LEAF_H

#include "tensor/tape.h"

/* The parts' posts one after the other, in memory of its own: a leaf, behind which nothing is recorded. It takes a
 * gradient where one of the parts would, and keeps it for the rest of the step, even beyond its scope. NULL after a
 * sticky failure, for example where the parts' rows are not of one width. */
axf_tensor *axf_leaf_join(axf_tape *tape, axf_tensor *const *parts, int32_t count);

/* Runs backward from outputs[i], which are the posts from `from` on of leaves[i] made again, with the gradient that the
 * leaf has got for these posts, and forgets what was recorded. A leaf without a gradient, and an output that wants
 * none, are passed over. Needs gradients that are kept (axf_tape_settings), since parameters get theirs part by
 * part. */
axf_status axf_leaf_backward(axf_tape *tape, axf_tensor *const *leaves, int32_t from, axf_tensor *const *outputs,
                             int32_t count);

#endif
