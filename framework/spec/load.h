/* Makes one merged tree of spec files and of the settings of the command line. */
#ifndef AXF_SPEC_LOAD_H
#define AXF_SPEC_LOAD_H

#include "spec/node.h"

enum { AXF_EXTENDS_MAX_DEPTH = 16, AXF_EXTENDS_MAX_FILES = 256 };

/* Merges the files in order, each on top of what its `extends` names, and then the settings ("a.b.c=value", where the
 * value is YAML). The result has no `extends`. Errors: AXF_ERR_SPEC with a position, AXF_ERR_IO, and AXF_ERR_USAGE for
 * a setting without =. */
axf_status axf_spec_load(axf_arena *arena, const char *const *files, uint32_t file_count, const char *const *settings,
                         uint32_t setting_count, const axf_node **spec);

/* Resolves a map's own `extends` (one path or a list, relative to the file in which it was written): the result is what
 * it names, in order, with the map itself on top, without the key `extends`. It serves whole files and the partial
 * specs of a sweep. */
axf_status axf_spec_extend(axf_arena *arena, const axf_node *map, const axf_node **merged);

/* Merges the settings on top of a spec. In "sweep.axes.KEY=value" everything after "sweep.axes." is one key. */
axf_status axf_spec_set(axf_arena *arena, const axf_node *spec, const char *const *settings, uint32_t setting_count,
                        const axf_node **merged);

/* Parses one setting: the path before the = and the value, both with their position on the command line. */
axf_status axf_setting_parse(axf_arena *arena, const char *setting, const axf_node **key, const axf_node **value);

/* Counts the settings of a list that ends with NULL. The list may itself be NULL: then there are 0. */
uint32_t axf_setting_count(const char *const *settings);

#endif
