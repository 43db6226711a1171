/* The training loop: epochs, steps, and when to save. */
#ifndef AXF_TRAIN_LOOP_H
#define AXF_TRAIN_LOOP_H

#include "train/trainer.h"

/* Trains from where the run stands to its end, and writes its results. AXF_ERR_INTERRUPTED comes after a checkpoint was
 * saved, so that the same command goes on. With settings.stop_after_steps it ends earlier, unfinished. */
axf_status axf_train(axf_trainer *trainer);

/* The order of the epoch: the posts of the train split, shuffled by seed and epoch unless the experiment keeps the
 * reference's defect `unshuffled`. */
void axf_train_order(axf_trainer *trainer);

#endif
