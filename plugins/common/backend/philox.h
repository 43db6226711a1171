/* The random numbers of a backend: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1,
 * 2, 3", SC 2011), and which of them belongs to which element of a random op (axf_random, backend.h). */
#ifndef AXF_COMMON_BACKEND_PHILOX_H
#define AXF_COMMON_BACKEND_PHILOX_H

#include "auxfuse/backend.h"

#include <math.h>

static inline void axf_philox_block(uint32_t out[4], const uint32_t key[2], const uint32_t counter[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        const uint64_t even = (uint64_t)c0 * 0xD2511F53u;
        const uint64_t odd = (uint64_t)c2 * 0xCD9E8D57u;
        c0 = (uint32_t)(odd >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)odd;
        c2 = (uint32_t)(even >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)even;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The random number of one element of the post in `slot`. Fast loops make a block of four at once instead. */
static inline uint32_t axf_philox_draw(const axf_random *random, int32_t slot, int64_t element)
{
    const uint32_t counter[4] = {random->step, (uint32_t)slot, (uint32_t)(element / 4), 0};
    uint32_t block[4];
    axf_philox_block(block, random->key, counter);
    return block[element % 4];
}

/* Returns 1 when the element is dropped. Every backend makes this comparison, so that masks agree to the bit. */
static inline int axf_philox_dropped(uint32_t draw, double rate)
{
    return (double)draw < rate * 4294967296.0;
}

/* The least draw that is kept, for loops that compare whole numbers. */
static inline uint32_t axf_philox_threshold(double rate)
{
    const double limit = ceil(rate * 4294967296.0);
    return limit >= 4294967295.0 ? UINT32_MAX : (uint32_t)limit;
}

#endif
