/* First values of a model: from checkpoints, else drawn as declared. */
#ifndef AXF_TRAIN_WEIGHTS_H
#define AXF_TRAIN_WEIGHTS_H

#include "train/model.h"

typedef struct axf_weights_summary {
    int64_t loaded, drawn, ignored; /* tensors */
    const char *first_ignored;      /* a name, for the log; lives in the instance's arena */
} axf_weights_summary;

/* Fills every declared parameter of the instance. A tensor of another shape, or a required one that the folder lacks,
 * is an error naming the file and both shapes; tensors that nothing declares are counted as ignored. */
axf_status axf_weights_load(axf_model *model, axf_instance *instance, axf_weights_summary *summary);

/* missing[i] 1: no checkpoint would fill declared parameter i, so its first values hang on the seed. Reads headers. */
axf_status axf_weights_find_missing(const axf_instance *instance, uint8_t *missing);

/* All parts of the model, with a line in the log for each part that has a checkpoint. */
axf_status axf_model_load(axf_model *model);

#endif
