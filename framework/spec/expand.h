/* Expands what a path may contain: ~, ${VARIABLE}, and the folder from which a relative path starts. */
#ifndef AXF_SPEC_EXPAND_H
#define AXF_SPEC_EXPAND_H

#include "spec/node.h"

/* Gives the scalar's text with a leading ~ or ~/ and every ${VARIABLE} replaced. A variable that is unset or empty is
 * an error. */
axf_status axf_expand_text(axf_arena *arena, const axf_node *scalar, const char **text);

/* The same as an absolute path: a relative path starts in the folder of the file in which the scalar was written. */
axf_status axf_expand_path(axf_arena *arena, const axf_node *scalar, const char **path);

/* Returns `path` itself when it is absolute, else the path below `folder`, without a leading "./". */
const char *axf_expand_join(axf_arena *arena, const char *folder, const char *path);

/* The folder in which a node's relative paths start. For nodes made by the program it is the current folder. */
const char *axf_node_folder(axf_arena *arena, const axf_node *node);

#endif
