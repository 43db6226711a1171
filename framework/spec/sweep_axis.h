/* One axis of a sweep: its values and their names. */
#ifndef AXF_SPEC_SWEEP_AXIS_H
#define AXF_SPEC_SWEEP_AXIS_H

#include "spec/node.h"

typedef struct axf_axis {
    const axf_node *key;
    const char *name;              /* key->text */
    bool is_path;                  /* true: the name is a path of the spec; false: it is a free name */
    uint32_t count;                /* at least 1 */
    const char *const *labels;     /* all different */
    const axf_node *const *values; /* what replaces the path, or partial specs with `extends` resolved */
} axf_axis;

/* Reads one entry of sweep.axes, which may have at most `most` values. `sections` are the keys that may be written at
 * the top of a spec, ending with NULL. */
axf_status axf_axis_read(axf_arena *arena, const axf_node *key, const axf_node *written, const char *const *sections,
                         uint32_t most, axf_axis *axis);

#endif
