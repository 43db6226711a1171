/* Averages of the weights over a run: evaluated, selected and kept in the place of the last ones (train.averaging).
 *
 * ema: a <- d a + (1 - d) w after every step, d = min(averaging_decay, (1 + n) / (10 + n)) at step n, from the first
 * weights. mean: the mean of the weights after each epoch from averaging_from on. Buffers (running statistics) are not
 * averaged. */
#ifndef AXF_TRAIN_AVERAGE_H
#define AXF_TRAIN_AVERAGE_H

#include "experiment/contents.h"

typedef struct axf_average {
    const axf_experiment *experiment;
    axf_params *params;
    const axf_backend *backend;
    void *backend_self;
    axf_tensor *values; /* [params->count]: of what is trained, at some time; data NULL: not averaged */
    axf_tensor scratch; /* as large as the largest */
    int64_t count;      /* steps or epochs that the averages are of */
    int32_t epoch;      /* the last one that counted, from 1 */
    int32_t swapped;    /* 1: the parameters hold the averages, and the values here the weights */
} axf_average;

/* For parameters that have their first values. Nothing where train.averaging is none. */
axf_status axf_average_init(axf_average *average, const axf_experiment *experiment, axf_params *params,
                            const axf_backend *backend, void *backend_self);
void axf_average_free(axf_average *average);

axf_status axf_average_step(axf_average *average);                 /* after an optimiser step */
axf_status axf_average_epoch(axf_average *average, int32_t epoch); /* after all steps of an epoch (from 1), once */

/* The averages into the parameters, and the weights back. No change where there is no average yet. */
axf_status axf_average_enter(axf_average *average);
axf_status axf_average_leave(axf_average *average);

#endif
