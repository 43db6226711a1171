/* Expands `sweep: {axes, exclude, random}` of a spec into one spec for each point of the grid. */
#ifndef AXF_SPEC_SWEEP_H
#define AXF_SPEC_SWEEP_H

#include "spec/node.h"

enum { AXF_SWEEP_MAX_AXES = 16, AXF_SWEEP_MAX_POINTS = 10000, AXF_SWEEP_MAX_GRID = 1000000 };

typedef struct axf_sweep_point {
    const char *const *labels; /* one for each axis: the name of its value, short enough for a table and a folder */
    const axf_node *spec;      /* merged, without `sweep` */
} axf_sweep_point;

typedef struct axf_sweep {
    uint32_t axis_count, count;
    const char *const *axes;
    const axf_sweep_point *points; /* in the order of the grid: the first axis turns slowest */
} axf_sweep;

/* Expands spec->sweep. A spec without it gives a single point without axes. `sections` are the keys that may be written
 * at the top of a spec, ending with NULL. They decide which of two kinds an axis is:
 *
 *   a path (`model.fusion`, `losses`)   has a list of values, or a map of named ones; each replaces the older value
 *   a free name (`dataset`)             has a map of named partial specs, which may have `extends`; each is merged into
 *                                       the spec
 *
 * A point is made in this order, so that it is always what its labels say: partial specs are merged, in the order of
 * the axes; the settings of the command line are applied once more, since they win over files; the values at paths are
 * put in place. A setting on the path of an axis is refused.
 *
 * `exclude` is a list of {axis: label or list of labels}; a point is left out when all of one entry fit. `random` is N
 * or {count: N, seed: S} with seed 0 by default: N of the points that are left are drawn by Philox without
 * replacement. */
axf_status axf_sweep_expand(axf_arena *arena, const axf_node *spec, const char *const *sections,
                            const char *const *settings, uint32_t setting_count, axf_sweep *sweep);

#endif
