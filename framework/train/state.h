/* The part of a resume state that is not tensors: where the run stands, as JSON text in the checkpoint's metadata. */
#ifndef AXF_TRAIN_STATE_H
#define AXF_TRAIN_STATE_H

#include "train/trainer.h"
#include "weights/safetensors.h"

/* The state as text; NULL when it cannot be written as JSON. The caller frees. */
char *axf_state_text(const axf_trainer *trainer);

/* Takes the state of the file over, and cuts metrics.csv and events.jsonl to the lengths that it recorded. A state of
 * another run is refused; one of another backend or machine is taken with a warning. */
axf_status axf_state_read(axf_trainer *trainer, const axf_safetensors *file);

#endif
