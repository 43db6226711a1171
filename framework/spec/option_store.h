/* Stores the value of one option. */
#ifndef AXF_SPEC_OPTION_STORE_H
#define AXF_SPEC_OPTION_STORE_H

#include "spec/options_context.h"

/* Stores the value that `node` gives, or null when `node` is NULL, at the offset of the option in `values`. Text and
 * lists live in the arena. Fails at the node for a wrong type, a value out of range, or a word that is not a choice. */
axf_status axf_option_store(const axf_option *option, const axf_node *node, axf_arena *arena, void *values,
                            const axf_options_context *context);

#endif
