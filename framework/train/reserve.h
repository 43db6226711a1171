/* The memory of a step, reserved before the first one. */
#ifndef AXF_TRAIN_RESERVE_H
#define AXF_TRAIN_RESERVE_H

#include "train/trainer.h"

/* Runs the largest batch, the longest texts together, without computing, and reserves the memory that it would take. */
axf_status axf_train_reserve(axf_trainer *trainer);

#endif
