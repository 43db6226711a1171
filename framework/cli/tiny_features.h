/* Drawn features by post id for --tiny, kept in the user's cache folder. */
#ifndef AXF_CLI_TINY_FEATURES_H
#define AXF_CLI_TINY_FEATURES_H

#include "plugin/registry.h"
#include "spec/node.h"

/* The number of values in a row of features. The tiny configurations of encoders that read such rows expect it. */
enum { AXF_TINY_FEATURE_ROWS = 4, AXF_TINY_FEATURE_WIDTH = 16, AXF_TINY_BOX_WIDTH = 4 };

/* A .safetensors of the posts that `spec` reads: "features" [posts, 4, 16], "pooled" [posts, 16] and "boxes"
 * [posts, 4, 4] with their ids, all drawn by id. Fails with AXF_ERR_IO, or with an error of the spec's data. */
axf_status axf_tiny_features(axf_arena *arena, axf_registry *registry, const axf_node *spec, const char **file);

#endif
