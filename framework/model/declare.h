/* Declares the parameters of a model. */
#ifndef AXF_MODEL_DECLARE_H
#define AXF_MODEL_DECLARE_H

#include "model/model.h"

/* Declares every part of a described model on the backend, decides which parameters are trained (freeze.h), and
 * allocates their memory. Values come later (load_weights.h). image_tower 0: the image encoder is frozen and all its
 * features are at hand, so that it is not declared at all. */
axf_status axf_model_declare(axf_model *model, const axf_backend *backend, void *backend_self, int image_tower);

#endif
