/* Warnings that a reader of a comparison must know before trusting it. */
#ifndef AXF_SWEEP_WARNINGS_H
#define AXF_SWEEP_WARNINGS_H

#include "sweep/comparison.h"

/* Adds the warnings that apply: runs are not finished, were made by different builds or on different hardware, predict
 * different posts, or have different seeds; or the numbers come from the posts by which an epoch was chosen. */
void axf_compare_warn(axf_comparison *comparison);

#endif
