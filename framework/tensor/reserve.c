#include "tensor/reserve.h"

#include "tensor/gradient.h"
#include "tensor/tape_types.h"

axf_status axf_tape_reserve(axf_tape *tape, size_t bytes)
{
    axf_pool_reserve_blocks(&tape->pool, 2 * tape->rehearsal.blocks); /* a step of other sizes leaves other holes */
    return axf_pool_reserve(&tape->pool, bytes);
}

axf_status axf_tape_reserve_gradients(axf_tape *tape, int32_t parts)
{
    for (int32_t i = 0; tape->keep_gradients && i < tape->params->count; i++) {
        axf_param *param = tape->params->items[i];
        if (param->trained) {
            AXF_TRY(axf_gradient_reserve(tape, param, parts));
        }
    }
    return AXF_OK;
}
