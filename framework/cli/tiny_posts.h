/* Drawn posts for --tiny, kept in the user's cache folder. */
#ifndef AXF_CLI_TINY_POSTS_H
#define AXF_CLI_TINY_POSTS_H

#include "spec/node.h"

enum { AXF_TINY_POSTS = 64 };

/* The folder of AXF_TINY_POSTS posts in the layout of loader `name`, drawn now if it is not there yet. Where a value of
 * the map `data` makes the name of a layout of its own, as `form: key` makes <name>-key, it is that one.
 * AXF_ERR_SPEC when `auxfuse data synth` knows no such layout; AXF_ERR_IO. */
axf_status axf_tiny_posts(axf_arena *arena, const char *name, const axf_node *data, const char **folder);

#endif
