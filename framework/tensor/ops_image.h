/* Images: convolution, pooling, patches, and tables of positions.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_IMAGE_H
#define AXF_TENSOR_OPS_IMAGE_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_conv2d(const axf_pass *pass, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t stride,
                          int32_t padding);
axf_tensor *axf_op_max_pool2d(const axf_pass *pass, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
axf_tensor *axf_op_average_pool2d(const axf_pass *pass, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
axf_tensor *axf_op_image_rows(const axf_pass *pass, axf_tensor *x);
axf_tensor *axf_op_image_tensor(const axf_pass *pass, const axf_images *images);
axf_tensor *axf_op_patches(const axf_pass *pass, const axf_images *images, int32_t size);
axf_tensor *axf_op_resample_grid(const axf_pass *pass, axf_tensor *table, int32_t h, int32_t w, int32_t to_h,
                                 int32_t to_w, int32_t kind);

#endif
