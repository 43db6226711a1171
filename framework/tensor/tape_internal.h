/* The inside of the tape, for the files of this folder: values, nodes, and how an op goes onto the tape. */
#ifndef AXF_TENSOR_TAPE_INTERNAL_H
#define AXF_TENSOR_TAPE_INTERNAL_H

#include "auxfuse/ops.h"
#include "tensor/pool.h"
#include "tensor/step_arena.h"
#include "tensor/tape.h"

/* A tensor of the step. Its memory is held once for its handle (until the scope it was made in ends) and once for each
 * recorded node whose backward reads it; after that tensor.data is NULL. A view (reshape, with_rows, detach) holds the
 * memory of what it shows, and its gradient is that of its root. */
typedef struct axf_value {
    axf_tensor tensor; /* first: the plugin's handle */
    int32_t kind;      /* AXF_HANDLE_VALUE */
    int32_t refs;
    int32_t alive;          /* the handle's scope has not ended */
    int32_t kept;           /* only within scope_end */
    axf_block *block;       /* NULL: the memory of `param` */
    const int32_t *host;    /* i32: the same numbers in host memory, NULL where only the backend has them */
    axf_param *param;       /* whose memory it shows, NULL: its own */
    struct axf_value *root; /* itself, or what a view shows; where param is set the gradient is the parameter's */
    axf_block *gradient;    /* of a root, during backward */
} axf_value;

typedef struct axf_node {
    axf_call call; /* as forward was called; call.out is the value made */
    axf_tensor keep;
    axf_block *keep_block;
    uint32_t wanted; /* inputs whose gradient is wanted */
    uint32_t saved;  /* inputs held for backward */
    int32_t saved_out;
} axf_node;

/* What backward of an op reads: the contract with the backends (backend.h). Masks are over the inputs. */
typedef struct axf_op_traits {
    const char *name;                /* as in the op table, for messages */
    uint32_t differentiable;         /* inputs that can have a gradient */
    uint32_t reads[AXF_CALL_INPUTS]; /* input i is read for the gradients of these inputs */
    uint32_t reads_out;
} axf_op_traits;

/* By op and activation: only some activations of linear and unary read their result. */
axf_op_traits axf_op_traits_get(const axf_call *call);

typedef struct axf_key_entry {
    const char *scope, *name; /* owned by tape->texts */
    uint32_t key[2];
} axf_key_entry;

typedef struct axf_pass_record {
    axf_pass pass; /* first: what the plugin holds */
    const char *scope_text;
    const int32_t *location; /* pass.slots in the backend's memory */
    int32_t record;
} axf_pass_record;

/* Whether an op of the pass on these tensors (NULLs skipped) behaves as in training. */
int axf_pass_trains(const axf_pass *pass, axf_tensor *const *tensors, int32_t count);

struct axf_tape {
    const axf_backend *backend;
    void *backend_self;
    axf_params *params;
    axf_tape_settings settings;
    int32_t real; /* dtype of every real tensor */
    axf_pool pool, plan;
    axf_pool *memory; /* the one of this step */
    axf_step_arena arena;
    int32_t recording, planning, paused;
    axf_status status;
    axf_node **nodes;
    int32_t node_count, node_capacity;
    axf_value **values; /* whose handles are alive, in order of making */
    int32_t value_count, value_capacity;
    int32_t *scopes; /* value_count where each open scope began */
    int32_t scope_count, scope_capacity;
    axf_arena texts; /* for the life of the tape: scope texts and keys */
    axf_key_entry *keys;
    int32_t key_count, key_capacity, key_next;
    const char **scope_texts;
    int32_t scope_text_count, scope_text_capacity;
    void *scratch; /* host memory for conversions */
    size_t scratch_size;
};

typedef struct axf_layout {
    int32_t dtype, ndim;
    int64_t shape[AXF_MAX_DIMS];
    const axf_rows *rows;
} axf_layout;

/* --- values.c --- */
/* A dense layout in the real dtype of the tape. */
axf_layout axf_layout_real(const axf_tape *tape, int32_t ndim, const int64_t *shape);
/* A new tensor of the current scope with memory from the pool; NULL after a sticky failure named after `op`. */
axf_value *axf_value_new(axf_tape *tape, const char *op, const axf_layout *layout);
/* The same memory under another shape and structure. with_gradient 0: detached. */
axf_value *axf_value_view(axf_tape *tape, axf_tensor *of, int32_t ndim, const int64_t *shape, const axf_rows *rows,
                          int32_t with_gradient);
void axf_value_drop(axf_tape *tape, axf_value *value);
/* The value behind a handle, NULL for a parameter; and the parameter whose memory it is, or NULL. */
axf_value *axf_tensor_value(axf_tensor *tensor);
axf_param *axf_tensor_param(axf_tensor *tensor);
void axf_scope_begin(const axf_pass *pass);
void axf_scope_end(const axf_pass *pass, axf_tensor *const *kept, int32_t count);
size_t axf_dtype_size(int32_t dtype);
/* Bytes of a shape, 0 after AXF_ERR_SHAPE where a dim is negative or the product does not fit. */
axf_status axf_layout_bytes(const axf_layout *layout, size_t *bytes);
void *axf_tape_scratch(axf_tape *tape, size_t size);

/* --- record.c --- */
axf_status axf_tape_fail(axf_tape *tape, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);
/* Marks the step as failed after somebody below has recorded the message; `op` is put before it. */
void axf_tape_failed(axf_tape *tape, axf_status status, const char *op);
/* 1 when the op may go on: the step has not failed, and each of the tensors is there and in a living scope. */
int32_t axf_op_ready(const axf_pass *pass, const char *op, axf_tensor *const *tensors, int32_t count);
/* The result of a checked call: allocates it (and `keep`, ndim 0: none), runs the kernel, records it. in, i, f, random,
 * images and custom of the call are set by the op; the rest is set here. */
axf_tensor *axf_op_apply(const axf_pass *pass, axf_call *call, const axf_layout *out, const axf_layout *keep);
/* "[12, 384]", with the name of a parameter before it. Lives until the end of the full expression. */
typedef struct axf_shape_text {
    char text[200];
} axf_shape_text;
axf_shape_text axf_tensor_text(const axf_tensor *tensor);

/* --- gradient.c --- */
/* Memory of a parameter's gradient, taken when there is none. */
axf_status axf_gradient_prepare(axf_tape *tape, axf_param *param);
void axf_gradient_drop(axf_tape *tape, axf_param *param); /* of a pooled one, after the hook */
/* Notes the ids as touched -> i32 tensor of their places, -1 for -1. NULL after a sticky failure. */
axf_tensor *axf_gradient_slots(const axf_pass *pass, axf_param *param, const int32_t *ids, int64_t count);

/* --- backward.c --- */
/* From the last node to the first, by the gradients that their results have; nothing recorded is left. */
axf_status axf_walk_back(axf_tape *tape, axf_gradient_hook hook, void *context);

/* --- tape.c --- */
const int32_t *axf_tape_locate(axf_tape *tape, const int32_t *numbers, int64_t count);
/* Key of the draws `name` in the pass, with its step and slots. */
axf_random axf_pass_random(const axf_pass *pass, const char *name);
/* Numbers of an i32 tensor in host memory; NULL in planning, and after a sticky failure. */
const int32_t *axf_tape_host_index(axf_tape *tape, const char *op, axf_tensor *tensor);

#endif
