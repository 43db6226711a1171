#include "core/hash.h"

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct axf_hasher {
    XXH3_state_t *state;
};

void axf_hash_hex(axf_hash128 hash, char text[AXF_HASH_HEX])
{
    snprintf(text, AXF_HASH_HEX, "%016llx%016llx", (unsigned long long)hash.high, (unsigned long long)hash.low);
}

int axf_hash_parse(const char *text, axf_hash128 *hash)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t words[2] = {0, 0};
    for (int i = 0; i < AXF_HASH_HEX - 1; i++) {
        const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (digit == NULL) {
            return 0;
        }
        words[i / 16] = words[i / 16] << 4 | (uint64_t)(digit - digits);
    }
    *hash = (axf_hash128){words[0], words[1]};
    return 1;
}

int axf_hash_equal(axf_hash128 a, axf_hash128 b)
{
    return a.high == b.high && a.low == b.low;
}

axf_hash128 axf_hash_bytes(const void *bytes, size_t count)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (axf_hash128){hash.high64, hash.low64};
}

axf_hasher *axf_hasher_new(void)
{
    axf_hasher *hasher = axf_alloc(sizeof *hasher);
    hasher->state = XXH3_createState();
    if (hasher->state == NULL) {
        fputs("auxfuse: out of memory\n", stderr);
        exit(1);
    }
    XXH3_128bits_reset(hasher->state);
    return hasher;
}

void axf_hasher_add(axf_hasher *hasher, const void *bytes, size_t count)
{
    if (count > 0) {
        XXH3_128bits_update(hasher->state, bytes, count);
    }
}

void axf_hasher_add_number(axf_hasher *hasher, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> 8 * i);
    }
    axf_hasher_add(hasher, bytes, sizeof bytes);
}

void axf_hasher_add_text(axf_hasher *hasher, const char *text)
{
    const size_t length = strlen(text);
    axf_hasher_add_number(hasher, length);
    axf_hasher_add(hasher, text, length);
}

axf_hash128 axf_hasher_result(const axf_hasher *hasher)
{
    const XXH128_hash_t hash = XXH3_128bits_digest(hasher->state);
    return (axf_hash128){hash.high64, hash.low64};
}

void axf_hasher_free(axf_hasher *hasher)
{
    if (hasher != NULL) {
        XXH3_freeState(hasher->state);
        free(hasher);
    }
}
