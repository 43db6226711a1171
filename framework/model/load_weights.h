/* The first values of a model: read from checkpoints where these have them, else drawn as declared. */
#ifndef AXF_MODEL_LOAD_WEIGHTS_H
#define AXF_MODEL_LOAD_WEIGHTS_H

#include "model/model.h"
#include "weights/stored.h"

typedef struct axf_weights_summary {
    int64_t loaded, drawn, ignored; /* tensors */
    const char *first_ignored;      /* the name of one, for the log; the instance's arena owns it */
} axf_weights_summary;

/* The index of the declared parameter that takes its values from the tensor `name` of the checkpoint in `folder`, or -1
 * where none does. */
int32_t axf_weights_target(const axf_instance *instance, const char *folder, const char *name);

/* 1: the stored tensor has the shape of the parameter. Dimensions of 1 are ignored. */
int axf_weights_same_shape(const axf_stored *entry, const axf_param *param);

/* Fills every declared parameter of the instance. It is an error if a tensor has another shape, or if the folder lacks
 * one that is required: the message names the file and both shapes. Tensors that no parameter takes are counted. */
axf_status axf_weights_load(axf_model *model, axf_instance *instance, axf_weights_summary *summary);

/* Sets missing[i] to 1 where no checkpoint would fill declared parameter i, so that its first values depend on the seed.
 * Reads only the headers of the files. */
axf_status axf_weights_find_missing(const axf_instance *instance, uint8_t *missing);

/* Fills all parts of a declared model, and logs a line for each part that has a checkpoint. */
axf_status axf_model_load(axf_model *model);

#endif
