#include "tensor/scopes.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/values.h"

void axf_scope_begin(const axf_pass *pass)
{
    axf_tape *tape = pass->tape;
    if (tape->scope_count == tape->scope_capacity) {
        tape->scope_capacity = tape->scope_capacity > 0 ? 2 * tape->scope_capacity : 16;
        tape->scopes = axf_realloc(tape->scopes, (size_t)tape->scope_capacity * sizeof *tape->scopes);
    }
    tape->scopes[tape->scope_count++] = tape->value_count;
}

static void mark_kept(axf_tensor *const *kept, int32_t count, int32_t mark)
{
    for (int32_t i = 0; i < count; i++) {
        axf_value *value = kept[i] != NULL ? axf_tensor_value(kept[i]) : NULL;
        if (value != NULL) {
            value->kept = mark;
        }
    }
}

void axf_scope_end(const axf_pass *pass, axf_tensor *const *kept, int32_t count)
{
    axf_tape *tape = pass->tape;
    if (tape->scope_count == 0) {
        axf_tape_fail(tape, AXF_ERR_PLUGIN, "scope_end without a scope_begin");
        return;
    }
    const int32_t begin = tape->scopes[--tape->scope_count];
    mark_kept(kept, count, 1);
    int32_t left = begin;
    for (int32_t i = begin; i < tape->value_count; i++) {
        axf_value *value = tape->values[i];
        if (value->kept) {
            tape->values[left++] = value;
        } else {
            value->alive = 0;
            axf_value_drop(tape, value);
        }
    }
    tape->value_count = left;
    mark_kept(kept, count, 0);
}
