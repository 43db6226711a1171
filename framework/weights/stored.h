/* Tensors that lie in a file of any format: where their bytes are, and how they are read.
 *
 * Files are read with pread and not mapped into memory, since a network file system may fail, or a file may be cut,
 * while a run goes on. */
#ifndef AXF_WEIGHTS_STORED_H
#define AXF_WEIGHTS_STORED_H

#include "auxfuse/status.h"
#include "core/arena.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { AXF_STORED_DIMS = 8, AXF_STORED_TENSORS = 20000 };

enum { /* The dtype of a stored tensor. auxfuse/tensor.h has fewer. Real numbers come first. */
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

/* The name of a dtype, such as "F32"; NULL for a number that is not a dtype. */
const char *axf_stored_dtype_name(int32_t dtype);
size_t axf_stored_dtype_size(int32_t dtype); /* bytes, 0 for no dtype */

/* ---- a file ---- */

typedef struct axf_stored_file {
    char *path;
    int fd; /* -1: closed */
    uint64_t size;
} axf_stored_file;

/* Opens a regular file. On failure the file is closed. */
axf_status axf_stored_file_open(const char *path, axf_stored_file *file);
void axf_stored_file_close(axf_stored_file *file);
/* Reads `size` bytes from `offset` on. Any thread may call this. */
axf_status axf_stored_file_read(const axf_stored_file *file, uint64_t offset, void *dst, size_t size);

/* ---- a tensor ---- */

/* Bytes of a file that have a checksum (CRC-32). It is compared when a tensor in them is read for the first time. */
typedef struct axf_stored_bytes {
    uint64_t offset, size;
    uint32_t crc;
    _Atomic int checked;
} axf_stored_bytes;

typedef struct axf_stored { /* owned by its list */
    const char *name;
    int32_t dtype; /* AXF_STORED_… */
    int32_t ndim;  /* 0 (a scalar) … 8 */
    int64_t shape[AXF_STORED_DIMS];
    int64_t count;            /* elements; 0 when a dim is */
    uint64_t offset, size;    /* of the first element in the file; of all elements, in bytes */
    const int64_t *strides;   /* in elements; NULL: row-major without gaps */
    axf_stored_bytes *within; /* NULL: no checksum of its own */
    const axf_stored_file *file;
} axf_stored;

/* Gives the number of elements of a shape. A dimension of 0 makes that 0, but the others must still have a sane
 * product, since later code may multiply them in another order. Returns 0 when a product overflows. */
int axf_stored_product(const int64_t *shape, int32_t ndim, int64_t *count);

/* Reads a tensor as float32, row-major, into `dst`, whose `count` must be entry->count. F64, F16 and BF16 are
 * converted on the way (F64 to the nearest float, or to infinity when it is too large). Whole numbers are refused.
 * Any thread may call this. */
axf_status axf_stored_read_f32(const axf_stored *entry, float *dst, int64_t count);

/* Reads `size` bytes as they are stored, from `offset` within the tensor on. The tensor must not have strides. Any
 * thread may call this. */
axf_status axf_stored_read_raw(const axf_stored *entry, uint64_t offset, void *dst, size_t size);

/* ---- the tensors of a file ---- */

typedef struct axf_stored_list {
    axf_arena arena;     /* names, strides, checksums */
    axf_stored *entries; /* [count]; after finish in the order of their bytes, so that a loop reads forwards */
    const axf_stored **by_name;
    size_t count, capacity;
} axf_stored_list;

void axf_stored_list_add(axf_stored_list *list, const axf_stored *entry, const char *name); /* copies both */
/* Sorts the entries. Refuses a name that occurs twice. `path` is for the message. */
axf_status axf_stored_list_finish(axf_stored_list *list, const char *path);
const axf_stored *axf_stored_list_find(const axf_stored_list *list, const char *name); /* NULL: absent */
void axf_stored_list_free(axf_stored_list *list);

#endif
