/* XXH3-128 (xxHash 0.8) tells contents apart, fast. It is no protection against somebody who makes two contents with
 * the same hash on purpose. */
#ifndef AXF_CORE_HASH_H
#define AXF_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { AXF_HASH_HEX = 33 }; /* 32 digits and NUL */

typedef struct axf_hash128 {
    uint64_t high, low;
} axf_hash128;

/* Writes 32 lower-case digits, as `xxh128sum` prints them. */
void axf_hash_hex(axf_hash128 hash, char text[AXF_HASH_HEX]);

/* Reads 32 lower-case digits at `text`; what follows them is ignored. Returns 1 when the 32 digits are there. */
int axf_hash_parse(const char *text, axf_hash128 *hash);

int axf_hash_equal(axf_hash128 a, axf_hash128 b);
axf_hash128 axf_hash_bytes(const void *bytes, size_t count);

/* The hash of bytes that come one after the other. Nothing here fails. The caller frees the hasher. The result may
 * be asked for at any time. */
typedef struct axf_hasher axf_hasher;
axf_hasher *axf_hasher_new(void);
void axf_hasher_add(axf_hasher *hasher, const void *bytes, size_t count);
void axf_hasher_add_number(axf_hasher *hasher, uint64_t number); /* 8 bytes, little-endian */
void axf_hasher_add_text(axf_hasher *hasher,
                         const char *text); /* length first, so that neighbours don't run together */
axf_hash128 axf_hasher_result(const axf_hasher *hasher);
void axf_hasher_free(axf_hasher *hasher);

#endif
