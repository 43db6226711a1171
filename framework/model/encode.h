/* The encoders of a pass: texts and images to states. */
#ifndef AXF_MODEL_ENCODE_H
#define AXF_MODEL_ENCODE_H

#include "model/forward.h"

/* Each writes the state of a side, which stays empty where the model lacks the side. `scope` is AXF_PASS_FIRST or
 * SECOND. What the encoder made beside the state is gone when the function returns. */
axf_status axf_encode_text(axf_forward *f, int32_t scope, axf_state *state);
axf_status axf_encode_image(axf_forward *f, int32_t scope, axf_state *state);

/* The same without learned vectors in the place of images. */
axf_status axf_encode_pictures(axf_forward *f, int32_t scope, axf_state *state);

/* Both sides: encoded now, or as they were encoded before (f->encoded). */
axf_status axf_encode_sides(axf_forward *f, int32_t scope, axf_state *text, axf_state *image);

#endif
