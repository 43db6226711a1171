/* What every backend says of ops: their names, and which calls it refuses. */
#ifndef AXF_COMMON_BACKEND_OPS_H
#define AXF_COMMON_BACKEND_OPS_H

#include "auxfuse/backend.h"

/* The name of an op as in AXF_OP_LIST, or "no op". */
const char *axf_op_name(int32_t op);

/* Refuses an index outside -1 … limit - 1, which was found at place `at`. */
axf_status axf_index_check(const axf_host *host, const axf_call *call, int32_t index, int64_t limit, int64_t at);

/* Refuses a loss whose targets or weights, its second and third input, ask for a gradient. */
axf_status axf_targets_check(const axf_host *host, const axf_call *call);

/* Op AXF_OP_CUSTOM: the functions of the plugin that made the call. */
axf_status axf_custom_forward(const axf_call *call);
axf_status axf_custom_backward(const axf_host *host, const axf_call *call);

/* Entries of an axf_backend that knows all ops and computes at once: `supports` and `synchronize`. */
int32_t axf_all_ops_supports(void *self, int32_t op);
axf_status axf_at_once_synchronize(void *self);

#endif
