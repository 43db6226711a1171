/* What a reader of a comparison must know before believing it. */
#ifndef AXF_SWEEP_WARNINGS_H
#define AXF_SWEEP_WARNINGS_H

#include "sweep/comparison.h"

/* Adds the warnings that apply: unfinished runs, other builds or hardware, other posts, other seeds, numbers of posts by
 * which an epoch was chosen. */
void axf_compare_warn(axf_comparison *comparison);

#endif
