/* safetensors files: 8 bytes of header length, a JSON header, then the tensors' bytes, little-endian, row-major.
 *
 * Input is hostile: header at most 16 MiB, at most 20,000 tensors of at most 8 dims, every product and sum checked,
 * bytes = product of the dims x size of the dtype, ranges inside the file and apart from each other, names once only.
 * Files are read with pread, not mapped: a network file system may fail, or a file be cut, while a run goes on. */
#ifndef AXF_CORE_SAFETENSORS_H
#define AXF_CORE_SAFETENSORS_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

enum { AXF_SAFETENSORS_DIMS = 8, AXF_SAFETENSORS_TENSORS = 20000, AXF_SAFETENSORS_HEADER = 16 * 1024 * 1024 };

enum { /* dtype of a stored tensor; not those of auxfuse/tensor.h, which are fewer */
       AXF_STORED_F64 = 1,
       AXF_STORED_F32 = 2,
       AXF_STORED_F16 = 3,
       AXF_STORED_BF16 = 4,
       AXF_STORED_I64 = 5,
       AXF_STORED_I32 = 6,
       AXF_STORED_I16 = 7,
       AXF_STORED_I8 = 8,
       AXF_STORED_U8 = 9,
       AXF_STORED_BOOL = 10,
};

/* "F32" …; NULL for no dtype. */
const char *axf_stored_dtype_name(int32_t dtype);
size_t axf_stored_dtype_size(int32_t dtype); /* bytes, 0 for no dtype */

typedef struct axf_safetensors axf_safetensors;

typedef struct axf_safetensors_entry { /* owned by its file */
    const char *name;
    int32_t dtype; /* AXF_STORED_… */
    int32_t ndim;  /* 0 (a scalar) … 8 */
    int64_t shape[AXF_SAFETENSORS_DIMS];
    int64_t count;         /* elements; 0 when a dim is */
    uint64_t offset, size; /* bytes, from the start of the file */
    const axf_safetensors *file;
} axf_safetensors_entry;

/* ---- one file ---- */

axf_status axf_safetensors_open(const char *path, axf_safetensors **file);
void axf_safetensors_close(axf_safetensors *file); /* NULL is allowed */
const char *axf_safetensors_path(const axf_safetensors *file);

size_t axf_safetensors_count(const axf_safetensors *file);
/* In the order of their bytes in the file, so that a loop reads forwards. */
const axf_safetensors_entry *axf_safetensors_entry_at(const axf_safetensors *file, size_t index);
const axf_safetensors_entry *axf_safetensors_find(const axf_safetensors *file, const char *name); /* NULL: absent */

/* The header's "__metadata__": a value, NULL when the key is absent. */
const char *axf_safetensors_metadata(const axf_safetensors *file, const char *key);

/* Reads a tensor as float32 into `dst`, whose `count` must be entry->count. F64, F16 and BF16 are converted on the way
 * (F64: to nearest, too large becomes infinite); whole-number dtypes are refused. Any thread. */
axf_status axf_safetensors_read_f32(const axf_safetensors_entry *entry, float *dst, int64_t count);

/* Reads `size` stored bytes from `offset` within the tensor on. Any thread. */
axf_status axf_safetensors_read_raw(const axf_safetensors_entry *entry, uint64_t offset, void *dst, size_t size);

/* Compares the file with the checksum that the writer below put into it: AXF_ERR_FORMAT when it differs or is absent.
 */
axf_status axf_safetensors_verify(const axf_safetensors *file);

/* ---- weights: one file, or a folder with model.safetensors or model.safetensors.index.json and its shards ---- */

typedef struct axf_weights axf_weights;

/* `path` is a file or a folder. Shard names must be plain ([A-Za-z0-9._-], no leading dot) and end in .safetensors. */
axf_status axf_weights_open(const char *path, axf_weights **weights);
void axf_weights_close(axf_weights *weights); /* NULL is allowed; the entries go with it */
size_t axf_weights_count(const axf_weights *weights);
const axf_safetensors_entry *axf_weights_entry_at(const axf_weights *weights,
                                                  size_t index); /* file by file, forwards */
const axf_safetensors_entry *axf_weights_find(const axf_weights *weights, const char *name); /* NULL: absent */
const char *axf_weights_metadata(const axf_weights *weights, const char *key);               /* of the first file */

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
