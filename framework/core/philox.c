#include "core/philox.h"

#include "core/strbuf.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

static void add_number(axf_strbuf *input, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        axf_strbuf_putc(input, (char)(unsigned char)(number >> 8 * i));
    }
}

/* Length before text, in little-endian order: ("ab", "c") and ("a", "bc") differ, and so on every machine alike. */
static void add_text(axf_strbuf *input, const char *text)
{
    const size_t length = text != NULL ? strlen(text) : 0;
    add_number(input, length);
    axf_strbuf_add(input, text, length);
}

axf_random_key axf_random_key_make(uint64_t seed, const char *scope, const char *name)
{
    axf_strbuf input = {0};
    add_number(&input, seed);
    add_text(&input, scope);
    add_text(&input, name);
    const uint64_t hash = XXH3_64bits(input.data, input.length);
    axf_strbuf_free(&input);
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
