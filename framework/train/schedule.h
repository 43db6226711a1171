/* The learning rate over a run: warm-up, then the schedule of train.schedule. */
#ifndef AXF_TRAIN_SCHEDULE_H
#define AXF_TRAIN_SCHEDULE_H

#include "experiment/settings.h"

/* The factor of the learning rate in optimiser step `step`, counted from 0, of `total_steps`. It rises in equal steps to
 * 1 over the first train.warmup of the run, then stays 1 (constant), or falls to 0 on a line or on half a cosine. */
double axf_schedule_factor(const axf_settings_train *train, int64_t step, int64_t total_steps);

#endif
