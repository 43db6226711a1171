/* One axis of a sweep: its values and how they are called. */
#ifndef AXF_SPEC_SWEEP_AXIS_H
#define AXF_SPEC_SWEEP_AXIS_H

#include "spec/node.h"

typedef struct axf_axis {
    const axf_node *key;
    const char *name;              /* key->text */
    bool is_path;                  /* of the spec; else a free name */
    uint32_t count;                /* at least 1 */
    const char *const *labels;     /* all different */
    const axf_node *const *values; /* what replaces the path, or partial specs with `extends` resolved */
} axf_axis;

/* Reads one entry of sweep.axes. `sections`: the keys that may stand at the top of a spec, ending with NULL. At most
 * `most` values. */
axf_status axf_axis_read(axf_arena *arena, const axf_node *key, const axf_node *written, const char *const *sections,
                         uint32_t most, axf_axis *axis);

#endif
