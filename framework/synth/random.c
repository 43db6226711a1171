#include "synth/random.h"

/* The output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t next(axf_synth_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    return mix(random->state);
}

axf_synth_random axf_synth_random_start(uint64_t seed, uint64_t post, uint32_t stream)
{
    const uint64_t of_seed = mix(seed + 0x9e3779b97f4a7c15u);
    const uint64_t of_post = mix(of_seed + post * 0xd1342543de82ef95u + 1);
    return (axf_synth_random){.state = mix(of_post ^ ((uint64_t)stream << 56))};
}

uint32_t axf_synth_random_below(axf_synth_random *random, uint32_t n)
{
    return (uint32_t)(((next(random) >> 32) * n) >> 32);
}

int32_t axf_synth_random_between(axf_synth_random *random, int32_t low, int32_t high)
{
    return low + (int32_t)axf_synth_random_below(random, (uint32_t)(high - low) + 1);
}

int axf_synth_random_chance(axf_synth_random *random, uint32_t percent)
{
    return axf_synth_random_below(random, 100) < percent;
}
