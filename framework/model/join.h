/* Fusion: the states of both sides to one vector for each post. */
#ifndef AXF_MODEL_JOIN_H
#define AXF_MODEL_JOIN_H

#include "model/forward.h"

/* Fuses the states of `posts` posts, by a joint encoder, by a fusion, or, with one side, by taking its vector. A joint
 * encoder gives what else is `wanted` (AXF_WANT_FUSED …); joined->match is the fused vector where there is no other. */
axf_status axf_join_states(axf_forward *f, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                           const axf_state *text, const axf_state *image, axf_joined *joined);

#endif
