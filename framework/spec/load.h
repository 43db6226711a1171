/* From files and command-line settings to one merged tree. */
#ifndef AXF_SPEC_LOAD_H
#define AXF_SPEC_LOAD_H

#include "spec/node.h"

enum { AXF_EXTENDS_MAX_DEPTH = 16, AXF_EXTENDS_MAX_FILES = 256 };

/* The files in order, each on top of what its `extends` names, then the settings ("a.b.c=value", the value in YAML).
 * The result has no `extends`. Errors: AXF_ERR_SPEC with a position, AXF_ERR_IO, AXF_ERR_USAGE for a setting without =.
 */
axf_status axf_spec_load(axf_arena *arena, const char *const *files, uint32_t file_count, const char *const *settings,
                         uint32_t setting_count, const axf_node **spec);

/* A map's own `extends` (one path or a list, relative to the file it was written in) resolved: what it names, in order,
 * and the map itself on top, without the key. Used for whole files and for the partial specs of a sweep. */
axf_status axf_spec_extend(axf_arena *arena, const axf_node *map, const axf_node **merged);

/* The settings merged on top. In "sweep.axes.KEY=value" everything behind "sweep.axes." is one key. */
axf_status axf_spec_set(axf_arena *arena, const axf_node *spec, const char *const *settings, uint32_t setting_count,
                        const axf_node **merged);

/* One setting parsed: the path left of the = and the value, both with their position on the command line. */
axf_status axf_setting_parse(axf_arena *arena, const char *setting, const axf_node **key, const axf_node **value);

/* How many settings a list holds that ends with NULL; 0 for NULL. */
uint32_t axf_setting_count(const char *const *settings);

#endif
