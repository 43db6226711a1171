/* An experiment: the settings and the instances of components that a merged spec describes. */
#ifndef AXF_EXPERIMENT_EXPERIMENT_H
#define AXF_EXPERIMENT_EXPERIMENT_H

#include "experiment/contents.h"

/* Reads all sections of the spec (experiment/sections.h); `seed` is that of the run. Every error has a position. When
 * `open_backend` is 0, the backend is chosen (auto), but its implementation is not opened. The caller frees the
 * experiment also after a failure. */
axf_status axf_experiment_parse(axf_experiment *experiment, axf_registry *registry, const axf_node *spec, uint64_t seed,
                                int open_backend);
/* Reads only `data`, for work that needs posts and not a model. */
axf_status axf_experiment_parse_data(axf_experiment *experiment, axf_registry *registry, const axf_node *spec);
/* Reads only the options at the top: name, seeds and others that are needed before anything is opened. */
axf_status axf_experiment_parse_top(axf_experiment *experiment, const axf_node *spec);
void axf_experiment_free(axf_experiment *experiment);

/* Gives the i-th component in use, in a fixed order: i = 0, 1, … until NULL. */
const axf_component_use *axf_experiment_component(const axf_experiment *experiment, int32_t i);

#endif
