/* The losses of a pass, and what they see of it (axf_loss_view). */
#ifndef AXF_MODEL_LOSS_VIEW_H
#define AXF_MODEL_LOSS_VIEW_H

#include "model/forward.h"

/* Runs every loss of the model over the batch, which has targets or labels, and fills the parts and the total of
 * f->outputs. `joined` and `dropped` are the fused vectors before and after the classifier's dropout; `head` is the
 * classifier's pass. */
axf_status axf_losses_run(axf_forward *f, const axf_pass *head, axf_tensor *dropped, const axf_joined *joined);

#endif
