#include "common/backend/ops.h"

const char *axf_op_name(int32_t op)
{
    static const char *const names[AXF_OP_COUNT] = {"no op",
#define OP_NAME(op_name, inputs, kept) #op_name,
                                                    AXF_OP_LIST(OP_NAME)
#undef OP_NAME
    };
    return op >= 0 && op < AXF_OP_COUNT ? names[op] : "no op";
}

axf_status axf_index_check(const axf_host *host, const axf_call *call, int32_t index, int64_t limit, int64_t at)
{
    if (index < -1 || index >= limit) {
        return host->fail(host, AXF_ERR_DATA, "%s: index %d at place %lld lies outside 0 … %lld", axf_op_name(call->op),
                          index, (long long)at, (long long)limit - 1);
    }
    return AXF_OK;
}

axf_status axf_targets_check(const axf_host *host, const axf_call *call)
{
    if (call->grad_in[1] != NULL || call->grad_in[2] != NULL) {
        return host->fail(host, AXF_ERR_UNSUPPORTED, "%s has no gradient for its targets and weights: detach them",
                          axf_op_name(call->op));
    }
    return AXF_OK;
}

axf_status axf_custom_forward(const axf_call *call)
{
    return call->custom->forward(call);
}

axf_status axf_custom_backward(const axf_host *host, const axf_call *call)
{
    if (call->custom->backward == NULL) {
        return host->fail(host, AXF_ERR_UNSUPPORTED, "op %s of a plugin has no gradient", call->custom->name);
    }
    return call->custom->backward(call);
}

int32_t axf_all_ops_supports(void *self, int32_t op)
{
    (void)self;
    return op > AXF_OP_NONE && op < AXF_OP_COUNT;
}

axf_status axf_at_once_synchronize(void *self)
{
    (void)self;
    return AXF_OK;
}
