#include "backends/cpu/impl/kernels.h"

#include "backends/cpu/impl/attention.h"
#include "backends/cpu/impl/image.h"
#include "backends/cpu/impl/loss.h"
#include "backends/cpu/impl/matrix.h"
#include "backends/cpu/impl/norm.h"
#include "backends/cpu/impl/optimizer.h"
#include "backends/cpu/impl/pointwise.h"
#include "backends/cpu/impl/resample.h"
#include "backends/cpu/impl/rows.h"
#include "common/backend/ops.h"

static axf_status custom_forward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    return axf_custom_forward(call);
}

static axf_status custom_backward(axf_cpu *self, const axf_call *call)
{
    return axf_custom_backward(self->host, call);
}

const axf_cpu_kernel axf_cpu_kernels[AXF_OP_COUNT] = {
    [AXF_OP_LINEAR] = {axf_cpu_linear, axf_cpu_linear_backward},
    [AXF_OP_MATMUL] = {axf_cpu_matmul, axf_cpu_matmul_backward},
    [AXF_OP_EMBEDDING] = {axf_cpu_pick_rows, axf_cpu_embedding_backward},
    [AXF_OP_GATHER_ROWS] = {axf_cpu_pick_rows, axf_cpu_gather_rows_backward},
    [AXF_OP_SCATTER_ROWS] = {axf_cpu_scatter_rows, axf_cpu_scatter_rows_backward},
    [AXF_OP_CONCAT_COLUMNS] = {axf_cpu_concat_columns, axf_cpu_concat_columns_backward},
    [AXF_OP_SLICE_COLUMNS] = {axf_cpu_slice_columns, axf_cpu_slice_columns_backward},
    [AXF_OP_CONCAT_ROWS] = {axf_cpu_concat_rows, axf_cpu_concat_rows_backward},
    [AXF_OP_BINARY] = {axf_cpu_binary, axf_cpu_binary_backward},
    [AXF_OP_SCALE] = {axf_cpu_scaling, axf_cpu_scaling_backward},
    [AXF_OP_UNARY] = {axf_cpu_unary, axf_cpu_unary_backward},
    [AXF_OP_DROPOUT] = {axf_cpu_dropout, axf_cpu_dropout_backward},
    [AXF_OP_LAYER_NORM] = {axf_cpu_layer_norm_forward, axf_cpu_layer_norm_gradients},
    [AXF_OP_BATCH_NORM] = {axf_cpu_batch_norm, axf_cpu_batch_norm_backward},
    [AXF_OP_L2_NORMALIZE] = {axf_cpu_l2_normalize, axf_cpu_l2_normalize_backward},
    [AXF_OP_SOFTMAX] = {axf_cpu_softmax_forward, axf_cpu_softmax_gradient},
    [AXF_OP_POOL_ROWS] = {axf_cpu_pool_rows, axf_cpu_pool_rows_backward},
    [AXF_OP_ATTENTION] = {axf_cpu_attention, axf_cpu_attention_backward},
    [AXF_OP_CONV2D] = {axf_cpu_conv2d, axf_cpu_conv2d_backward},
    [AXF_OP_POOL2D] = {axf_cpu_pool2d, axf_cpu_pool2d_backward},
    [AXF_OP_IMAGE_ROWS] = {axf_cpu_image_rows, axf_cpu_image_rows_backward},
    [AXF_OP_PATCHES] = {axf_cpu_patches, NULL},
    [AXF_OP_RESAMPLE_GRID] = {axf_cpu_resample_grid, axf_cpu_resample_grid_backward},
    [AXF_OP_CROSS_ENTROPY] = {axf_cpu_cross_entropy, axf_cpu_cross_entropy_backward},
    [AXF_OP_BINARY_CROSS_ENTROPY] = {axf_cpu_binary_cross_entropy, axf_cpu_binary_cross_entropy_backward},
    [AXF_OP_SUM] = {axf_cpu_sum_elements, axf_cpu_sum_elements_backward},
    [AXF_OP_CUSTOM] = {custom_forward, custom_backward},
    [AXF_OP_ADAMW] = {axf_cpu_adamw_step, NULL},
    [AXF_OP_ACCUMULATE] = {axf_cpu_accumulate, NULL},
    [AXF_OP_SQUARE_SUM] = {axf_cpu_sum_of_squares, NULL},
};
