#include "tensor/passes.h"

#include "tensor/draws.h"
#include "tensor/op_table.h"
#include "tensor/tape_types.h"
#include "tensor/transfers.h"

const axf_pass *axf_tape_pass(axf_tape *tape, const axf_pass_settings *settings)
{
    axf_pass_record *record = axf_scratchpad_zero(&tape->step_memory, sizeof *record);
    const int32_t posts = settings->posts > 0 ? settings->posts : 0;
    int32_t *slots = axf_scratchpad_zero(&tape->step_memory, (size_t)posts * sizeof *slots);
    for (int32_t i = 0; i < posts; i++) {
        slots[i] = settings->slots != NULL ? settings->slots[i] : i;
    }
    record->pass = (axf_pass){.struct_size = sizeof(axf_pass),
                              .ops = &axf_op_table,
                              .tape = tape,
                              .training = settings->training,
                              .scope = settings->scope,
                              .wanted = settings->wanted,
                              .posts = posts,
                              .slots = slots,
                              .step = settings->step};
    record->scope_text = axf_draws_scope(tape, settings->component, settings->scope);
    record->location = axf_tape_locate(tape, slots, posts);
    record->record = settings->record;
    return &record->pass;
}
