#include "tensor/ops_image.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/op_checks.h"
#include "tensor/ops_views.h"
#include "tensor/ragged.h"
#include "tensor/record.h"
#include "tensor/values.h"

/* Returns how many positions a window has along one side; 0 when it does not fit once. */
static int64_t window_count(int64_t size, int64_t kernel, int64_t stride, int64_t padding)
{
    const int64_t room = size + 2 * padding - kernel;
    return room >= 0 ? room / stride + 1 : 0;
}

static int32_t window_valid(int64_t kernel, int32_t stride, int32_t padding)
{
    return kernel >= 1 && stride >= 1 && padding >= 0 && padding < kernel;
}

axf_tensor *axf_op_conv2d(const axf_pass *pass, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t stride,
                          int32_t padding)
{
    axf_tensor *tensors[] = {x, w, b};
    if (!axf_op_ready(pass, "conv2d", tensors, b != NULL ? 3 : 2) || !axf_op_check(pass, "conv2d", "x", x, 4) ||
        !axf_op_check(pass, "conv2d", "w", w, 4) || (b != NULL && !axf_op_check(pass, "conv2d", "b", b, 1))) {
        return NULL;
    }
    if (x->shape[1] != w->shape[1] || !window_valid(w->shape[2], stride, padding) ||
        !window_valid(w->shape[3], stride, padding)) {
        return axf_op_misfit(pass, "conv2d", x, w, "channels must be equal, stride positive, padding below the kernel");
    }
    if (b != NULL && b->shape[0] != w->shape[0]) {
        return axf_op_misfit(pass, "conv2d", w, b, "w [O, C, kh, kw] and b [O] must have the same O");
    }
    const int64_t shape[] = {x->shape[0], w->shape[0], window_count(x->shape[2], w->shape[2], stride, padding),
                             window_count(x->shape[3], w->shape[3], stride, padding)};
    if (shape[2] == 0 || shape[3] == 0) {
        return axf_op_misfit(pass, "conv2d", x, w, "the image is smaller than the kernel");
    }
    const axf_layout out = axf_layout_real(pass->tape, 4, shape);
    axf_call call = {.op = AXF_OP_CONV2D, .inputs = 3, .in = {x, w, b}, .i = {stride, padding}};
    return axf_op_apply(pass, &call, &out, NULL);
}

static axf_tensor *pool2d(const axf_pass *pass, const char *op, axf_tensor *x, int32_t kind, int32_t kernel,
                          int32_t stride, int32_t padding)
{
    if (!axf_op_ready_one(pass, op, x, 4)) {
        return NULL;
    }
    if (!window_valid(kernel, stride, padding)) {
        return axf_op_misfit(pass, op, x, NULL, "kernel and stride must be positive, padding below the kernel");
    }
    const int64_t shape[] = {x->shape[0], x->shape[1], window_count(x->shape[2], kernel, stride, padding),
                             window_count(x->shape[3], kernel, stride, padding)};
    if (shape[2] == 0 || shape[3] == 0) {
        return axf_op_misfit(pass, op, x, NULL, "the image is smaller than the kernel");
    }
    const axf_layout out = axf_layout_real(pass->tape, 4, shape);
    axf_layout keep = out;
    keep.dtype = AXF_I32;
    axf_call call = {.op = AXF_OP_POOL2D, .inputs = 1, .in = {x}, .i = {kind, kernel, stride, padding}};
    return axf_op_apply(pass, &call, &out, kind == AXF_POOL_MAX ? &keep : NULL);
}

axf_tensor *axf_op_max_pool2d(const axf_pass *pass, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding)
{
    return pool2d(pass, "max_pool2d", x, AXF_POOL_MAX, kernel, stride, padding);
}

axf_tensor *axf_op_average_pool2d(const axf_pass *pass, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding)
{
    return pool2d(pass, "average_pool2d", x, AXF_POOL_MEAN, kernel, stride, padding);
}

/* Makes the structure of posts with so many rows each; NULL after a sticky failure. */
static const axf_rows *rows_of(const axf_pass *pass, const char *op, int32_t posts, const int64_t *lengths)
{
    int32_t *offset = axf_scratchpad_zero(&pass->tape->step_memory, ((size_t)posts + 1) * sizeof *offset);
    int64_t total = 0;
    for (int32_t b = 0; b < posts; b++) {
        if (__builtin_add_overflow(total, lengths[b], &total) || total > INT32_MAX - 32) {
            axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: more than 2^31 rows", op);
            return NULL;
        }
        offset[b + 1] = (int32_t)total;
    }
    return axf_tape_rows(pass->tape, posts, offset);
}

axf_tensor *axf_op_image_rows(const axf_pass *pass, axf_tensor *x)
{
    if (!axf_op_ready_one(pass, "image_rows", x, 4)) {
        return NULL;
    }
    const int32_t posts = axf_tensor_posts(x);
    if (posts < 0) {
        return axf_op_misfit(pass, "image_rows", x, NULL, "there are too many images");
    }
    int64_t *lengths = axf_scratchpad_zero(&pass->tape->step_memory, (size_t)posts * sizeof *lengths);
    for (int32_t b = 0; b < posts; b++) {
        lengths[b] = x->shape[2] * x->shape[3];
    }
    const axf_rows *rows = rows_of(pass, "image_rows", posts, lengths);
    if (rows == NULL) {
        return NULL;
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){rows->total, x->shape[1]});
    out.rows = rows;
    axf_call call = {.op = AXF_OP_IMAGE_ROWS, .inputs = 1, .in = {x}};
    return axf_op_apply(pass, &call, &out, NULL);
}

/* Returns 1 when the pixels hold every image, else 0 after a sticky failure. */
static int32_t images_ready(const axf_pass *pass, const char *op, const axf_images *images)
{
    if (images == NULL) {
        return axf_op_ready(pass, op, (axf_tensor *const[]){NULL}, 1);
    }
    axf_tensor *pixels = images->pixels;
    if (!axf_op_ready(pass, op, &pixels, 1) || !axf_op_check(pass, op, "pixels", pixels, 0)) {
        return 0;
    }
    const int64_t elements = axf_tensor_elements(pixels);
    for (int32_t b = 0; b < images->posts; b++) {
        const int64_t height = images->height[b], width = images->width[b], at = images->offset[b];
        int64_t area;
        if (height < 1 || width < 1 || at < 0 || at > elements || __builtin_mul_overflow(3 * height, width, &area) ||
            area > elements - at) {
            axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: image %d, %lld x %lld at %lld, is not within the pixels %s",
                          op, (int)b, (long long)height, (long long)width, (long long)at, axf_tensor_text(pixels).text);
            return 0;
        }
    }
    return 1;
}

axf_tensor *axf_op_image_tensor(const axf_pass *pass, const axf_images *images)
{
    if (!images_ready(pass, "image_tensor", images)) {
        return NULL;
    }
    if (!images->one_size || images->posts < 1) {
        return axf_op_misfit(pass, "image_tensor", images->pixels, NULL,
                             "the images have several sizes, or there are none");
    }
    const int64_t shape[] = {images->posts, 3, images->height[0], images->width[0]};
    return axf_op_reshape(pass, images->pixels, 4, shape);
}

axf_tensor *axf_op_patches(const axf_pass *pass, const axf_images *images, int32_t size)
{
    if (!images_ready(pass, "patches", images)) {
        return NULL;
    }
    if (size < 1 || size > 4096) {
        return axf_op_misfit(pass, "patches", images->pixels, NULL, "a square has 1 to 4096 pixels a side");
    }
    int64_t *lengths = axf_scratchpad_zero(&pass->tape->step_memory, (size_t)images->posts * sizeof *lengths);
    for (int32_t b = 0; b < images->posts; b++) {
        lengths[b] = (int64_t)(images->height[b] / size) * (images->width[b] / size);
    }
    const axf_rows *rows = rows_of(pass, "patches", images->posts, lengths);
    if (rows == NULL) {
        return NULL;
    }
    const int64_t width = 3 * (int64_t)size * size;
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){axf_rows_padded(rows->total), width});
    out.rows = rows;
    axf_call call = {.op = AXF_OP_PATCHES, .inputs = 1, .in = {images->pixels}, .i = {size}, .images = images};
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_resample_grid(const axf_pass *pass, axf_tensor *table, int32_t h, int32_t w, int32_t to_h,
                                 int32_t to_w, int32_t kind)
{
    if (!axf_op_ready(pass, "resample_grid", &table, 1) || !axf_op_check(pass, "resample_grid", "table", table, 2)) {
        return NULL;
    }
    if (h < 1 || w < 1 || to_h < 1 || to_w < 1 || (int64_t)h * w != table->shape[0] ||
        (kind != AXF_GRID_BILINEAR && kind != AXF_GRID_BICUBIC)) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "resample_grid: %s is no grid of %d x %d to become %d x %d (kind %d)",
                      axf_tensor_text(table).text, (int)h, (int)w, (int)to_h, (int)to_w, (int)kind);
        return NULL;
    }
    const axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){(int64_t)to_h * to_w, table->shape[1]});
    axf_call call = {.op = AXF_OP_RESAMPLE_GRID, .inputs = 1, .in = {table}, .i = {h, w, to_h, to_w, kind}};
    return axf_op_apply(pass, &call, &out, NULL);
}
