/* safetensors files: 8 bytes of header length, a JSON header, then the tensors' bytes, little-endian, row-major.
 *
 * Input is hostile: header at most 16 MiB, at most 20,000 tensors of at most 8 dims, every product and sum checked,
 * bytes = product of the dims x size of the dtype, ranges inside the file and apart from each other, names once only.
 */
#ifndef AXF_WEIGHTS_SAFETENSORS_H
#define AXF_WEIGHTS_SAFETENSORS_H

#include "weights/stored.h"

enum { AXF_SAFETENSORS_HEADER = 16 * 1024 * 1024 }; /* bytes, at most; AXF_STORED_TENSORS tensors */

typedef struct axf_safetensors axf_safetensors;

/* ---- one file ---- */

axf_status axf_safetensors_open(const char *path, axf_safetensors **file);
void axf_safetensors_close(axf_safetensors *file); /* NULL is allowed */
const axf_stored_file *axf_safetensors_file(const axf_safetensors *file);

size_t axf_safetensors_count(const axf_safetensors *file);
/* In the order of their bytes in the file, so that a loop reads forwards. */
const axf_stored *axf_safetensors_entry_at(const axf_safetensors *file, size_t index);
const axf_stored *axf_safetensors_find(const axf_safetensors *file, const char *name); /* NULL: absent */

/* The header's "__metadata__": a value, NULL when the key is absent. */
const char *axf_safetensors_metadata(const axf_safetensors *file, const char *key);

/* Compares the file with the checksum that the writer below put into it: AXF_ERR_FORMAT when it differs or is absent.
 */
axf_status axf_safetensors_verify(const axf_safetensors *file);

/* ---- writing ---- */

typedef struct axf_safetensors_item {
    const char *name;
    int32_t dtype, ndim;
    const int64_t *shape; /* [ndim] */
} axf_safetensors_item;

typedef struct axf_safetensors_pair {
    const char *key, *value;
} axf_safetensors_pair;

typedef struct axf_safetensors_writer axf_safetensors_writer;

/* Begins a file with these tensors, whose bytes must then come in this order (wider dtypes first keeps them aligned).
 * The same input gives the same bytes. transformers wants the pair {"format", "pt"}. A pair "xxh3_128", the checksum of
 * the file, is put before the others; so it is no key of the caller's. */
axf_status axf_safetensors_create(const char *path, const axf_safetensors_pair *metadata, size_t pairs,
                                  const axf_safetensors_item *items, size_t count, axf_safetensors_writer **writer);

/* The next bytes of the data, in pieces of any size. */
axf_status axf_safetensors_put(axf_safetensors_writer *writer, const void *bytes, size_t size);

/* Checks that all data came, then makes the file appear durably under its name. Frees in every case. */
axf_status axf_safetensors_commit(axf_safetensors_writer *writer);
void axf_safetensors_abort(axf_safetensors_writer *writer); /* NULL is allowed */

#endif
