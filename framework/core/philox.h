/* Random numbers without a state: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1,
 * 2, 3", SC 2011). Four 32-bit numbers are a function of a key, which says what they are for, and a counter, which
 * says which draw it is. So any draw can be made alone, in any order, on any device. Which counter an op uses is
 * written at axf_random in auxfuse/backend.h. */
#ifndef AXF_CORE_PHILOX_H
#define AXF_CORE_PHILOX_H

#include <stdint.h>

typedef struct axf_random_key {
    uint32_t k0, k1;
} axf_random_key;

/* The key is XXH3-64 of the seed, the scope and the name (a tensor's full name, "split", "order", …). Two different
 * pairs of texts never give the same bytes. NULL counts as "". */
axf_random_key axf_random_key_make(uint64_t seed, const char *scope, const char *name);

static inline void axf_philox(uint32_t out[4], axf_random_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3)
{
    for (int round = 0; round < 10; round++) {
        const uint64_t even = (uint64_t)c0 * 0xD2511F53u;
        const uint64_t odd = (uint64_t)c2 * 0xCD9E8D57u;
        c0 = (uint32_t)(odd >> 32) ^ c1 ^ key.k0;
        c1 = (uint32_t)odd;
        c2 = (uint32_t)(even >> 32) ^ c3 ^ key.k1;
        c3 = (uint32_t)even;
        key.k0 += 0x9E3779B9u;
        key.k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* A number from 0 up to but not including 1, a multiple of 2^-24, which a float holds exactly. */
static inline float axf_random_unit(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

/* A number between 0 and 1, neither of which it can be: an odd multiple of 2^-24, with 23 random bits. */
static inline float axf_random_open(uint32_t bits)
{
    return (float)(bits >> 9 << 1 | 1) * 0x1p-24f;
}

/* A whole number from 0 to n - 1, made of 64 bits by multiply and shift: no value is likelier than another by more
 * than n / 2^64. It is 0 when n is 0. */
static inline uint32_t axf_random_below(uint32_t high, uint32_t low, uint32_t n)
{
    return (uint32_t)(((uint64_t)high * n + ((uint64_t)low * n >> 32)) >> 32);
}

/* Makes two independent standard normal numbers of two uniform ones (Box and Muller 1958), computed in double. */
void axf_random_normal_pair(uint32_t a, uint32_t b, float out[2]);

/* Shuffles by Fisher and Yates in Durstenfeld's form: every order of the n items is equally likely, and key and
 * epoch fix it. Block after block it draws the counter (epoch, 0, block, 0). The result also depends on the order in
 * which the items come in. */
void axf_random_shuffle(uint32_t *items, uint32_t n, axf_random_key key, uint32_t epoch);

#endif
