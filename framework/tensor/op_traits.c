#include "tensor/op_traits.h"

#include "auxfuse/ops.h"

#include <stddef.h>

#define ANY 0xffu

enum { IN0 = 1, IN1 = 2, IN2 = 4 };

static const axf_op_traits traits[AXF_OP_COUNT] = {
    [AXF_OP_LINEAR] = {"linear", IN0 | IN1 | IN2, {IN1, IN0}, 0},
    [AXF_OP_MATMUL] = {"matmul", IN0 | IN1, {IN1, IN0}, 0},
    [AXF_OP_EMBEDDING] = {"embedding", IN0, {0, ANY, ANY}, 0},
    [AXF_OP_GATHER_ROWS] = {"gather_rows", IN0, {0, ANY}, 0},
    [AXF_OP_SCATTER_ROWS] = {"scatter_rows", IN0, {0, ANY}, 0},
    [AXF_OP_CONCAT_COLUMNS] = {"concat_columns", ANY, {0}, 0},
    [AXF_OP_SLICE_COLUMNS] = {"slice_columns", IN0, {0}, 0},
    [AXF_OP_CONCAT_ROWS] = {"concat_rows", ANY, {0}, 0},
    [AXF_OP_BINARY] = {"add", IN0 | IN1, {0}, 0},
    [AXF_OP_SCALE] = {"scale", IN0, {0}, 0},
    [AXF_OP_UNARY] = {"unary", IN0, {0}, 0},
    [AXF_OP_DROPOUT] = {"dropout", IN0, {0}, 0},
    [AXF_OP_LAYER_NORM] = {"layer_norm", IN0 | IN1 | IN2, {IN0 | IN1 | IN2, IN0}, 0},
    [AXF_OP_BATCH_NORM] = {"batch_norm", IN0 | IN1 | IN2, {IN0 | IN1 | IN2, IN0}, 0},
    [AXF_OP_L2_NORMALIZE] = {"l2_normalize", IN0, {0}, ANY},
    [AXF_OP_SOFTMAX] = {"softmax", IN0, {0}, ANY},
    [AXF_OP_POOL_ROWS] = {"pool_rows", IN0, {0}, 0},
    [AXF_OP_ATTENTION] = {"attention", IN0 | IN1 | IN2 | 8, {ANY, ANY, ANY, ANY}, ANY},
    [AXF_OP_CONV2D] = {"conv2d", IN0 | IN1 | IN2, {IN1, IN0}, 0},
    [AXF_OP_POOL2D] = {"pool2d", IN0, {0}, 0},
    [AXF_OP_IMAGE_ROWS] = {"image_rows", IN0, {0}, 0},
    [AXF_OP_PATCHES] = {"patches", 0, {0}, 0},
    [AXF_OP_RESAMPLE_GRID] = {"resample_grid", IN0, {0}, 0},
    [AXF_OP_CROSS_ENTROPY] = {"cross_entropy", IN0, {ANY, ANY, ANY}, 0},
    [AXF_OP_BINARY_CROSS_ENTROPY] = {"binary_cross_entropy", IN0, {ANY, ANY, ANY}, 0},
    [AXF_OP_SUM] = {"sum", IN0, {0}, 0},
};

static axf_op_traits custom_traits(const axf_op_custom *custom)
{
    axf_op_traits result = {.name = custom->name != NULL ? custom->name : "custom", .differentiable = ANY};
    for (int32_t i = 0; i < AXF_CALL_INPUTS; i++) {
        result.reads[i] = custom->backward_reads_inputs >> i & 1 ? ANY : 0;
    }
    result.reads_out = custom->backward_reads_output ? ANY : 0;
    return result;
}

axf_op_traits axf_op_traits_get(const axf_call *call)
{
    if (call->op == AXF_OP_CUSTOM) {
        return custom_traits(call->custom);
    }
    axf_op_traits result = traits[call->op];
    const int64_t kind = call->i[0];
    if (call->op == AXF_OP_LINEAR) {
        result.reads_out = kind == AXF_RELU || kind == AXF_TANH ? ANY : 0; /* GELU keeps its argument */
    } else if (call->op == AXF_OP_UNARY) {
        result.reads[0] = kind == AXF_GELU ? ANY : 0;
        result.reads_out = kind == AXF_GELU ? 0 : ANY;
    } else if (call->op == AXF_OP_BINARY && kind == 2) {
        result.name = "multiply";
        result.reads[0] = IN1;
        result.reads[1] = IN0;
    }
    return result;
}
