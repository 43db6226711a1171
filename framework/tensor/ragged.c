#include "tensor/ragged.h"

#include "tensor/failure.h"
#include "tensor/transfers.h"

const axf_rows *axf_tape_rows(axf_tape *tape, int32_t posts, const int32_t *offset)
{
    if (tape->status != AXF_OK) {
        return NULL;
    }
    if (posts < 0 || offset[0] != 0) {
        axf_tape_fail(tape, AXF_ERR_SHAPE, "rows of %d posts that begin at %d", (int)posts, (int)offset[0]);
        return NULL;
    }
    axf_rows *rows = axf_scratchpad_zero(&tape->step_memory, sizeof *rows);
    int32_t *copy = axf_scratchpad_zero(&tape->step_memory, ((size_t)posts + 1) * sizeof *copy);
    rows->struct_size = sizeof *rows;
    rows->posts = posts;
    for (int32_t i = 0; i < posts; i++) {
        copy[i + 1] = offset[i + 1];
        const int64_t length = (int64_t)offset[i + 1] - offset[i];
        if (length < 0) {
            axf_tape_fail(tape, AXF_ERR_SHAPE, "rows of post %d end at %d, before their begin at %d", (int)i,
                          (int)offset[i + 1], (int)offset[i]);
            return NULL;
        }
        rows->longest = length > rows->longest ? length : rows->longest;
    }
    rows->total = offset[posts];
    rows->offset = copy;
    rows->location = axf_tape_locate(tape, copy, (int64_t)posts + 1);
    return rows->location != NULL ? rows : NULL;
}
