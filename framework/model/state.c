#include "model/state.h"

#include "core/error.h"

#include <string.h>

axf_tensor *axf_state_find(const axf_state *state, const char *name)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (strcmp(state->item[i].name, name) == 0) {
            return state->item[i].tensor;
        }
    }
    return NULL;
}

axf_status axf_state_add(axf_state *state, const char *name, axf_tensor *tensor)
{
    if (state->count == AXF_STATE_MAX) {
        return axf_fail(AXF_ERR_PLUGIN, "more than %d tensors in a state", AXF_STATE_MAX);
    }
    state->item[state->count].name = name;
    state->item[state->count++].tensor = tensor;
    return AXF_OK;
}
