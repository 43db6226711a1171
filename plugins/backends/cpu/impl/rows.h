/* Kernels of the cpu backend: rows that are picked, scattered, joined, cut and pooled. */
#ifndef AXF_BACKENDS_CPU_IMPL_ROWS_H
#define AXF_BACKENDS_CPU_IMPL_ROWS_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_pick_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_embedding_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_gather_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scatter_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scatter_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_columns(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_columns_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_slice_columns(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_slice_columns_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool_rows_backward(axf_cpu *self, const axf_call *call);

#endif
