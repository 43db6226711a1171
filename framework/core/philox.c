#include "core/philox.h"

#include "core/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static char *put_number(char *to, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        *to++ = (char)(unsigned char)(number >> 8 * i);
    }
    return to;
}

/* The length comes before the text, in little-endian order, so that ("ab", "c") and ("a", "bc") differ, and every
 * machine makes the same key. */
static char *put_text(char *to, const char *text, size_t length)
{
    to = put_number(to, length);
    return length > 0 ? (char *)memcpy(to, text, length) + length : to;
}

axf_random_key axf_random_key_make(uint64_t seed, const char *scope, const char *name)
{
    const size_t scope_length = scope != NULL ? strlen(scope) : 0, name_length = name != NULL ? strlen(name) : 0;
    const size_t length = 3 * 8 + scope_length + name_length;
    char room[512], *bytes = length <= sizeof room ? room : axf_alloc(length); /* keys are made in steps, too */
    char *end = put_number(bytes, seed);
    end = put_text(end, scope, scope_length);
    put_text(end, name, name_length);
    const uint64_t hash = XXH3_64bits(bytes, length);
    if (bytes != room) {
        free(bytes);
    }
    return (axf_random_key){.k0 = (uint32_t)hash, .k1 = (uint32_t)(hash >> 32)};
}

void axf_random_normal_pair(uint32_t a, uint32_t b, float out[2])
{
    const double two_pi = 6.283185307179586476925;
    const double radius = sqrt(-2.0 * log((a + 0.5) * 0x1p-32)); /* a + 0.5 is never 0: the longest is 6.7 */
    const double angle = two_pi * (b + 0.5) * 0x1p-32;
    out[0] = (float)(radius * cos(angle));
    out[1] = (float)(radius * sin(angle));
}

void axf_random_shuffle(uint32_t *items, uint32_t n, axf_random_key key, uint32_t epoch)
{
    uint32_t bits[4] = {0};
    for (uint32_t left = n, draw = 0; left > 1; left--, draw++) {
        const uint32_t half = draw % 2 * 2; /* a block serves two draws */
        if (half == 0) {
            axf_philox(bits, key, epoch, 0, draw / 2, 0);
        }
        const uint32_t chosen = axf_random_below(bits[half], bits[half + 1], left);
        const uint32_t item = items[chosen];
        items[chosen] = items[left - 1];
        items[left - 1] = item;
    }
}
