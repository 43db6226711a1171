/* Fills the struct of an options table (auxfuse/options.h) from a spec. */
#ifndef AXF_SPEC_OPTIONS_H
#define AXF_SPEC_OPTIONS_H

#include "spec/options_context.h"

/* Zeroes `values` (table->size bytes) and fills it from the map and the defaults. The map may be NULL or a null scalar
 * when nothing was written. A null for an option that cannot be null means its default. Text and lists live in the
 * arena. Fails with AXF_ERR_SPEC at the value or key that is wrong: an unknown key (with the closest name), a wrong
 * type, a value out of range, a word that is not a choice, a variable that is not set, a checkpoint that is not found,
 * or a REQUIRED option that is not written. */
axf_status axf_options_parse(const axf_options *table, const axf_node *map, axf_arena *arena, void *values,
                             const axf_options_context *context);

#endif
