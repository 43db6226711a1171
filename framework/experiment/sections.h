/* The list of the sections of a spec. All code that goes over sections uses it: reading, the resolved spec, the
 * identity of a run, axes of sweeps, columns of comparisons, and the documentation. */
#ifndef AXF_EXPERIMENT_SECTIONS_H
#define AXF_EXPERIMENT_SECTIONS_H

#include "experiment/section.h"

/* Gives section i in the order of a resolved spec, which is also the order of reading: i = 0, 1, … until NULL. */
const axf_section *axf_section_at(int32_t i);

/* The number of structs that the section has in this experiment, and the i-th of them. The number is 1 unless the
 * section is a LIST or NAMED. */
int32_t axf_section_count(const axf_section *section, const axf_experiment *experiment);
const void *axf_section_values(const axf_section *section, const axf_experiment *experiment, int32_t i);

/* The i-th component of the section; NULL when the section does not name one. Its `instance` may be NULL. */
const axf_component_use *axf_section_use(const axf_section *section, const axf_experiment *experiment, int32_t i);

/* Every key that may be written at the top of a spec, ending with NULL: options of the top, and sections. */
const char *const *axf_section_top_keys(axf_arena *arena);

/* The keys of a section that are sections of their own, ending with NULL. */
const char *const *axf_section_children(axf_arena *arena, const axf_section *section);

/* 1 when no result depends on the value at a dotted path of a spec: the path of a section, or of an option of the host
 * in one. Options of components are not looked up. */
int axf_section_path_is_runtime(const char *path);

#endif
