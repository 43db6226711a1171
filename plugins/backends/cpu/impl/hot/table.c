/* The table of this code path. */
#include "backends/cpu/impl/hot/channels.h"
#include "backends/cpu/impl/hot/norm.h"
#include "backends/cpu/impl/hot/optimizer.h"
#include "backends/cpu/impl/hot/pointwise.h"
#include "backends/cpu/impl/hot/product.h"
#include "backends/cpu/impl/hot/random.h"

const axf_cpu_hot AXF_HOT(axf_cpu_hot) = {
    .activate = AXF_HOT(axf_cpu_activate),
    .derive = AXF_HOT(axf_cpu_derive),
    .add_arrays = AXF_HOT(axf_cpu_add_arrays),
    .multiply_arrays = AXF_HOT(axf_cpu_multiply_arrays),
    .scale = AXF_HOT(axf_cpu_scale),
    .mask = AXF_HOT(axf_cpu_mask),
    .sum = AXF_HOT(axf_cpu_sum),
    .square_sum = AXF_HOT(axf_cpu_square_sum),
    .column_sums = AXF_HOT(axf_cpu_column_sums),
    .round_bf16 = AXF_HOT(axf_cpu_round_bf16),
    .draw = AXF_HOT(axf_cpu_draw),
    .layer_norm = AXF_HOT(axf_cpu_layer_norm),
    .layer_norm_backward = AXF_HOT(axf_cpu_layer_norm_backward),
    .layer_norm_parameters = AXF_HOT(axf_cpu_layer_norm_parameters),
    .channel_moments = AXF_HOT(axf_cpu_channel_moments),
    .channel_products = AXF_HOT(axf_cpu_channel_products),
    .channel_scale = AXF_HOT(axf_cpu_channel_scale),
    .channel_derive = AXF_HOT(axf_cpu_channel_derive),
    .channel_greater = AXF_HOT(axf_cpu_channel_greater),
    .dot = AXF_HOT(axf_cpu_dot),
    .softmax = AXF_HOT(axf_cpu_softmax),
    .exp_shifted = AXF_HOT(axf_cpu_exp_shifted),
    .softmax_backward = AXF_HOT(axf_cpu_softmax_backward),
    .turn = AXF_HOT(axf_cpu_turn),
    .product = AXF_HOT(axf_cpu_product),
    .adamw = AXF_HOT(axf_cpu_adamw_update),
};
