/* The inside of the tape: the structs that the files of this folder share. Other rooms know the tape by tensor/tape.h
 * and hold nothing of what is declared here.
 *
 * A step makes values (tensors of the step) and, where gradients are wanted, nodes (recorded calls, in the order of
 * their forward). Both live in the step's arena and are gone when the step ends; their memory comes from a pool. */
#ifndef AXF_TENSOR_TAPE_TYPES_H
#define AXF_TENSOR_TAPE_TYPES_H

#include "auxfuse/backend.h"
#include "auxfuse/ops.h"
#include "core/scratchpad.h"
#include "tensor/params.h"
#include "tensor/pool.h"

/* A tensor of the step. Its memory is held once for its handle (until the scope that it was made in ends) and once for
 * each recorded node whose backward reads it; after that tensor.data is NULL. A view (reshape, with_rows, detach) holds
 * the memory of what it shows, and its gradient is that of its root. */
typedef struct axf_value {
    axf_tensor tensor; /* first, so that the plugin's handle is this value */
    int32_t kind;      /* AXF_HANDLE_VALUE */
    int32_t refs;
    int32_t alive;       /* 1 until the scope of the handle has ended */
    int32_t kept;        /* 1 while the end of a scope hands it on; 0 at any other time */
    axf_block *block;    /* NULL: the memory is that of `param` */
    const int32_t *host; /* of an i32 tensor: the same numbers in host memory, NULL where only the backend has them */
    axf_param *param;    /* the parameter whose memory it shows, NULL where it has its own */
    struct axf_value *root; /* itself, or what a view shows; where param is set the gradient is the parameter's */
    axf_block *gradient;    /* of a root, during backward */
} axf_value;

/* A recorded call, which backward will run in reverse. */
typedef struct axf_node {
    axf_call call; /* as forward was called; call.out is the value that it made */
    axf_tensor keep;
    axf_block *keep_block;
    uint32_t wanted;   /* bit i: the gradient of input i is wanted */
    uint32_t saved;    /* bit i: input i is held for backward */
    int32_t saved_out; /* 1: the result is held for backward */
} axf_node;

/* The key of one named random draw of a component's pass. */
typedef struct axf_key_entry {
    const char *scope, *name; /* owned by tape->texts */
    uint32_t key[2];
} axf_key_entry;

typedef struct axf_pass_record {
    axf_pass pass; /* first, so that what the plugin holds is this record */
    const char *scope_text;
    const int32_t *location; /* pass.slots in the backend's memory */
    int32_t record;          /* AXF_RECORD_… (tape.h) */
} axf_pass_record;

struct axf_tape {
    const axf_backend *backend;
    void *backend_self;
    axf_params *params;
    uint64_t seed;          /* of all random draws */
    int32_t keep_gradients; /* as in axf_tape_settings */
    int32_t real_dtype;     /* of every real tensor */
    axf_pool pool, rehearsal;
    axf_pool *step_pool;        /* the one of the two that the step under way takes memory from */
    axf_scratchpad step_memory; /* host memory of the step */
    int32_t recording, planning, recording_paused;
    axf_status status; /* of the first failure of the step */
    axf_node **nodes;
    int32_t node_count, node_capacity;
    axf_value **values; /* those whose handles are alive, in the order in which they were made */
    int32_t value_count, value_capacity;
    int32_t *scopes; /* value_count at the begin of each open scope */
    int32_t scope_count, scope_capacity;
    axf_arena texts; /* scope texts and names of keys, for the life of the tape */
    axf_key_entry *keys;
    int32_t key_count, key_capacity, key_next;
    const char **scope_texts;
    int32_t scope_text_count, scope_text_capacity;
    void *scratch; /* host memory for conversions between f32 and f64 */
    size_t scratch_size;
};

typedef struct axf_tape axf_tape;

#endif
