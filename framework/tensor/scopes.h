/* Scopes: the entries scope_begin and scope_end of axf_ops. */
#ifndef AXF_TENSOR_SCOPES_H
#define AXF_TENSOR_SCOPES_H

#include "auxfuse/tensor.h"

void axf_scope_begin(const axf_pass *pass);
void axf_scope_end(const axf_pass *pass, axf_tensor *const *kept, int32_t count);

#endif
