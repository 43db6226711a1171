/* AdamW over the parameters of a model.
 *
 * The update is torch.optim.AdamW's, in its order (Loshchilov and Hutter 2019): weight decay with the old value, then
 * the moments, then bias corrections, with eps added after them. A parameter that never had a gradient is not changed
 * and counts no step. Rows of a sparse table that have moments are updated in every step, with a gradient of zero where
 * they have none, as the dense update does. */
#ifndef AXF_TRAIN_OPTIMIZER_H
#define AXF_TRAIN_OPTIMIZER_H

#include "experiment/contents.h"
#include "train/groups.h"
#include "train/moments.h"

typedef struct axf_optimizer {
    const axf_settings_train *settings; /* of the experiment */
    axf_params *params;
    axf_moments *moments;      /* [params->count] */
    axf_group_values *values;  /* [params->count] */
    int64_t step, total_steps; /* optimiser steps done, and those of the whole run */
    double rate_factor;        /* of the step under way (schedule.h) */
    int32_t *rows;             /* [row_capacity] rows of a gradient, kept from step to step */
    axf_tensor lists;          /* the backend's memory for two lists of row_capacity numbers */
    int32_t row_capacity;      /* the largest capacity of a table's moments that was updated */
} axf_optimizer;

/* Applies train.groups to the parameters. The experiment and the parameters outlive the optimiser. */
axf_status axf_optimizer_init(axf_optimizer *optimizer, const axf_experiment *experiment, axf_params *params,
                              int64_t total_steps);
void axf_optimizer_free(axf_optimizer *optimizer);

/* Begins the next optimiser step: its learning rate is that of the schedule. */
void axf_optimizer_begin_step(axf_optimizer *optimizer);

/* Updates one parameter from its gradient; a parameter without one stays as it is. This is a gradient hook
 * (tensor/backward.h): `context` is the optimiser. */
axf_status axf_optimizer_update(void *context, axf_param *param);

/* Counts the step. */
void axf_optimizer_end_step(axf_optimizer *optimizer);

/* Bytes of moments for the trained parameters of a model. Sparse tables are left out, since their moments grow with the
 * rows that texts use. */
size_t axf_optimizer_estimate(const axf_params *params);

#endif
