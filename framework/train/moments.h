/* The moments that AdamW keeps of a parameter: running averages of its gradient (m) and of the gradient's square (v).
 *
 * The moments of a dense parameter have its shape. A row of a sparse table (AXF_PARAM_SPARSE) has moments from its first
 * gradient on, so that a large vocabulary costs memory only for the rows that texts use. */
#ifndef AXF_TRAIN_MOMENTS_H
#define AXF_TRAIN_MOMENTS_H

#include "tensor/params.h"

typedef struct axf_moments {
    int64_t steps;         /* updates so far */
    axf_tensor m, v;       /* as the parameter, of a sparse table [capacity, D]; data NULL: not made yet */
    int32_t *place_of_row; /* of a sparse table, [V]: row of the table -> its place in m and v, -1 where it has none */
    int32_t *ids;          /* of a sparse table: the row of each place, of which `count` are used */
    int32_t count, capacity;
} axf_moments;

/* Makes the moments of a dense parameter, all zero, unless they are there. */
axf_status axf_moments_make(axf_moments *moments, const axf_param *param);

/* Gives rows ids[0 … count-1] of a sparse table places, in this order, unless they have one; new moments are zero. */
axf_status axf_moments_take_rows(axf_moments *moments, const axf_param *param, const int32_t *ids, int32_t count);

void axf_moments_free(axf_moments *moments, const axf_param *param);

#endif
