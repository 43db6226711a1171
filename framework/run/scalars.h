/* Values of a run for TensorBoard, one an epoch. */
#ifndef AXF_RUN_SCALARS_H
#define AXF_RUN_SCALARS_H

#include "run/folder.h"

/* One value under "<split>/<name>" at the epoch, counted from 0. */
axf_status axf_run_scalar(axf_run_folder *folder, int32_t epoch, const char *split, const char *name, double value);

#endif
