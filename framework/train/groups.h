/* Groups of parameters (train.groups): learning rate, weight decay and freezing by the names of parameters. */
#ifndef AXF_TRAIN_GROUPS_H
#define AXF_TRAIN_GROUPS_H

#include "experiment/contents.h"
#include "tensor/params.h"

/* What the groups say of one parameter. */
typedef struct axf_group_values {
    double learning_rate, weight_decay; /* NaN: as `train` says */
    int32_t frozen_epochs;              /* 0: trained from the start; -1: never trained */
} axf_group_values;

/* Fills values[params->count]. The first group whose pattern matches a parameter's name counts. A parameter that is
 * never trained loses its flag `trained`. A group that matches no parameter is AXF_ERR_SPEC with the closest name. */
axf_status axf_groups_apply(const axf_experiment *experiment, axf_params *params, axf_group_values *values);

/* Sets the flag `trained` of parameters that are frozen for some epochs, for an epoch counted from 0. */
void axf_groups_begin_epoch(const axf_group_values *values, axf_params *params, int32_t epoch);

#endif
