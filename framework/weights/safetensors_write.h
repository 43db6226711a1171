/* Writing safetensors files. The header's "__metadata__" has a checksum of the file, which safetensors.h can
 * compare. */
#ifndef AXF_WEIGHTS_SAFETENSORS_WRITE_H
#define AXF_WEIGHTS_SAFETENSORS_WRITE_H

#include "weights/safetensors_header.h"

typedef struct axf_safetensors_item {
    const char *name;
    int32_t dtype, ndim;
    const int64_t *shape; /* [ndim] */
} axf_safetensors_item;

typedef struct axf_safetensors_writer axf_safetensors_writer;

/* Begins a file with these tensors, whose bytes must then come in this order. With wider dtypes first all are
 * aligned. The same input gives the same bytes. transformers wants the pair {"format", "pt"}. The pair "xxh3_128",
 * the checksum, is put before the others, so the caller may not have that key. */
axf_status axf_safetensors_create(const char *path, const axf_safetensors_pair *metadata, size_t pairs,
                                  const axf_safetensors_item *items, size_t count, axf_safetensors_writer **writer);

/* Takes the next bytes of the data, in pieces of any size. */
axf_status axf_safetensors_put(axf_safetensors_writer *writer, const void *bytes, size_t size);

/* Checks that all data came, and then makes the file appear durably under its name. It frees the writer in every
 * case. */
axf_status axf_safetensors_commit(axf_safetensors_writer *writer);
void axf_safetensors_abort(axf_safetensors_writer *writer); /* NULL is allowed */

#endif
