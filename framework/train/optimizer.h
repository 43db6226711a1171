/* AdamW over the model's parameters, with groups, schedule, clipping and row-sparse embedding tables.
 *
 * The update is torch.optim.AdamW's, in its order (Loshchilov and Hutter 2019): decay with the old value, moments, bias
 * corrections, eps added after them. A parameter that never had a gradient is not touched and has no step count. Rows
 * of a sparse table hold moments from their first gradient on and are updated in every later step, as in the dense
 * update. */
#ifndef AXF_TRAIN_OPTIMIZER_H
#define AXF_TRAIN_OPTIMIZER_H

#include "experiment/experiment.h"
#include "tensor/tape.h"

typedef struct axf_moments { /* of one parameter */
    int64_t steps;           /* updates so far */
    axf_tensor m, v;         /* as the parameter; of a sparse table [capacity, D], rows in order of first gradient */
    int32_t *place_of_row;   /* sparse: row of the table -> its place in m and v, -1 where it has none */
    int32_t *ids;            /* sparse: [count] row of each place */
    int32_t count, capacity;
    double learning_rate, weight_decay; /* of its group; NaN: as train says */
    int32_t frozen_epochs;              /* -1: for good */
} axf_moments;

typedef struct axf_optimizer {
    axf_experiment *experiment;
    axf_params *params;
    const axf_backend *backend;
    void *backend_self;
    axf_moments *items;        /* [params->count] */
    int64_t step, total_steps; /* optimiser steps done, and of the whole run (for the schedule) */
    double rate_factor;        /* of the step under way: schedule and warm-up */
    size_t bytes;              /* of moments */
    int32_t *rows;             /* host scratch: [row_capacity], rows of a gradient */
    axf_tensor lists;          /* scratch in the backend's memory: two lists of row_capacity numbers */
    int32_t row_capacity;      /* the largest capacity of a table's moments */
    axf_tensor square_sum;     /* [1], for clipping; no memory before the first */
} axf_optimizer;

/* Applies train.groups to params (trained flags included); a group that matches nothing is an error with the closest
 * parameter name. */
axf_status axf_optimizer_init(axf_optimizer *optimizer, axf_experiment *experiment, axf_params *params,
                              const axf_backend *backend, void *backend_self, int64_t total_steps);
void axf_optimizer_free(axf_optimizer *optimizer);

/* Groups frozen for n epochs: sets params' trained flags for the epoch (from 0). */
void axf_optimizer_begin_epoch(axf_optimizer *optimizer, int32_t epoch);
void axf_optimizer_begin_step(axf_optimizer *optimizer);
/* A gradient hook (tape.h): updates one parameter from its gradient. context is the optimizer. */
axf_status axf_optimizer_update(void *context, axf_param *param);
/* Clipping: scale of all gradients so that their global norm is at most `clip`; for keep_gradients. */
axf_status axf_optimizer_clip(axf_optimizer *optimizer, axf_tape *tape, double clip, double *norm);
/* Counts the step. */
void axf_optimizer_end_step(axf_optimizer *optimizer);

/* For checkpoints: moments of a dense parameter made (zero), rows of a sparse one given places in this order. */
axf_status axf_moments_make_dense(axf_optimizer *optimizer, axf_param *param);
axf_status axf_moments_take_rows(axf_optimizer *optimizer, axf_param *param, const int32_t *ids, int32_t count);

/* Bytes of moments for a model, before it is built: dense ones only (tables grow by the rows met). */
size_t axf_optimizer_estimate(const axf_params *params);

#endif
