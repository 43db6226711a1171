/* Philox4x32-10 for several blocks side by side; common/backend/philox.h has the plain form. Words are in the low
 * halves of 64-bit lanes, because one instruction multiplies two low halves. The high halves are ignored. */
#include "backends/cpu/impl/hot/random.h"

#include "backends/cpu/impl/hot/vector.h"
#include "common/backend/philox.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BLOCKS = VECTOR_BYTES / 8, SIDE = 4 }; /* four vectors at once hide the latency of products */

typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

/* Multiplies the low halves. */
static inline words product_of(words a, words b)
{
#if defined(__AVX512F__)
    return (words)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (words)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    return (words)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/* a0 b0 a1 b1 … */
static inline void store_pairs(words a, words b, uint32_t *to)
{
#if defined(__AVX512F__)
    const words low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    const words high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX__)
    const words low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
    const words low = __builtin_shufflevector(a, b, 0, 2), high = __builtin_shufflevector(a, b, 1, 3);
#endif
    memcpy(to, &low, sizeof low);
    memcpy(to + VECTOR_BYTES / 4, &high, sizeof high);
}

/* Computes SIDE · BLOCKS blocks from `block` on, with four words each. */
__attribute__((always_inline)) static inline void draw_blocks(const axf_random *random, int32_t slot, uint32_t block,
                                                              uint32_t *draws)
{
    static const uint64_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const words zero = {0};
    words c0[SIDE], c1[SIDE], c2[SIDE], c3[SIDE], number;
    memcpy(&number, numbers, sizeof number);
    for (int s = 0; s < SIDE; s++) {
        c0[s] = zero + random->step;
        c1[s] = zero + (uint32_t)slot;
        c2[s] = number + (uint64_t)block + (uint64_t)(s * BLOCKS); /* the high halves are ignored */
        c3[s] = zero;
    }
    uint32_t k0 = random->key[0], k1 = random->key[1];
    for (int round = 0; round < 10; round++) {
        for (int s = 0; s < SIDE; s++) {
            const words even = product_of(c0[s], zero + 0xD2511F53u), odd = product_of(c2[s], zero + 0xCD9E8D57u);
            c0[s] = (odd >> 32) ^ c1[s] ^ (zero + k0);
            c1[s] = odd;
            c2[s] = (even >> 32) ^ c3[s] ^ (zero + k1);
            c3[s] = even;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int s = 0; s < SIDE; s++) {
        const words first = (c0[s] & 0xffffffffu) | c1[s] << 32, second = (c2[s] & 0xffffffffu) | c3[s] << 32;
        store_pairs(first, second, draws + s * 4 * BLOCKS);
    }
}

void AXF_HOT(axf_cpu_draw)(const axf_random *random, int32_t slot, int64_t first, int64_t count, uint32_t *draws)
{
    enum { AT_ONCE = 4 * SIDE * BLOCKS };
    int64_t e = 0;
    while (e < count) {
        const int64_t element = first + e;
        uint32_t some[AT_ONCE];
        if (element % 4 == 0 && count - e >= AT_ONCE) {
            draw_blocks(random, slot, (uint32_t)(element / 4), draws + e);
            e += AT_ONCE;
            continue;
        }
        draw_blocks(random, slot, (uint32_t)(element / 4), some);
        const int64_t skip = element % 4, here = count - e < AT_ONCE - skip ? count - e : AT_ONCE - skip;
        memcpy(draws + e, some + skip, (size_t)here * sizeof *draws);
        e += here;
    }
}
