/* Putting a run together, from its spec to the point where it trains. */
#ifndef AXF_TRAIN_OPEN_H
#define AXF_TRAIN_OPEN_H

#include "train/trainer.h"

/* Reads posts, draws splits, opens and locks the run folder, finds or makes features, builds the model with its first
 * values, and goes on from the newest checkpoint that the folder has. A run that has finished is only found:
 * trainer->folder.finished is 1, and nothing else is opened. With dry_run it stops when parameters are declared.
 * axf_trainer_close frees also after an error. */
axf_status axf_trainer_open(axf_trainer *trainer, axf_registry *registry, const axf_node *spec, uint64_t seed,
                            const axf_trainer_settings *settings);
void axf_trainer_close(axf_trainer *trainer);

#endif
