/* Which of the compiled code paths this machine runs. */
#ifndef AXF_BACKENDS_CPU_IMPL_DISPATCH_H
#define AXF_BACKENDS_CPU_IMPL_DISPATCH_H

#include "backends/cpu/impl/hot/hot.h"

/* The loops for this machine. */
const axf_cpu_hot *axf_cpu_hot_choose(void);
/* The level that they are compiled for: "x86-64-v4 bf16", say. */
const char *axf_cpu_hot_name(void);
/* 1 where the machine multiplies bf16 (AVX-512 BF16). */
int axf_cpu_has_bf16(void);

#endif
