/* What a pass through the model gives, and what its encoders gave where they ran before it. */
#ifndef AXF_MODEL_OUTPUTS_H
#define AXF_MODEL_OUTPUTS_H

#include "experiment/experiment.h"
#include "model/pairs.h"
#include "model/sides.h"

#include "auxfuse/tensor.h"

typedef struct axf_outputs {
    axf_tensor *logits;                   /* [posts, classes] */
    axf_tensor *fused;                    /* [posts, fused_width] */
    axf_tensor *total;                    /* [1]: the share of these posts in the joint loss; NULL without targets */
    axf_tensor *part[AXF_MAX_LOSSES + 1]; /* [1] sums, in the order of model->loss */
    double weight[AXF_MAX_LOSSES + 1];
    const char *scalar_name[AXF_MAX_LOSSES + 1];
    axf_tensor *scalar[AXF_MAX_LOSSES + 1];
    axf_pairs *pairs; /* filled where it is not NULL; set it before the pass */
} axf_outputs;

/* What a step's encoders gave: [0] in the first pass, [1] in the second one of losses that encode again. */
typedef struct axf_encoded {
    axf_state state[2][AXF_SIDES];
} axf_encoded;

#endif
