#include "backends/cpu/impl/dispatch.h"

extern const axf_cpu_hot axf_cpu_hot_base;
#if defined(__x86_64__)
extern const axf_cpu_hot axf_cpu_hot_v3, axf_cpu_hot_v4, axf_cpu_hot_v4bf16;

static int level(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) {
        return 0;
    }
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl")) {
        return 1;
    }
    return __builtin_cpu_supports("avx512bf16") ? 3 : 2;
}

const axf_cpu_hot *axf_cpu_hot_choose(void)
{
    static const axf_cpu_hot *const paths[] = {&axf_cpu_hot_base, &axf_cpu_hot_v3, &axf_cpu_hot_v4,
                                               &axf_cpu_hot_v4bf16};
    return paths[level()];
}

const char *axf_cpu_hot_name(void)
{
    static const char *const names[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4 bf16"};
    return names[level()];
}

int axf_cpu_has_bf16(void)
{
    return level() == 3;
}
#else
const axf_cpu_hot *axf_cpu_hot_choose(void)
{
    return &axf_cpu_hot_base;
}

const char *axf_cpu_hot_name(void)
{
    return "generic";
}

int axf_cpu_has_bf16(void)
{
    return 0;
}
#endif
