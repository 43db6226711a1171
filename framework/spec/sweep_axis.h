/* One axis of a sweep: its values and how they are called. */
#ifndef AXF_SPEC_SWEEP_AXIS_H
#define AXF_SPEC_SWEEP_AXIS_H

#include "core/text.h"
#include "spec/node.h"

typedef struct axf_axis {
    const axf_node *key;
    const char *name;              /* key->text */
    bool is_path;                  /* of the spec; else a free name */
    uint32_t count;                /* at least 1 */
    const char *const *labels;     /* all different */
    const axf_node *const *values; /* what replaces the path, or partial specs with `extends` resolved */
} axf_axis;

/* Reads one entry of sweep.axes; see axf_sweep_expand. */
axf_status axf_axis_read(axf_arena *arena, const axf_node *key, const axf_node *written, const char *const *sections,
                         axf_axis *axis);

/* AXF_ERR_SPEC unless the key is one of `names` (NULL-terminated): "CONTEXT 'key' is no WHAT; did you mean 'kind'?". */
axf_status axf_name_check(axf_arena *arena, const axf_node *key, const char *context, const char *what,
                          const char *const *names);

/* "; did you mean 'name'?", or "" when nothing is close. */
const char *axf_did_you_mean(axf_arena *arena, const axf_closest *closest);

/* The spec without its key `sweep`. */
const axf_node *axf_spec_without_sweep(axf_arena *arena, const axf_node *spec);

#endif
