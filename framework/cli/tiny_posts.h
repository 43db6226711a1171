/* Drawn posts for --tiny, kept in the user's cache folder. */
#ifndef AXF_CLI_TINY_POSTS_H
#define AXF_CLI_TINY_POSTS_H

#include "spec/node.h"

enum { AXF_TINY_POSTS = 64 };

/* Gives the folder of AXF_TINY_POSTS posts in the layout of loader `name`, and draws it when it is not there yet. When
 * a value of the map `data` selects another layout, as `form: key` selects <name>-key, that layout is drawn.
 * AXF_ERR_SPEC when `auxfuse data synth` does not know the layout; AXF_ERR_IO. */
axf_status axf_tiny_posts(axf_arena *arena, const char *name, const axf_node *data, const char **folder);

#endif
