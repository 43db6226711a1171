/* Chooses the code path for this machine among those that are compiled. */
#ifndef AXF_BACKENDS_CPU_IMPL_DISPATCH_H
#define AXF_BACKENDS_CPU_IMPL_DISPATCH_H

#include "backends/cpu/impl/hot/hot.h"

/* The loops for this machine. */
const axf_cpu_hot *axf_cpu_hot_choose(void);
/* The level of CPU that they are compiled for, for example "x86-64-v4 bf16". */
const char *axf_cpu_hot_name(void);
/* 1 when the machine has instructions that multiply bf16 (AVX-512 BF16). */
int axf_cpu_has_bf16(void);

#endif
