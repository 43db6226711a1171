/* The plan of a sweep lists its runs: each point of the grid with each seed. The id and the folder of every run are
 * known before anything is trained.
 *
 * The files are below <output>/<name>/sweep/. plan.json has the axes, and the runs in the order of the grid; their
 * folders are relative to <output>/<name> when they are below it. points/<axis values>-<run id>.yml are the resolved
 * specs, in which all paths are absolute. */
#ifndef AXF_SWEEP_PLAN_H
#define AXF_SWEEP_PLAN_H

#include "experiment/run_id.h"
#include "plugin/registry.h"
#include "spec/node.h"

typedef struct axf_plan_point {
    const char *const *labels; /* one for each axis */
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

/* Replaces the spec of each point by another one, in the plan's arena. */
typedef struct axf_plan_change {
    axf_status (*make)(const void *context, axf_arena *arena, axf_registry *registry, const axf_node *spec,
                       const axf_node **changed);
    const void *context;
} axf_plan_change;

/* Makes the plan. It reads the posts of each point (their texts and the hashes of their images, but not the images),
 * and does not open a backend. When `change` is NULL, the points are run as they are. */
axf_status axf_plan_make(axf_plan *plan, axf_registry *registry, const axf_node *spec, const char *const *settings,
                         const axf_plan_change *change);
axf_status axf_plan_write(const axf_plan *plan);
void axf_plan_free(axf_plan *plan);

#endif
