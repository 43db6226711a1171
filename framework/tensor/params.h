/* Parameters and buffers of a model: declared by components, owned here. Gradients and optimiser state lie beside. */
#ifndef AXF_TENSOR_PARAMS_H
#define AXF_TENSOR_PARAMS_H

#include "auxfuse/backend.h"
#include "core/arena.h"

/* What an axf_tensor of the host lies at the start of: every handle that a plugin holds is one of the two. */
enum { AXF_HANDLE_PARAM = 1, AXF_HANDLE_VALUE = 2 };
typedef struct axf_handle {
    axf_tensor tensor;
    int32_t kind; /* AXF_HANDLE_… */
} axf_handle;

/* Rows of an embedding table touched since axf_params_begin_step, in order of first touch. */
typedef struct axf_touched {
    int32_t *place_of_row; /* [V] row -> its place in ids, -1 when untouched */
    int32_t *ids;          /* [V], of which `count` are used */
    int32_t count;         /* rows touched; planning does not read ids and leaves it */
    int32_t bound;         /* ids looked up so far, at most V: the gradient gets that many rows */
} axf_touched;

typedef struct axf_param {
    axf_tensor tensor;  /* first, so that the plugin's handle is this parameter; data NULL until allocated */
    int32_t kind;       /* AXF_HANDLE_PARAM */
    const char *name;   /* full: "text.encoder.layer.0.…", "fusion.linear.weight" */
    axf_parameter spec; /* as declared (spec.name is the name within the component) */
    struct axf_params *owner;
    int32_t trained; /* 1: gets a gradient and is updated (not frozen, not a buffer) */
    /* Gradient of this step: dense as tensor's shape, or for AXF_PARAM_SPARSE [rows, D] of which the first
     * touched.count rows count. */
    axf_tensor gradient;
    int32_t has_gradient; /* 1 while `gradient` holds one: with pooled gradients until the hook has returned, with
                           * kept ones until axf_params_begin_step */
    struct axf_block *gradient_block; /* its memory where pooled: the tape's */
    size_t gradient_size;             /* bytes of its own memory where kept */
    axf_touched touched;              /* AXF_PARAM_SPARSE only */
    int32_t uses;                     /* recorded uses whose backward has not run yet: at 0 the gradient is final */
    void *optimizer;                  /* the trainer's */
} axf_param;

typedef struct axf_params {
    axf_arena arena;
    const axf_backend *backend;
    void *backend_self;
    int32_t real_dtype; /* AXF_F32, or AXF_F64 in the reference backend's test mode */
    axf_param **items;
    int32_t count, capacity;
    struct axf_slab *slabs; /* memory of the values */
    size_t bytes;           /* of all slabs */
} axf_params;

void axf_params_init(axf_params *params, const axf_backend *backend, void *backend_self, int32_t real_dtype);
void axf_params_free(axf_params *params);

/* Adds "prefix.name" (prefix NULL: name alone). Refuses a name that is there, a bad shape or init. */
axf_status axf_params_add(axf_params *params, const char *prefix, const axf_parameter *spec, axf_param **param);
axf_param *axf_params_find(const axf_params *params, const char *name); /* NULL when absent */

/* Memory for the values (not gradients) of every parameter that has none; undefined until drawn or set. */
axf_status axf_params_allocate(axf_params *params);
int64_t axf_param_elements(const axf_param *param);

/* Start of an optimiser step (planning too): no gradients, no touched rows. Memory of kept gradients stays. */
void axf_params_begin_step(axf_params *params);

#endif
