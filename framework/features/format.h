/* How a file of image features begins: store.c writes the header, and list.c reads it.
 *
 * After the header come records of `record_size` bytes: the hash of the image (16 bytes), its values (float32, or
 * bfloat16 where `half` is 1), and the XXH3-64 of both (8 bytes). All numbers are little-endian. */
#ifndef AXF_FEATURES_FORMAT_H
#define AXF_FEATURES_FORMAT_H

#include <stdint.h>

enum { AXF_FEATURES_HEADER = 4096 }; /* bytes; those after the struct are 0 */

typedef struct axf_features_header {
    char magic[8];
    uint64_t record_size, values, half;
    char key[3072]; /* text that names what the features depend on */
} axf_features_header;

static const char axf_features_magic[8] = "AXFF0001";

#endif
