/* The pickle program of a torch.save archive. It runs on a machine that can build nothing but tensors and the
 * containers around them: only listed instructions and globals are allowed, and every value has a type. */
#ifndef AXF_WEIGHTS_TORCH_PICKLE_H
#define AXF_WEIGHTS_TORCH_PICKLE_H

#include "weights/stored.h"

enum { AXF_PICKLE_DEPTH = 64 };

typedef enum axf_pickle_type {
    AXF_PICKLE_NONE = 1,
    AXF_PICKLE_BOOL,
    AXF_PICKLE_INTEGER,
    AXF_PICKLE_REAL, /* without its value */
    AXF_PICKLE_TEXT,
    AXF_PICKLE_TUPLE,
    AXF_PICKLE_LIST,
    AXF_PICKLE_DICT, /* items: keys and values in turn */
    AXF_PICKLE_ORDERED_DICT,
    AXF_PICKLE_GLOBAL,
    AXF_PICKLE_STORAGE,
    AXF_PICKLE_TENSOR,
} axf_pickle_type;

typedef struct axf_pickle_storage {
    const char *key; /* the archive's member data/KEY */
    int32_t dtype;   /* AXF_STORED_… */
    int64_t numel;   /* elements; at least 0, and their bytes do not overflow */
} axf_pickle_storage;

/* A view of a storage, whose last element is one of the storage's numel. */
typedef struct axf_pickle_tensor {
    const axf_pickle_storage *storage;
    int64_t offset; /* in elements */
    int32_t ndim;
    int64_t shape[AXF_STORED_DIMS], stride[AXF_STORED_DIMS], count;
} axf_pickle_tensor;

typedef struct axf_pickle_items axf_pickle_items;

typedef struct axf_pickle_value {
    axf_pickle_type type;
    int64_t integer; /* of INTEGER */
    union {
        const char *text;
        axf_pickle_items *items; /* of TUPLE, LIST and the dicts: shared where the program shares it, perhaps cyclic */
        const struct axf_pickle_global *global;
        const axf_pickle_storage *storage;
        const axf_pickle_tensor *tensor;
    };
} axf_pickle_value;

struct axf_pickle_items {
    axf_pickle_value *item; /* [count] */
    size_t count, capacity;
};

/* Runs the program. What it builds lives in `arena`. It may have a million instructions and 64 open marks; the memo
 * is never larger than their number. AXF_ERR_FORMAT names the byte, and the instruction or global that is refused. */
axf_status axf_pickle_run(const char *path, const void *bytes, size_t length, axf_arena *arena, axf_pickle_value *root);

#endif
