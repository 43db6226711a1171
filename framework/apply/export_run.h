/* The files that make an exported folder a run, so that auxfuse predict takes it in the place of one: spec.yml and
 * environment.json. */
#ifndef AXF_APPLY_EXPORT_RUN_H
#define AXF_APPLY_EXPORT_RUN_H

#include "apply/export_plan.h"

/* The spec of the run, with the exported folders in the place of its checkpoints, as paths relative to the export. */
const axf_node *axf_export_run_spec(const axf_export_plan *plan, axf_arena *arena);

/* Writes spec.yml, and environment.json with the hashes of the exported folders, which were written before. */
axf_status axf_export_run_write(const axf_export_plan *plan, const axf_node *spec);

#endif
