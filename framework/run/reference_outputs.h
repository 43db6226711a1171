/* The files of the reference program for a run (outputs: reference): what their names are made of. */
#ifndef AXF_RUN_REFERENCE_OUTPUTS_H
#define AXF_RUN_REFERENCE_OUTPUTS_H

#include "experiment/contents.h"

/* Writes them from what the run folder holds (report/reference_files.h). */
axf_status axf_run_reference_write(const char *folder, const axf_experiment *experiment);

#endif
