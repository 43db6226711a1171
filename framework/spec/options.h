/* Filling the struct of an options table (auxfuse/options.h) from what a spec says. */
#ifndef AXF_SPEC_OPTIONS_H
#define AXF_SPEC_OPTIONS_H

#include "spec/options_context.h"

/* Zeroes `values` (table->size bytes) and fills it from the map and the defaults; map may be NULL or a null scalar:
 * nothing was written. Null for an option that cannot be null means its default. Text and lists live in the arena.
 * AXF_ERR_SPEC at the value or key that is wrong: unknown key (with the closest name), wrong type, out of range, bad
 * choice, unset variable, checkpoint not found, REQUIRED and not written. */
axf_status axf_options_parse(const axf_options *table, const axf_node *map, axf_arena *arena, void *values,
                             const axf_options_context *context);

#endif
