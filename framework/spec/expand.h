/* What stands for something else in a path: ~, ${VARIABLE}, and the folder a relative path starts from. */
#ifndef AXF_SPEC_EXPAND_H
#define AXF_SPEC_EXPAND_H

#include "spec/node.h"

/* The scalar's text with a leading ~ or ~/ and every ${VARIABLE} replaced. A variable that is unset or empty is an
 * error. */
axf_status axf_expand_text(axf_arena *arena, const axf_node *scalar, const char **text);

/* As an absolute path: a relative one starts in the folder of the file that the scalar was written in. */
axf_status axf_expand_path(axf_arena *arena, const axf_node *scalar, const char **path);

/* `path` itself when absolute, else below `folder`, without leading "./". */
const char *axf_expand_join(axf_arena *arena, const char *folder, const char *path);

/* The folder that a node's relative paths start in: the current one for nodes made by the program. */
const char *axf_node_folder(axf_arena *arena, const axf_node *node);

#endif
