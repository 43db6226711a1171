/* Checks that a name is one of a list, and reports those that are not with the closest name. */
#ifndef AXF_SPEC_NAMES_H
#define AXF_SPEC_NAMES_H

#include "core/text.h"
#include "spec/node.h"

/* Gives "; did you mean 'name'?", or "" when no name is close. */
const char *axf_did_you_mean(axf_arena *arena, const axf_closest *closest);

/* `names` ends with NULL, here and in the functions below. */
bool axf_name_is_one_of(const char *name, const char *const *names);

/* Fails at the node: "CONTEXT 'name' is not a WHAT; did you mean 'kind'?". */
axf_status axf_name_fail(axf_arena *arena, const axf_node *at, const char *name, const char *context, const char *what,
                         const char *const *names);

/* Fails in the same way, unless the key is one of `names`. */
axf_status axf_name_check(axf_arena *arena, const axf_node *key, const char *context, const char *what,
                          const char *const *names);

#endif
