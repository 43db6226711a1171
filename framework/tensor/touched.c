#include "tensor/touched.h"

#include "tensor/tape_types.h" /* IWYU pragma: keep */
#include "tensor/transfers.h"

static int32_t touch(axf_touched *touched, int32_t id)
{
    if (id < 0) {
        return -1;
    }
    if (touched->place_of_row[id] < 0) {
        touched->place_of_row[id] = touched->count;
        touched->ids[touched->count++] = id;
    }
    return touched->place_of_row[id];
}

axf_tensor *axf_touched_places(const axf_pass *pass, axf_param *param, const int32_t *ids, int64_t count)
{
    axf_tape *tape = pass->tape;
    const int64_t rows = param->tensor.shape[0];
    const int64_t bound = count < rows - param->touched.bound ? param->touched.bound + count : rows;
    param->touched.bound = (int32_t)bound;
    int32_t *places = axf_scratchpad_zero(&tape->step_memory, (size_t)count * sizeof *places);
    for (int64_t i = 0; i < count && !tape->planning; i++) {
        places[i] = touch(&param->touched, ids[i]);
    }
    return axf_tape_input(tape, AXF_I32, 1, &count, places, NULL);
}
