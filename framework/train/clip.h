/* Clipping of gradients by their global norm (train.clip). */
#ifndef AXF_TRAIN_CLIP_H
#define AXF_TRAIN_CLIP_H

#include "tensor/tape.h"

typedef struct axf_clip {
    axf_tensor
        square_sum; /* [1] in the backend's memory, kept so that a step allocates nothing; a zeroed struct has none */
} axf_clip;

/* Scales the kept gradients of all trained parameters so that the norm of all of them together is at most `most`; as
 * torch.nn.utils.clip_grad_norm_ does it, the factor is most / (norm + 1e-6). Below `most` nothing is changed. */
axf_status axf_clip_gradients(axf_clip *clip, const axf_params *params, axf_tape *tape, double most);
void axf_clip_free(axf_clip *clip, const axf_params *params);

#endif
