/* First values of a model: from checkpoints, else drawn as declared. */
#ifndef AXF_MODEL_LOAD_WEIGHTS_H
#define AXF_MODEL_LOAD_WEIGHTS_H

#include "model/model.h"
#include "weights/stored.h"

typedef struct axf_weights_summary {
    int64_t loaded, drawn, ignored; /* tensors */
    const char *first_ignored;      /* a name, for the log; lives in the instance's arena */
} axf_weights_summary;

/* Place of the declared parameter that the tensor `name` of the checkpoint `folder` stands for, -1: none, which leaves
 * it out. */
int32_t axf_weights_target(const axf_instance *instance, const char *folder, const char *name);
/* Whether it has the parameter's shape; dims of 1 make no difference. */
int axf_weights_same_shape(const axf_stored *entry, const axf_param *param);

/* Fills every declared parameter of the instance. A tensor of another shape, or a required one that the folder lacks,
 * is an error naming the file and both shapes; tensors that nothing declares are counted as ignored. */
axf_status axf_weights_load(axf_model *model, axf_instance *instance, axf_weights_summary *summary);

/* missing[i] 1: no checkpoint would fill declared parameter i, so its first values hang on the seed. Reads headers. */
axf_status axf_weights_find_missing(const axf_instance *instance, uint8_t *missing);

/* All parts of the model, with a line in the log for each part that has a checkpoint. */
axf_status axf_model_load(axf_model *model);

#endif
