/* --tiny: any spec with small random models on a few drawn posts, so that it can be tried without weights and data. */
#ifndef AXF_CLI_TINY_H
#define AXF_CLI_TINY_H

#include "plugin/registry.h"
#include "spec/node.h"

/* The tiny version of a merged spec without a sweep, or of one point of a sweep. Only the options table of a component
 * matters:
 *
 *   encoders     options of type WEIGHTS become `random`; the path `config` becomes the folder tiny/<component>, and
 *                `<x>_config` becomes tiny/<component>-<x>; this folder is beside `spec_file`, beside the plugin's file,
 *                or among the experiments that are installed with auxfuse; a path `features` becomes a file of drawn
 *                features of the drawn posts
 *   the loader   its `root` becomes a folder of posts drawn in the layout of its name (see axf_synth_write), its `count`
 *                is set, and names of files and columns fall back to their defaults; a loader without `root` reads the
 *                drawn table by its `file` and `images`
 *   the rest     one epoch, only the first seed, and a name that ends with "-tiny"
 *
 * The posts are drawn once for each layout and version of the program, into the user's cache folder. Errors:
 * AXF_ERR_SPEC where a component has no tiny configuration or a loader no layout, AXF_ERR_IO. */
axf_status axf_tiny_spec(axf_arena *arena, axf_registry *registry, const axf_node *spec, const char *spec_file,
                         const axf_node **tiny);

#endif
