/* How fast a run computes: the work it did, and which share that is of the most that the machine can do. */
#ifndef AXF_TRAIN_SPEED_H
#define AXF_TRAIN_SPEED_H

#include "workbench/workbench.h"

/* The backend counts the work of its ops from begin to end. End gives the sum in floating-point operations, 0 where the
 * backend does not count. */
void axf_speed_begin(const axf_workbench *bench);
double axf_speed_end(const axf_workbench *bench);

/* The peak of the matrix product at the run's precision and threads, in operations a second. It is measured once per
 * machine and remembered in the user's cache folder ("peaks"). 0 where the backend cannot tell; never an error. */
double axf_speed_peak(const axf_workbench *bench);

#endif
