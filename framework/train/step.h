/* One optimiser step: the next posts of the epoch, in as many passes as the step plan says. */
#ifndef AXF_TRAIN_STEP_H
#define AXF_TRAIN_STEP_H

#include "train/trainer.h"

/* Trains the next logical batch of the feed under way, adds its losses and predictions to trainer->at.sums, and counts
 * its posts. logits: room for [train.batch, classes]. AXF_ERR_NUMERIC when a loss is not finite. */
axf_status axf_train_step(axf_trainer *trainer, float *logits);

#endif
