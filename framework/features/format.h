/* How a file of image features begins: features.c writes it, features_list.c lists such files.
 *
 * Behind the header lie records of `record_size` bytes: hash of the image (16), values (float32, or bfloat16 where
 * `half` is 1), XXH3-64 of these (8). All numbers are little-endian. */
#ifndef AXF_FEATURES_FORMAT_H
#define AXF_FEATURES_FORMAT_H

#include <stdint.h>

enum { AXF_FEATURES_HEADER = 4096 }; /* bytes; those behind the struct are 0 */

typedef struct axf_features_header {
    char magic[8];
    uint64_t record_size, values, half;
    char key[3072]; /* text: what the features depend on */
} axf_features_header;

static const char axf_features_magic[8] = "AXFF0001";

#endif
