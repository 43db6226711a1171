/* Building the model of a run: the features of a frozen image tower first, then the model without the tower. */
#ifndef AXF_TRAIN_BUILD_H
#define AXF_TRAIN_BUILD_H

#include "workbench/workbench.h"

/* Describes the model, finds or computes the features of a frozen image tower, removes the posts that the experiment
 * says to leave out, declares the model, gives it its first values and opens the feed. The backend is open. With
 * `dry_run` parameters are declared, and nothing is read or computed. */
axf_status axf_train_build(axf_workbench *bench, int dry_run);

#endif
