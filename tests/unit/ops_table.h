/* The cases of every op: small and odd sizes, ragged rows with padding, single rows, absent inputs, shared inputs.
 * A new case is one entry here; every check of test_ops.c then covers it. */
#ifndef AXF_TESTS_OPS_TABLE_H
#define AXF_TESTS_OPS_TABLE_H

#include "ops_case.h"

static const ragged mixed = {3, {0, 4, 5, 12}}; /* a post of one row in the middle */
static const ragged other = {3, {0, 3, 8, 9}};
static const ragged joined = {3, {0, 7, 13, 21}};      /* mixed and other, post by post */
static const ragged joined_first = {3, {0, 5, 7, 15}}; /* one dense row and mixed */
static const ragged equal = {2, {0, 5, 10}};
static const ragged lone = {1, {0, 1}};
static const ragged tokens70 = {4, {0, 1, 20, 53, 70}};
static const ragged grid24 = {2, {0, 12, 24}};
static const ragged patches_rows = {2, {0, 6, 8}};

static const int32_t ids16[] = {3, 0, 6, 3, 2, 6, 6, 1, 0, 3, 5, 2, -1, -1, -1, -1};
static const int32_t slots16[] = {0, 1, 2, 0, 3, 2, 2, 4, 1, 0, 5, 3, -1, -1, -1, -1};
static const int32_t touched6[] = {3, 0, 6, 2, 1, 5};
static const int32_t gradient_rows6[] = {2, -1, 0, 3, -1, 1};
static const int32_t index5[] = {4, 0, -1, 4, 2};
static const int32_t index7[] = {2, 0, 2, 4, 1, -1, 5};
static const int32_t labels5[] = {1, 3, 0, 2, 1};

static const int32_t image_heights[] = {8, 5}, image_widths[] = {11, 6};
static const int64_t image_offsets[] = {0, 264};
static const axf_images two_images = {.struct_size = sizeof(axf_images),
                                      .posts = 2,
                                      .height = image_heights,
                                      .width = image_widths,
                                      .offset = image_offsets};

/* The plugin's own op of the tests: y = a b. */
static double custom_at(const axf_tensor *t, int64_t e)
{
    return t->dtype == AXF_F64 ? ((const double *)t->data)[e] : (double)((const float *)t->data)[e];
}

static void custom_put(const axf_tensor *t, int64_t e, double value, int add)
{
    value += add ? custom_at(t, e) : 0;
    if (t->dtype == AXF_F64) {
        ((double *)t->data)[e] = value;
    } else {
        ((float *)t->data)[e] = (float)value;
    }
}

static axf_status custom_product(const axf_call *call)
{
    for (int64_t e = 0; e < tensor_elements(call->out); e++) {
        custom_put(call->out, e, custom_at(call->in[0], e) * custom_at(call->in[1], e), 0);
    }
    return AXF_OK;
}

static axf_status custom_product_backward(const axf_call *call)
{
    for (int n = 0; n < 2; n++) {
        for (int64_t e = 0; call->grad_in[n] != NULL && e < tensor_elements(call->grad_out); e++) {
            custom_put(call->grad_in[n], e, custom_at(call->grad_out, e) * custom_at(call->in[1 - n], e),
                       call->add >> n & 1);
        }
    }
    return AXF_OK;
}

static const axf_op_custom custom_op = {.struct_size = sizeof(axf_op_custom),
                                        .name = "product",
                                        .forward = custom_product,
                                        .backward = custom_product_backward,
                                        .backward_reads_inputs = 3};

/* A case leaves out what it does not have. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* A case is a paragraph, not a field a line. */
/* clang-format off */
static const op_case cases[] = {
    {.name = "linear", .op = AXF_OP_LINEAR, .gradients = 7,
     .in = {{SIGNED, {7, 5}}, {SIGNED, {3, 5}}, {SIGNED, {3}}}, .out = {SIGNED, {7, 3}}},
    {.name = "linear of one row", .op = AXF_OP_LINEAR, .gradients = 7,
     .in = {{SIGNED, {1, 9}}, {SIGNED, {17, 9}}, {SIGNED, {17}}}, .out = {SIGNED, {1, 17}}},
    {.name = "linear without bias", .op = AXF_OP_LINEAR, .gradients = 3,
     .in = {{SIGNED, {16, 5}, &mixed}, {SIGNED, {1, 5}}}, .out = {SIGNED, {16, 1}, &mixed}},
    {.name = "linear, gelu, ragged", .op = AXF_OP_LINEAR, .gradients = 7, .i = {AXF_GELU},
     .in = {{SIGNED, {16, 6}, &mixed}, {SIGNED, {11, 6}}, {SIGNED, {11}}}, .out = {SIGNED, {16, 11}, &mixed},
     .keep = {SIGNED, {16, 11}}},
    {.name = "linear, relu", .op = AXF_OP_LINEAR, .gradients = 7, .i = {AXF_RELU},
     .in = {{SIGNED, {6, 7}}, {SIGNED, {5, 7}}, {SIGNED, {5}}}, .out = {SIGNED, {6, 5}}},
    {.name = "linear, tanh", .op = AXF_OP_LINEAR, .gradients = 7, .i = {AXF_TANH},
     .in = {{SIGNED, {4, 7}}, {SIGNED, {5, 7}}, {SIGNED, {5}}}, .out = {SIGNED, {4, 5}}},
    {.name = "linear, frozen weight", .op = AXF_OP_LINEAR, .gradients = 1,
     .in = {{SIGNED, {4, 7}}, {SIGNED, {5, 7}}, {SIGNED, {5}}}, .out = {SIGNED, {4, 5}}},
    {.name = "linear, large", .op = AXF_OP_LINEAR, .gradients = 7, .large = 1, .i = {AXF_GELU},
     .in = {{SIGNED, {96, 70}, &tokens70}, {SIGNED, {130, 70}}, {SIGNED, {130}}},
     .out = {SIGNED, {96, 130}, &tokens70}, .keep = {SIGNED, {96, 130}}},
    {.name = "linear, large, few rows", .op = AXF_OP_LINEAR, .gradients = 7, .large = 1,
     .in = {{SIGNED, {3, 200}}, {SIGNED, {96, 200}}, {SIGNED, {96}}}, .out = {SIGNED, {3, 96}}},
    {.name = "matmul", .op = AXF_OP_MATMUL, .gradients = 3, .f = {0.5},
     .in = {{SIGNED, {4, 7}}, {SIGNED, {7, 5}}}, .out = {SIGNED, {4, 5}}},
    {.name = "matmul, a transposed", .op = AXF_OP_MATMUL, .gradients = 3, .i = {1, 0}, .f = {2},
     .in = {{SIGNED, {7, 4}}, {SIGNED, {7, 5}}}, .out = {SIGNED, {4, 5}}},
    {.name = "matmul, b transposed", .op = AXF_OP_MATMUL, .gradients = 3, .i = {0, 1}, .f = {20},
     .in = {{SIGNED, {4, 7}}, {SIGNED, {5, 7}}}, .out = {SIGNED, {4, 5}}},
    {.name = "matmul, batched, both transposed", .op = AXF_OP_MATMUL, .gradients = 3, .i = {1, 1}, .f = {1},
     .in = {{SIGNED, {3, 7, 4}}, {SIGNED, {3, 5, 7}}}, .out = {SIGNED, {3, 4, 5}}},
    {.name = "matmul, batched", .op = AXF_OP_MATMUL, .gradients = 3, .i = {0, 0}, .f = {1},
     .in = {{SIGNED, {2, 4, 3}}, {SIGNED, {2, 3, 5}}}, .out = {SIGNED, {2, 4, 5}}},
    {.name = "matmul with itself", .op = AXF_OP_MATMUL, .gradients = 3, .i = {0, 1}, .f = {1},
     .in = {{SIGNED, {5, 6}}, {SAME}}, .out = {SIGNED, {5, 5}}},
    {.name = "matmul, large", .op = AXF_OP_MATMUL, .gradients = 3, .i = {0, 1}, .f = {0.25}, .large = 1,
     .in = {{SIGNED, {80, 96}}, {SIGNED, {72, 96}}}, .out = {SIGNED, {80, 72}}},
    {.name = "embedding", .op = AXF_OP_EMBEDDING, .gradients = 1,
     .in = {{SIGNED, {7, 3}}, {INDEX, {16}, NULL, ids16}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "embedding with slots", .op = AXF_OP_EMBEDDING, .gradients = 1, .touched = touched6, .touched_count = 6,
     .in = {{SIGNED, {7, 3}}, {INDEX, {16}, NULL, ids16}, {INDEX, {16}, NULL, slots16}},
     .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "gather rows", .op = AXF_OP_GATHER_ROWS, .gradients = 1,
     .in = {{SIGNED, {16, 3}, &mixed}, {INDEX, {5}, NULL, index5}}, .out = {SIGNED, {5, 3}}},
    {.name = "gather rows, padded result", .op = AXF_OP_GATHER_ROWS, .gradients = 1,
     .in = {{SIGNED, {6, 3}}, {INDEX, {7}, NULL, index7}}, .out = {SIGNED, {9, 3}, &(const ragged){2, {0, 3, 7}}}},
    {.name = "scatter rows", .op = AXF_OP_SCATTER_ROWS, .gradients = 1,
     .in = {{SIGNED, {7, 3}}, {INDEX, {7}, NULL, index7}}, .out = {SIGNED, {6, 3}}},
    {.name = "concat columns", .op = AXF_OP_CONCAT_COLUMNS, .gradients = 15,
     .in = {{SIGNED, {5, 3}}, {SIGNED, {5, 1}}, {SIGNED, {5, 4}}, {SIGNED, {5, 2}}}, .out = {SIGNED, {5, 10}}},
    {.name = "concat columns with itself", .op = AXF_OP_CONCAT_COLUMNS, .gradients = 3,
     .in = {{SIGNED, {16, 3}, &mixed}, {SAME}}, .out = {SIGNED, {16, 6}, &mixed}},
    {.name = "slice columns", .op = AXF_OP_SLICE_COLUMNS, .gradients = 1, .i = {2},
     .in = {{SIGNED, {16, 7}, &mixed}}, .out = {SIGNED, {16, 4}, &mixed}},
    {.name = "concat rows", .op = AXF_OP_CONCAT_ROWS, .gradients = 3,
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {9, 3}, &other}}, .out = {SIGNED, {32, 3}, &joined}},
    {.name = "concat rows, dense first", .op = AXF_OP_CONCAT_ROWS, .gradients = 3,
     .in = {{SIGNED, {3, 3}}, {SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {15, 3}, &joined_first}},
    {.name = "add", .op = AXF_OP_BINARY, .gradients = 3, .i = {1, AXF_BROADCAST_SAME},
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "add a row", .op = AXF_OP_BINARY, .gradients = 3, .i = {1, AXF_BROADCAST_ROW},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {3}}}, .out = {SIGNED, {5, 3}}},
    {.name = "add a column", .op = AXF_OP_BINARY, .gradients = 3, .i = {1, AXF_BROADCAST_COLUMN},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {5}}}, .out = {SIGNED, {5, 3}}},
    {.name = "add a number", .op = AXF_OP_BINARY, .gradients = 3, .i = {1, AXF_BROADCAST_ALL},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {1}}}, .out = {SIGNED, {5, 3}}},
    {.name = "add to posts", .op = AXF_OP_BINARY, .gradients = 3, .i = {1, AXF_BROADCAST_POST},
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {3, 3}}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "multiply", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_SAME},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {5, 3}}}, .out = {SIGNED, {5, 3}}},
    {.name = "multiply with itself", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_SAME},
     .in = {{SIGNED, {5, 3}}, {SAME}}, .out = {SIGNED, {5, 3}}},
    {.name = "multiply by a row", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_ROW},
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {3}}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "multiply by a column", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_COLUMN},
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {16}}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "multiply by a number", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_ALL},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {1}}}, .out = {SIGNED, {5, 3}}},
    {.name = "multiply posts", .op = AXF_OP_BINARY, .gradients = 3, .i = {2, AXF_BROADCAST_POST},
     .in = {{SIGNED, {16, 3}, &mixed}, {SIGNED, {3, 3}}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "multiply, b alone wanted", .op = AXF_OP_BINARY, .gradients = 2, .i = {2, AXF_BROADCAST_ROW},
     .in = {{SIGNED, {5, 3}}, {SIGNED, {3}}}, .out = {SIGNED, {5, 3}}},
    {.name = "scale", .op = AXF_OP_SCALE, .gradients = 1, .f = {-1.5, 0.25},
     .in = {{SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "relu", .op = AXF_OP_UNARY, .gradients = 1, .i = {AXF_RELU},
     .in = {{SIGNED, {2, 3, 5, 3}}}, .out = {SIGNED, {2, 3, 5, 3}}},
    {.name = "gelu", .op = AXF_OP_UNARY, .gradients = 1, .i = {AXF_GELU},
     .in = {{SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "tanh", .op = AXF_OP_UNARY, .gradients = 1, .i = {AXF_TANH},
     .in = {{DISTINCT, {13, 5}}}, .out = {SIGNED, {13, 5}}},
    {.name = "sigmoid", .op = AXF_OP_UNARY, .gradients = 1, .i = {AXF_SIGMOID},
     .in = {{DISTINCT, {13, 5}}}, .out = {SIGNED, {13, 5}}},
    {.name = "exp", .op = AXF_OP_UNARY, .gradients = 1, .i = {AXF_EXP},
     .in = {{SIGNED, {1}}}, .out = {SIGNED, {1}}},
    {.name = "dropout, ragged", .op = AXF_OP_DROPOUT, .gradients = 1, .f = {0.3}, .same_zeros = 1,
     .in = {{SIGNED, {16, 7}, &mixed}}, .out = {SIGNED, {16, 7}, &mixed}},
    {.name = "dropout, dense", .op = AXF_OP_DROPOUT, .gradients = 1, .f = {0.05}, .same_zeros = 1,
     .in = {{SIGNED, {6, 37}}}, .out = {SIGNED, {6, 37}}},
    {.name = "drop path", .op = AXF_OP_DROPOUT, .gradients = 1, .i = {1}, .f = {0.5}, .same_zeros = 1,
     .in = {{SIGNED, {96, 3}, &tokens70}}, .out = {SIGNED, {96, 3}, &tokens70}},
    {.name = "layer norm", .op = AXF_OP_LAYER_NORM, .gradients = 7, .f = {1e-5},
     .in = {{PADDED, {16, 7}, &mixed}, {POSITIVE, {7}}, {SIGNED, {7}}}, .out = {SIGNED, {16, 7}, &mixed},
     .keep = {SIGNED, {16, 2}}},
    {.name = "layer norm, one row", .op = AXF_OP_LAYER_NORM, .gradients = 7, .f = {1e-12},
     .in = {{SIGNED, {1, 33}}, {POSITIVE, {33}}, {SIGNED, {33}}}, .out = {SIGNED, {1, 33}}, .keep = {SIGNED, {1, 2}}},
    {.name = "layer norm, frozen", .op = AXF_OP_LAYER_NORM, .gradients = 1, .f = {1e-12}, .large = 1,
     .in = {{SIGNED, {70, 384}}, {POSITIVE, {384}}, {SIGNED, {384}}}, .out = {SIGNED, {70, 384}},
     .keep = {SIGNED, {70, 2}}},
    {.name = "batch norm, training", .op = AXF_OP_BATCH_NORM, .gradients = 7, .changed = 24, .i = {1},
     .f = {1e-5, 0.1},
     .in = {{SIGNED, {2, 3, 3, 5}}, {POSITIVE, {3}}, {SIGNED, {3}}, {SIGNED, {3}}, {POSITIVE, {3}}},
     .out = {SIGNED, {2, 3, 3, 5}}, .keep = {SIGNED, {2, 3}}},
    {.name = "batch norm, running", .op = AXF_OP_BATCH_NORM, .gradients = 7, .changed = 24, .i = {0},
     .f = {1e-5, 0.1},
     .in = {{SIGNED, {2, 3, 3, 5}}, {POSITIVE, {3}}, {SIGNED, {3}}, {SIGNED, {3}}, {POSITIVE, {3}}},
     .out = {SIGNED, {2, 3, 3, 5}}, .keep = {SIGNED, {2, 3}}},
    {.name = "l2 normalize", .op = AXF_OP_L2_NORMALIZE, .gradients = 1,
     .in = {{SIGNED, {5, 7}}}, .out = {SIGNED, {5, 7}}, .keep = {SIGNED, {5}}},
    {.name = "l2 normalize, ragged", .op = AXF_OP_L2_NORMALIZE, .gradients = 1,
     .in = {{PADDED, {16, 3}, &mixed}}, .out = {SIGNED, {16, 3}, &mixed}, .keep = {SIGNED, {16}}},
    {.name = "softmax", .op = AXF_OP_SOFTMAX, .gradients = 1,
     .in = {{DISTINCT, {5, 9}}}, .out = {SIGNED, {5, 9}}},
    {.name = "softmax, ragged", .op = AXF_OP_SOFTMAX, .gradients = 1,
     .in = {{SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {16, 3}, &mixed}},
    {.name = "pool first", .op = AXF_OP_POOL_ROWS, .gradients = 1, .i = {AXF_POOL_FIRST},
     .in = {{SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {3, 3}}},
    {.name = "pool mean", .op = AXF_OP_POOL_ROWS, .gradients = 1, .i = {AXF_POOL_MEAN},
     .in = {{SIGNED, {16, 3}, &mixed}}, .out = {SIGNED, {3, 3}}},
    {.name = "pool mean from 1", .op = AXF_OP_POOL_ROWS, .gradients = 1, .i = {AXF_POOL_MEAN, 1},
     .in = {{SIGNED, {12, 3}, &equal}}, .out = {SIGNED, {2, 3}}},
    {.name = "pool max from 1", .op = AXF_OP_POOL_ROWS, .gradients = 1, .i = {AXF_POOL_MAX, 1},
     .in = {{DISTINCT, {12, 3}, &equal}}, .out = {SIGNED, {2, 3}}, .keep = {INDEX, {2, 3}}},
    {.name = "attention", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {2}, .f = {0.5, 0},
     .in = {{SIGNED, {16, 6}, &mixed}, {SIGNED, {16, 6}, &mixed}, {SIGNED, {16, 4}, &mixed}},
     .out = {SIGNED, {16, 4}, &mixed}, .keep = {SIGNED, {16, 2}}},
    {.name = "attention of two row sets", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {1}, .f = {1, 0},
     .in = {{SIGNED, {16, 5}, &mixed}, {SIGNED, {9, 5}, &other}, {SIGNED, {9, 3}, &other}},
     .out = {SIGNED, {16, 3}, &mixed}, .keep = {SIGNED, {16, 1}}},
    {.name = "attention of one row", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {1}, .f = {1, 0},
     .in = {{SIGNED, {1, 5}, &lone}, {SIGNED, {1, 5}, &lone}, {SIGNED, {1, 3}, &lone}},
     .out = {SIGNED, {1, 3}, &lone}, .keep = {SIGNED, {1, 1}}},
    {.name = "attention, one dense query a post", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {3}, .f = {0.5, 0.2},
     .in = {{SIGNED, {3, 6}}, {SIGNED, {16, 6}, &mixed}, {SIGNED, {16, 6}, &mixed}}, .out = {SIGNED, {3, 6}},
     .keep = {SIGNED, {3, 3}}},
    {.name = "attention with bias", .op = AXF_OP_ATTENTION, .gradients = 15, .i = {2}, .f = {0.7, 0},
     .in = {{SIGNED, {12, 6}, &equal}, {SIGNED, {12, 6}, &equal}, {SIGNED, {12, 4}, &equal}, {SIGNED, {2, 5, 5}}},
     .out = {SIGNED, {12, 4}, &equal}, .keep = {SIGNED, {12, 2}}},
    {.name = "attention with bias and dropout", .op = AXF_OP_ATTENTION, .gradients = 15, .i = {2}, .f = {0.7, 0.4},
     .in = {{SIGNED, {12, 6}, &equal}, {SIGNED, {12, 6}, &equal}, {SIGNED, {12, 4}, &equal}, {SIGNED, {2, 5, 5}}},
     .out = {SIGNED, {12, 4}, &equal}, .keep = {SIGNED, {12, 2}}},
    {.name = "attention with dropout, mask shown", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {2}, .f = {0.5, 0.3},
     .same_zeros = 1,
     .in = {{SIGNED, {16, 6}, &mixed}, {SIGNED, {16, 6}, &mixed}, {ONE_HOT, {16, 16}, &mixed}},
     .out = {SIGNED, {16, 16}, &mixed}, .keep = {SIGNED, {16, 2}}},
    {.name = "attention to itself", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {2}, .f = {0.5, 0.1},
     .in = {{SIGNED, {16, 6}, &mixed}, {SAME}, {SAME}}, .out = {SIGNED, {16, 6}, &mixed}, .keep = {SIGNED, {16, 2}}},
    {.name = "attention, large", .op = AXF_OP_ATTENTION, .gradients = 7, .i = {3}, .f = {0.125, 0.1}, .large = 1,
     .in = {{SIGNED, {96, 192}, &tokens70}, {SIGNED, {96, 192}, &tokens70}, {SIGNED, {96, 192}, &tokens70}},
     .out = {SIGNED, {96, 192}, &tokens70}, .keep = {SIGNED, {96, 3}}},
    {.name = "conv2d", .op = AXF_OP_CONV2D, .gradients = 7, .i = {1, 0},
     .in = {{SIGNED, {2, 3, 5, 6}}, {SIGNED, {4, 3, 3, 2}}, {SIGNED, {4}}}, .out = {SIGNED, {2, 4, 3, 5}}},
    {.name = "conv2d, stride 2, padding 1", .op = AXF_OP_CONV2D, .gradients = 3, .i = {2, 1},
     .in = {{SIGNED, {2, 2, 7, 6}}, {SIGNED, {3, 2, 3, 3}}}, .out = {SIGNED, {2, 3, 4, 3}}},
    {.name = "conv2d, 1 by 1", .op = AXF_OP_CONV2D, .gradients = 7, .i = {1, 0},
     .in = {{SIGNED, {2, 5, 3, 3}}, {SIGNED, {4, 5, 1, 1}}, {SIGNED, {4}}}, .out = {SIGNED, {2, 4, 3, 3}}},
    {.name = "max pooling", .op = AXF_OP_POOL2D, .gradients = 1, .i = {AXF_POOL_MAX, 3, 2, 1},
     .in = {{DISTINCT, {2, 3, 7, 6}}}, .out = {SIGNED, {2, 3, 4, 3}}, .keep = {INDEX, {2, 3, 4, 3}}},
    {.name = "average pooling", .op = AXF_OP_POOL2D, .gradients = 1, .i = {AXF_POOL_MEAN, 2, 2, 0},
     .in = {{SIGNED, {2, 3, 5, 6}}}, .out = {SIGNED, {2, 3, 2, 3}}},
    {.name = "average pooling, padded", .op = AXF_OP_POOL2D, .gradients = 1, .i = {AXF_POOL_MEAN, 3, 2, 1},
     .in = {{SIGNED, {1, 2, 5, 5}}}, .out = {SIGNED, {1, 2, 3, 3}}},
    {.name = "image rows", .op = AXF_OP_IMAGE_ROWS, .gradients = 1,
     .in = {{SIGNED, {2, 5, 3, 4}}}, .out = {SIGNED, {24, 5}, &grid24}},
    {.name = "patches", .op = AXF_OP_PATCHES, .i = {3}, .images = &two_images,
     .in = {{SIGNED, {354}}}, .out = {SIGNED, {16, 27}, &patches_rows}},
    {.name = "resample bilinear", .op = AXF_OP_RESAMPLE_GRID, .gradients = 1, .i = {3, 4, 5, 2, AXF_GRID_BILINEAR},
     .in = {{SIGNED, {12, 3}}}, .out = {SIGNED, {10, 3}}},
    {.name = "resample bicubic", .op = AXF_OP_RESAMPLE_GRID, .gradients = 1, .i = {3, 4, 2, 7, AXF_GRID_BICUBIC},
     .in = {{SIGNED, {12, 3}}}, .out = {SIGNED, {14, 3}}},
    {.name = "resample to the same size", .op = AXF_OP_RESAMPLE_GRID, .gradients = 1,
     .i = {3, 4, 3, 4, AXF_GRID_BICUBIC},
     .in = {{SIGNED, {12, 3}}}, .out = {SIGNED, {12, 3}}},
    {.name = "cross entropy", .op = AXF_OP_CROSS_ENTROPY, .gradients = 1,
     .in = {{SIGNED, {5, 4}}, {INDEX, {5}, NULL, labels5}}, .out = {SIGNED, {5}}},
    {.name = "cross entropy, weighted", .op = AXF_OP_CROSS_ENTROPY, .gradients = 1,
     .in = {{SIGNED, {5, 4}}, {INDEX, {5}, NULL, labels5}, {POSITIVE, {4}}}, .out = {SIGNED, {5}}},
    {.name = "cross entropy of probabilities, weighted", .op = AXF_OP_CROSS_ENTROPY, .gradients = 1,
     .in = {{SIGNED, {5, 4}}, {PROBABILITY, {5, 4}}, {POSITIVE, {4}}}, .out = {SIGNED, {5}}},
    {.name = "cross entropy of probabilities, far logits", .op = AXF_OP_CROSS_ENTROPY, .gradients = 1,
     .in = {{DISTINCT, {13, 13}}, {PROBABILITY, {13, 13}}}, .out = {SIGNED, {13}}},
    {.name = "binary cross entropy", .op = AXF_OP_BINARY_CROSS_ENTROPY, .gradients = 1,
     .in = {{SIGNED, {5, 4}}, {LABELS, {5, 4}}, {POSITIVE, {4}}}, .out = {SIGNED, {5}}},
    {.name = "binary cross entropy, far logits", .op = AXF_OP_BINARY_CROSS_ENTROPY, .gradients = 1,
     .in = {{DISTINCT, {13, 13}}, {LABELS, {13, 13}}}, .out = {SIGNED, {13}}},
    {.name = "sum", .op = AXF_OP_SUM, .gradients = 1, .f = {0.25},
     .in = {{POSITIVE, {5, 3}}}, .out = {SIGNED, {1}}},
    {.name = "sum of ragged rows", .op = AXF_OP_SUM, .gradients = 1, .f = {-2},
     .in = {{POSITIVE, {16, 3}, &mixed}}, .out = {SIGNED, {1}}},
    {.name = "custom", .op = AXF_OP_CUSTOM, .gradients = 3, .custom = &custom_op,
     .in = {{SIGNED, {5, 3}}, {SIGNED, {5, 3}}}, .out = {SIGNED, {5, 3}}},
    {.name = "adamw", .op = AXF_OP_ADAMW, .changed = 7, .f = {0.1, 0.25, 0.9, 0.999, 1e-8, 0.271, 0.002997001},
     .in = {{SIGNED, {7, 5}}, {SIGNED, {7, 5}}, {POSITIVE, {7, 5}}, {SIGNED, {7, 5}}}},
    {.name = "adamw of rows", .op = AXF_OP_ADAMW, .changed = 7, .f = {0.1, 0, 0.9, 0.999, 1e-8, 0.1, 0.001},
     .in = {{SIGNED, {7, 3}}, {SIGNED, {6, 3}}, {POSITIVE, {6, 3}}, {SIGNED, {6, 3}}, {INDEX, {6}, NULL, touched6}}},
    {.name = "adamw of rows, gradient elsewhere", .op = AXF_OP_ADAMW, .changed = 7,
     .f = {0.1, 0.5, 0.9, 0.999, 1e-8, 0.1, 0.001},
     .in = {{SIGNED, {7, 3}}, {SIGNED, {6, 3}}, {POSITIVE, {6, 3}}, {SIGNED, {4, 3}},
            {INDEX, {6}, NULL, touched6}, {INDEX, {6}, NULL, gradient_rows6}}},
    {.name = "accumulate", .op = AXF_OP_ACCUMULATE, .changed = 1, .f = {-0.5},
     .in = {{SIGNED, {7, 5}}, {SIGNED, {7, 5}}}},
    {.name = "square sum", .op = AXF_OP_SQUARE_SUM,
     .in = {{SIGNED, {70, 37}}}, .out = {SIGNED, {1}}},
};
/* clang-format on */

enum { CASES = sizeof cases / sizeof *cases };

#endif
