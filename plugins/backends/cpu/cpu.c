/* Backend `cpu` as `auxfuse plugins` sees it. Its kernels and oneDNN are in cpu.impl.so, which is opened when the
 * backend is first used. */
#include "auxfuse/backend.h"

static int32_t score(const axf_host *host)
{
    (void)host;
    return 10;
}

static const axf_backend vtable = {.struct_size = sizeof(axf_backend), .score = score};

static const axf_component components[] = {{
    .struct_size = sizeof(axf_component),
    .kind = AXF_KIND_BACKEND,
    .name = "cpu",
    .version = "2",
    .summary = "oneDNN and vector loops on the cores of this machine, f32 or bf16 products",
    .vtable_size = sizeof(axf_backend),
    .vtable = &vtable,
    .implementation = "cpu.impl.so",
}};

AXF_PLUGIN(cpu, "2", "MIT", components)
