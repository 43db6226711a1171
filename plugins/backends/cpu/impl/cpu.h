/* Types of the cpu backend: an instance, and a kernel. */
#ifndef AXF_BACKENDS_CPU_IMPL_CPU_H
#define AXF_BACKENDS_CPU_IMPL_CPU_H

#include "backends/cpu/impl/copies.h"
#include "backends/cpu/impl/dnnl.h"
#include "backends/cpu/impl/hot/hot.h"
#include "backends/cpu/impl/maps.h"
#include "common/backend/memory.h"

typedef struct axf_cpu axf_cpu;
typedef axf_status (*axf_cpu_function)(axf_cpu *self, const axf_call *call);

typedef struct axf_cpu_kernel {
    axf_cpu_function forward;
    axf_cpu_function backward; /* NULL: forward only */
} axf_cpu_kernel;

enum { /* the scratch memories, since one kernel call may use several at once */
       AXF_CPU_SCRATCH_GRADIENT = 0,
       AXF_CPU_SCRATCH_PARTS, /* partial sums, and the blocks of each thread in attention */
       AXF_CPU_SCRATCH_LEFT,  /* operands of products */
       AXF_CPU_SCRATCH_RIGHT,
       AXF_CPU_SCRATCHES,
};

struct axf_cpu {
    const axf_host *host;
    const axf_cpu_hot *hot;
    int32_t precision, threads;
    char name[192];
    axf_scratch scratch[AXF_CPU_SCRATCHES];
    axf_dnnl *dnnl;
    axf_cpu_copies copies;
    axf_cpu_maps maps;
    axf_profile_entry *profile; /* [2 · AXF_OP_COUNT] while profiling, else NULL */
    int32_t profiling;
};

#endif
