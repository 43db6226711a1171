#include "tensor/op_table.h"

#include "tensor/ops_concat.h"
#include "tensor/ops_custom.h"
#include "tensor/ops_image.h"
#include "tensor/ops_linear.h"
#include "tensor/ops_loss.h"
#include "tensor/ops_norm.h"
#include "tensor/ops_pointwise.h"
#include "tensor/ops_posts.h"
#include "tensor/ops_rows.h"
#include "tensor/ops_views.h"
#include "tensor/scopes.h"

const axf_ops axf_op_table = {
    .struct_size = sizeof(axf_ops),
    .linear = axf_op_linear,
    .matmul = axf_op_matmul,
    .embedding = axf_op_embedding,
    .index = axf_op_index,
    .constant = axf_op_constant,
    .gather_rows = axf_op_gather_rows,
    .scatter_rows = axf_op_scatter_rows,
    .gather_posts = axf_op_gather_posts,
    .slice_rows = axf_op_slice_rows,
    .concat_columns = axf_op_concat_columns,
    .slice_columns = axf_op_slice_columns,
    .concat_rows = axf_op_concat_rows,
    .add = axf_op_add,
    .multiply = axf_op_multiply,
    .scale = axf_op_scale,
    .unary = axf_op_unary,
    .dropout = axf_op_dropout,
    .drop_path = axf_op_drop_path,
    .layer_norm = axf_op_layer_norm,
    .batch_norm = axf_op_batch_norm,
    .l2_normalize = axf_op_l2_normalize,
    .softmax = axf_op_softmax,
    .pool_rows = axf_op_pool_rows,
    .attention = axf_op_attention,
    .conv2d = axf_op_conv2d,
    .max_pool2d = axf_op_max_pool2d,
    .average_pool2d = axf_op_average_pool2d,
    .image_rows = axf_op_image_rows,
    .image_tensor = axf_op_image_tensor,
    .patches = axf_op_patches,
    .resample_grid = axf_op_resample_grid,
    .reshape = axf_op_reshape,
    .with_rows = axf_op_with_rows,
    .detach = axf_op_detach,
    .cross_entropy = axf_op_cross_entropy,
    .binary_cross_entropy = axf_op_binary_cross_entropy,
    .sum = axf_op_sum,
    .custom = axf_op_custom_call,
    .scope_begin = axf_scope_begin,
    .scope_end = axf_scope_end,
    .rows = axf_op_rows,
};
