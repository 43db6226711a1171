/* Sums whose order does not depend on the number of threads, and the threads themselves. */
#ifndef AXF_BACKENDS_CPU_IMPL_PARTS_H
#define AXF_BACKENDS_CPU_IMPL_PARTS_H

#include "backends/cpu/impl/cpu.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* The number of the calling thread among those of a parallel loop. */
static inline int64_t axf_cpu_thread(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

static inline int64_t axf_cpu_padded(int64_t columns)
{
    return (columns + AXF_CPU_PACK - 1) / AXF_CPU_PACK * AXF_CPU_PACK;
}

/* Writes the sums of the columns of x [rows, columns], or of x · b where b is not NULL, to `to` [columns], or adds them
 * to it. Rows are added up in order within blocks, and blocks in order. */
axf_status axf_cpu_add_columns(axf_cpu *self, const float *x, const float *b, int64_t rows, int64_t columns, float *to,
                               int add);
/* Sets *sum to Σ x or, where `squares` is not 0, to Σ x². The sum is in double, over pieces in order. */
axf_status axf_cpu_add_all(axf_cpu *self, const float *x, int64_t count, int squares, double *sum);

#endif
