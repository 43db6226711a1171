/* The path of a run's folder. */
#ifndef AXF_EXPERIMENT_RUN_PATH_H
#define AXF_EXPERIMENT_RUN_PATH_H

#include "experiment/contents.h"

/* Gives <output>/<name>/[<axis values>-]<run id>/s<seed>, which the caller frees. `axis_values` is the readable name of
 * a sweep's point; it is NULL or "" outside of a sweep. */
char *axf_run_path(const axf_experiment *experiment, const char *axis_values, const char *id, uint64_t seed);

#endif
