/* The header of a safetensors file, parsed and checked. The reader, the fuzzer and the writer, which checks itself
 * with it, share this parser. */
#ifndef AXF_WEIGHTS_SAFETENSORS_HEADER_H
#define AXF_WEIGHTS_SAFETENSORS_HEADER_H

#include "weights/stored.h"

enum { AXF_SAFETENSORS_HEADER = 16 * 1024 * 1024 }; /* bytes of a header, at most */

typedef struct axf_safetensors_pair { /* of the header's "__metadata__" */
    const char *key, *value;
} axf_safetensors_pair;

typedef struct axf_safetensors_header {
    axf_stored_list list;           /* its arena holds the metadata, too */
    axf_safetensors_pair *metadata; /* [pairs], in the order of the file */
    size_t pairs, pair_capacity;
} axf_safetensors_header;

/* Parses `text` [length], which lies behind the first 8 bytes of a file of `file_size` bytes. On error `header` is
 * empty. */
axf_status axf_safetensors_header_parse(const char *path, const char *text, size_t length, uint64_t file_size,
                                        axf_safetensors_header *header);
void axf_safetensors_header_free(axf_safetensors_header *header);

enum { AXF_CHECKSUM_AT = 37 };           /* where in the file the 32 digits stand */
extern const char axf_checksum_prefix[]; /* how the header of a file with a checksum begins */

#endif
