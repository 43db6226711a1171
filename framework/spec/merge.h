/* Merges trees: maps are merged key by key, lists and scalars replace the older value, and a null removes a map. */
#ifndef AXF_SPEC_MERGE_H
#define AXF_SPEC_MERGE_H

#include "spec/node.h"

/* The key that names the component at a path of the spec ("model.text" → "encoder", "losses.itc" → "loss"); NULL when
 * the path is not that of a component. At such a path, `fusion: attention` is short for
 * `fusion: {strategy: attention}`. */
const char *axf_component_key(const char *path);

/* Reads a component that is written in either form. *name is the scalar that names it, or NULL when the map has no
 * `key`. *options is the map from which its options are read (it may contain `key` itself), or NULL for the short
 * form. */
axf_status axf_component_map(const axf_node *node, const char *key, const axf_node **name, const axf_node **options);

/* Merges the root of `over` onto the root of `base`; both must be maps. At a path of axf_component_key, a map that does
 * not name its component keeps the name that a scalar gave before. A null removes the key when the older value is a
 * map. Otherwise the null is kept as a value, since an option may be set to null, and axf_node_get hides it. */
const axf_node *axf_merge(axf_arena *arena, const axf_node *base, const axf_node *over);

/* Gives the tree `root` (NULL: an empty map) with another value at a dotted path. The new keys get the position of
 * `key`. */
const axf_node *axf_replace(axf_arena *arena, const axf_node *root, const char *path, const axf_node *key,
                            const axf_node *value);

/* Checks that `key` is a dotted path without empty parts, and not deeper than YAML may be. The other functions here
 * need such a path. */
axf_status axf_path_check(const axf_node *key);

/* The value at a dotted path, or NULL when there is none. */
const axf_node *axf_node_at(const axf_node *root, const char *path);

#endif
