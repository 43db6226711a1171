/* The resolved spec: what an experiment comes to when every default is written out. */
#ifndef AXF_EXPERIMENT_RESOLVED_H
#define AXF_EXPERIMENT_RESOLVED_H

#include "experiment/experiment.h"

/* A tree with every option of the experiment, which parses to the same experiment. It lives as long as `arena` and the
 * experiment. */
const axf_node *axf_experiment_resolved(const axf_experiment *experiment, axf_arena *arena);

#endif
