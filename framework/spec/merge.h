/* Merging of trees: maps key by key, lists and scalars replace, a null takes a map away. */
#ifndef AXF_SPEC_MERGE_H
#define AXF_SPEC_MERGE_H

#include "spec/node.h"

/* The key that names the component at a path of the spec ("model.text" → "encoder", "losses.itc" → "loss"), NULL where
 * no component stands. There `fusion: attention` is short for `fusion: {strategy: attention}`. */
const char *axf_component_key(const char *path);

/* Opens a component written in either form. *name: the scalar that names it, NULL when the map has no `key`;
 * *options: the map that its options are read from (it may hold `key` itself), NULL for the short form. */
axf_status axf_component_map(const axf_node *node, const char *key, const axf_node **name, const axf_node **options);

/* The root of `over` merged onto the root of `base`; both must be maps. In a place of axf_component_key a map that does
 * not name its component keeps the name that a scalar gave. Null over a map removes the key; over anything else, or
 * nothing, it stays as a value (an option may be set to null), and axf_node_get hides it. */
const axf_node *axf_merge(axf_arena *arena, const axf_node *base, const axf_node *over);

/* The tree `root` (NULL: an empty map) with the value at a dotted path put in place of what stands there. `key` gives
 * the position of the keys that are new. */
const axf_node *axf_replace(axf_arena *arena, const axf_node *root, const char *path, const axf_node *key,
                            const axf_node *value);

/* A dotted path without empty parts, at most as deep as YAML may be; the functions here take no other. */
axf_status axf_path_check(const axf_node *key);

/* What stands at a dotted path, NULL when nothing does. */
const axf_node *axf_node_at(const axf_node *root, const char *path);

#endif
