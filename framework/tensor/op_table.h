/* The op table that every pass carries: one front end for each field of axf_ops. */
#ifndef AXF_TENSOR_OP_TABLE_H
#define AXF_TENSOR_OP_TABLE_H

#include "auxfuse/ops.h"

extern const axf_ops axf_op_table;

#endif
