/* The runs of a sweep: points of its grid times seeds, each with its id and folder, known before anything is trained.
 *
 * Files below <output>/<name>/sweep/: plan.json (axes and runs in the order of the grid, folders relative to
 * <output>/<name> where they lie below it) and points/<axis values>-<run id>.yml (resolved specs, all paths absolute).
 */
#ifndef AXF_SWEEP_PLAN_H
#define AXF_SWEEP_PLAN_H

#include "experiment/run_id.h"
#include "plugin/registry.h"
#include "spec/node.h"

typedef struct axf_plan_point {
    const char *const *labels; /* one an axis */
    const char *title;         /* labels with blanks between them, "" without axes */
    const char *axis_values;   /* labels as part of a folder's name, "" without axes */
    char id[AXF_RUN_ID];
    const char *file; /* of its resolved spec */
    const char *spec; /* its text */
    int32_t threads;  /* 0: the sweep decides */
    int32_t same_as;  /* index of an earlier point with the same id, -1: none */
} axf_plan_point;

typedef struct axf_plan_run {
    int32_t point;
    uint64_t seed;
    const char *key; /* "<run id>-s<seed>" */
    const char *folder;
} axf_plan_run;

typedef struct axf_plan {
    axf_arena arena;
    const char *root;   /* <output>/<name> */
    const char *folder; /* root/sweep */
    uint32_t axis_count;
    const char *const *axes;
    axf_plan_point *points;
    int32_t point_count;
    axf_plan_run *runs; /* points that repeat an earlier one have none */
    int32_t run_count;
} axf_plan;

/* What is run in the place of each point's spec, in the plan's arena. */
typedef struct axf_plan_change {
    axf_status (*make)(const void *context, axf_arena *arena, axf_registry *registry, const axf_node *spec,
                       const axf_node **changed);
    const void *context;
} axf_plan_change;

/* Reads the posts of each point (texts and the hashes of their images, not the images), opens no backend. change NULL:
 * the points are run as they are. */
axf_status axf_plan_make(axf_plan *plan, axf_registry *registry, const axf_node *spec, const char *const *settings,
                         const axf_plan_change *change);
axf_status axf_plan_write(const axf_plan *plan);
void axf_plan_free(axf_plan *plan);

#endif
