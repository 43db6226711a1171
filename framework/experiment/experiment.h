/* An experiment: a merged spec turned into settings and component instances. */
#ifndef AXF_EXPERIMENT_EXPERIMENT_H
#define AXF_EXPERIMENT_EXPERIMENT_H

#include "experiment/contents.h"

/* Reads all sections of the spec (experiment/sections.h); `seed` is the run's. Every error has a position. When
 * `open_backend` is 0, the backend is chosen (auto), but its implementation is not opened. The caller frees the experiment
 * also after a failure. */
axf_status axf_experiment_parse(axf_experiment *experiment, axf_registry *registry, const axf_node *spec, uint64_t seed,
                                int open_backend);
/* Reads `data` alone, for what needs posts and no model. */
axf_status axf_experiment_parse_data(axf_experiment *experiment, axf_registry *registry, const axf_node *spec);
/* Reads the options at the top alone: name, seeds and others that are needed before anything is opened. */
axf_status axf_experiment_parse_top(axf_experiment *experiment, const axf_node *spec);
void axf_experiment_free(axf_experiment *experiment);

/* All components in use, in a fixed order: i = 0, 1, … until NULL. */
const axf_component_use *axf_experiment_component(const axf_experiment *experiment, int32_t i);

#endif
