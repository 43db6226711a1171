#include "tensor/tape.h"

#include "tensor/gradient.h"
#include "tensor/tape_types.h"

#include <stdlib.h>

axf_status axf_tape_new(const axf_backend *backend, void *backend_self, axf_params *params,
                        const axf_tape_settings *settings, axf_tape **result)
{
    axf_tape *tape = axf_alloc_zero(1, sizeof *tape);
    tape->backend = backend;
    tape->backend_self = backend_self;
    tape->params = params;
    tape->seed = settings->seed;
    tape->keep_gradients = settings->keep_gradients;
    tape->real_dtype = params->real_dtype;
    axf_pool_init(&tape->pool, backend, backend_self);
    axf_pool_plan(&tape->rehearsal);
    tape->step_pool = &tape->pool;
    *result = tape;
    return AXF_OK;
}

void axf_tape_free(axf_tape *tape)
{
    if (tape == NULL) {
        return;
    }
    axf_tape_end(tape);
    axf_pool_free(&tape->pool);
    axf_pool_free(&tape->rehearsal);
    axf_scratchpad_free(&tape->step_memory);
    axf_arena_free(&tape->texts);
    free(tape->nodes);
    free(tape->values);
    free(tape->scopes);
    free(tape->keys);
    free(tape->scope_texts);
    free(tape->scratch);
    free(tape);
}

/* Forgets the step's objects. The pool keeps its numbers (peak, extent) until the next begin. */
static void forget_step(axf_tape *tape)
{
    for (int32_t i = 0; i < tape->params->count; i++) {
        axf_param *param = tape->params->items[i];
        axf_gradient_drop(tape, param);
        param->uses = 0;
    }
    tape->node_count = 0;
    tape->value_count = 0;
    tape->scope_count = 0;
    axf_scratchpad_reset(&tape->step_memory);
}

void axf_tape_begin(axf_tape *tape, int32_t recording, int32_t planning)
{
    forget_step(tape);
    tape->recording = recording;
    tape->planning = planning;
    tape->recording_paused = 0;
    tape->status = AXF_OK;
    tape->step_pool = planning ? &tape->rehearsal : &tape->pool;
    axf_pool_reset(tape->step_pool);
    for (int32_t i = 0; i < tape->params->count; i++) {
        axf_param *param = tape->params->items[i];
        param->tensor.wants_gradient = recording && param->trained;
    }
}

void axf_tape_end(axf_tape *tape)
{
    forget_step(tape);
    tape->recording = 0;
}

void axf_tape_pause_recording(axf_tape *tape)
{
    tape->recording_paused = 1;
}

void axf_tape_resume_recording(axf_tape *tape)
{
    tape->recording_paused = 0;
}

int axf_tape_planning(const axf_tape *tape)
{
    return tape->planning;
}

void *axf_tape_memory(axf_tape *tape, size_t size)
{
    return axf_scratchpad_zero(&tape->step_memory, size);
}

size_t axf_tape_peak(const axf_tape *tape)
{
    return tape->step_pool->peak;
}

size_t axf_tape_extent(const axf_tape *tape)
{
    return tape->step_pool->extent;
}

size_t axf_tape_reserved(const axf_tape *tape)
{
    return tape->pool.reserved;
}

int64_t axf_tape_grown(const axf_tape *tape)
{
    return tape->pool.grown;
}

axf_status axf_tape_status(const axf_tape *tape)
{
    return tape->status;
}
