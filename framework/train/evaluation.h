/* What happens at the end of an epoch, and at the end of a run: evaluation, selection, and what is written. */
#ifndef AXF_TRAIN_EVALUATION_H
#define AXF_TRAIN_EVALUATION_H

#include "train/trainer.h"

/* Writes the metrics of the training passes, and with averages in place of the weights, where there are any, evaluates
 * the splits that are due, selects, and keeps the weights that the experiment wants kept. *stop becomes 1 when
 * train.patience is used up. AXF_ERR_INTERRUPTED leaves metrics.csv and the selection as they were before. */
axf_status axf_train_evaluate_epoch(axf_trainer *trainer, int *stop);

/* Loads the selected weights, and writes predictions, final weights and done.json. */
axf_status axf_train_finish(axf_trainer *trainer);

#endif
