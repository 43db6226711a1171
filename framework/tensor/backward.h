/* Backward: the walk from the last recorded call to the first. */
#ifndef AXF_TENSOR_BACKWARD_H
#define AXF_TENSOR_BACKWARD_H

#include "tensor/tape.h"

/* Called in backward as soon as a parameter's gradient is final, which is when every recorded use of the parameter is
 * done. The hook may update the parameter at once. After the hook a pooled gradient returns to the pool. The hook is
 * not called for a parameter that no gradient reached, nor in planning. */
typedef axf_status (*axf_gradient_hook)(void *context, axf_param *param);

/* Runs backward from `loss` [1] with gradient `seed` (usually 1), and forgets what was recorded. Gradients of several
 * losses: add the losses first. Refused where no trained parameter lies behind the loss. */
axf_status axf_tape_backward(axf_tape *tape, axf_tensor *loss, double seed, axf_gradient_hook hook, void *context);

/* Walks from the last node to the first, starting from the gradients that their results have got; afterwards nothing
 * recorded is left. For the files of this folder. */
axf_status axf_tape_walk_back(axf_tape *tape, axf_gradient_hook hook, void *context);

#endif
