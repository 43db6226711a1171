/* The columns of a table of runs. */
#ifndef AXF_SWEEP_COLUMNS_H
#define AXF_SWEEP_COLUMNS_H

#include "sweep/comparison.h"

/* Fills the comparison's columns, the values and the name of each group, and the constants. */
void axf_compare_columns(axf_comparison *comparison);

#endif
