/* Parameters and buffers of a model. Components declare them; this file owns them, and keeps beside each its gradient and
 * a pointer to what the optimiser knows of it. */
#ifndef AXF_TENSOR_PARAMS_H
#define AXF_TENSOR_PARAMS_H

#include "auxfuse/backend.h"
#include "core/arena.h"

/* Every axf_tensor that a plugin holds lies at the start of one of two structs, a parameter or a value of the step (in
 * tape_types.h). `kind` tells which. */
enum { AXF_HANDLE_PARAM = 1, AXF_HANDLE_VALUE = 2 };
typedef struct axf_handle {
    axf_tensor tensor;
    int32_t kind; /* AXF_HANDLE_… */
} axf_handle;

/* The rows of an embedding table that were looked up since axf_params_begin_step, in the order of their first use. */
typedef struct axf_touched {
    int32_t *place_of_row; /* [V] row -> its place in ids, -1 while it was not looked up */
    int32_t *ids;          /* [V], of which `count` are used */
    int32_t count;         /* rows looked up; planning does not read ids and leaves it as it is */
    int32_t bound;         /* ids looked up so far, at most V: the gradient gets that many rows */
} axf_touched;

typedef struct axf_param {
    axf_tensor tensor;  /* first, so that the plugin's handle is this parameter; data NULL until allocated */
    int32_t kind;       /* AXF_HANDLE_PARAM */
    const char *name;   /* full: "text.encoder.layer.0.…", "fusion.linear.weight" */
    axf_parameter spec; /* as declared (spec.name is the name within the component) */
    struct axf_params *owner;
    int32_t trained; /* 1: gets a gradient and is updated (not frozen, not a buffer) */
    /* The gradient of this step, in the shape of `tensor`; with AXF_PARAM_SPARSE it is [rows, D], of which the first
     * touched.count rows are valid. */
    axf_tensor gradient;
    int32_t has_gradient; /* 1 while `gradient` holds one: a pooled gradient until the hook has returned, a kept one
                           * until axf_params_begin_step */
    struct axf_block *gradient_block; /* the memory of a pooled gradient, which is the tape's */
    size_t gradient_size;             /* bytes of a kept gradient's own memory */
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

/* Adds the parameter "prefix.name", or "name" where prefix is NULL. Refuses a name that is there already, and a shape or
 * first values that make no sense. */
axf_status axf_params_add(axf_params *params, const char *prefix, const axf_parameter *spec, axf_param **param);
axf_param *axf_params_find(const axf_params *params, const char *name); /* NULL when absent */

/* Gives every parameter that has none memory for its values, though not for its gradient. The values are undefined until
 * they are drawn or set. */
axf_status axf_params_allocate(axf_params *params);
int64_t axf_param_elements(const axf_param *param);

/* Begins an optimiser step, or a planned one: from here on there are no gradients and no touched rows. The memory of kept
 * gradients stays. */
void axf_params_begin_step(axf_params *params);

#endif
