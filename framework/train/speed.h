/* How fast a run computes: work done, and the share of what the machine could do at most. */
#ifndef AXF_TRAIN_SPEED_H
#define AXF_TRAIN_SPEED_H

#include "train/session.h"

/* The backend counts the work of its ops from begin to end; end gives the sum in flop, 0 where it does not count. */
void axf_speed_begin(const axf_session *session);
double axf_speed_end(const axf_session *session);

/* Peak of the matrix product in flop/s at the run's precision and threads: measured once per machine and remembered in
 * the user's cache folder ("peaks"); 0 where the backend cannot tell. Never makes a run fail. */
double axf_speed_peak(const axf_session *session);

#endif
