/* What a checkpoint holds of a run, so that it goes on as if nothing had happened.
 *
 * Tensors of a resume state: "value:<name>" of trained parameters and buffers, "m:<name>" and "v:<name>" of those that
 * have moments, "average:<name>" where weights are averaged, and "rows:<name>" (int32 ids) beside the moments of a
 * table. The rest is JSON; real numbers in it are written so that they read back to the bit. Weights alone are files
 * with the same values under "<name>". */
#ifndef AXF_TRAIN_RESUME_H
#define AXF_TRAIN_RESUME_H

#include "train/trainer.h"

/* Saves a resume state; the last two are kept. */
axf_status axf_resume_save(axf_trainer *trainer);

/* Goes on from the newest resume state that can be read; where the newest cannot, the log says so. Without any, what a
 * start that was killed before its first checkpoint left in the files that grow is cut off. */
axf_status axf_resume(axf_trainer *trainer);

/* Weights alone, as checkpoints/<name>.safetensors. */
axf_status axf_resume_save_weights(const axf_trainer *trainer, const char *name);

#endif
