/* What a comparison reads from finished runs: spec, environment, and the predictions for one split. */
#ifndef AXF_SWEEP_RESULTS_H
#define AXF_SWEEP_RESULTS_H

#include "spec/node.h"
#include "sweep/predictions.h"

#include <jansson.h>

typedef struct axf_result {
    const char *folder;
    const char *run_id; /* everything on which the results depend, except the seed */
    uint64_t seed;
    const axf_node *spec; /* spec.yml */
    json_t *environment;
    int32_t classes;
    axf_predictions predictions;
    const char *const *labels; /* of the sweep's axes, or NULL */
} axf_result;

typedef struct axf_results {
    axf_arena arena;
    axf_result *items;
    int32_t count, capacity;
    const char **axes; /* of the sweep that all runs belong to, or NULL */
    int32_t axis_count;
    int32_t unfinished; /* run folders without done.json, which are skipped */
} axf_results;

/* Finds the finished runs below each path and reads them. A path may be a run folder, any folder above run folders,
 * which is searched in the order of names, or a sweep's folder or the folder above it, whose plan.json gives the order
 * and the labels. `split` is "test" or "val". Errors name the folder. A run that is given twice is read once. The
 * caller frees `results`, also after an error. */
axf_status axf_results_read(axf_results *results, char *const *paths, int32_t path_count, const char *split);
void axf_results_free(axf_results *results);

#endif
