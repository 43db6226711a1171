/* The resolved spec: an experiment with every default written out. */
#ifndef AXF_EXPERIMENT_RESOLVED_H
#define AXF_EXPERIMENT_RESOLVED_H

#include "experiment/contents.h"

/* Makes a tree with every option of the experiment. When it is parsed, it gives the same experiment. It lives as long
 * as `arena` and the experiment. */
const axf_node *axf_experiment_resolved(const axf_experiment *experiment, axf_arena *arena);

#endif
