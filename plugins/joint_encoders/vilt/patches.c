#include "joint_encoders/vilt/patches.h"

#include "auxfuse/ops.h"

#include <stdlib.h>

static int64_t table_rows(const vilt_patches *patches)
{
    return 1 + (int64_t)patches->grid * patches->grid;
}

void vilt_patches_declare(vilt_patches *patches, axf_declare *declare)
{
    const int32_t width = patches->width, patch = patches->patch;
    patches->host = declare->host;
    axf_parameter spec = {.name = "embeddings.cls_token",
                          .ndim = 3,
                          .shape = {1, 1, width},
                          .initial = declare->initial,
                          .a = declare->a,
                          .b = declare->b};
    patches->class_token = axf_declare_tensor(declare, &spec);
    spec.name = "embeddings.position_embeddings";
    spec.shape[1] = table_rows(patches);
    patches->positions = axf_declare_tensor(declare, &spec);
    const axf_parameter weight = {.name = "embeddings.patch_embeddings.projection.weight",
                                  .ndim = 4,
                                  .shape = {width, 3, patch, patch},
                                  .initial = declare->initial,
                                  .a = declare->a,
                                  .b = declare->b};
    patches->projection.weight = axf_declare_tensor(declare, &weight);
    const axf_parameter bias = {.name = "embeddings.patch_embeddings.projection.bias",
                                .ndim = 1,
                                .shape = {width},
                                .initial = AXF_INIT_ZEROS,
                                .flags = AXF_PARAM_NO_DECAY};
    patches->projection.bias = axf_declare_tensor(declare, &bias);
}

void vilt_patches_free(vilt_patches *patches)
{
    free(patches->neighbour[0]);
    free(patches->weight[0]);
    *patches = (vilt_patches){0};
}

static axf_status reserve(vilt_patches *patches, int64_t rows)
{
    if (rows <= patches->room) {
        return AXF_OK;
    }
    const size_t count = 4 * (size_t)rows;
    int32_t *neighbour = realloc(patches->neighbour[0], count * sizeof *neighbour);
    patches->neighbour[0] = neighbour != NULL ? neighbour : patches->neighbour[0];
    float *weight = realloc(patches->weight[0], count * sizeof *weight);
    patches->weight[0] = weight != NULL ? weight : patches->weight[0];
    if (neighbour == NULL || weight == NULL) {
        patches->room = 0; /* some lists may have moved, so none may be used */
        return patches->host->fail(patches->host, AXF_ERR_MEMORY, "no memory for the positions of %lld patches",
                                   (long long)rows);
    }
    for (int k = 1; k < 4; k++) {
        patches->neighbour[k] = neighbour + k * rows;
        patches->weight[k] = weight + k * rows;
    }
    patches->room = rows;
    return AXF_OK;
}

/* The position of index i of `count` in the table's 0 … grid - 1, with aligned corners. Returns the cell before it, and
 * sets *behind to the distance from that cell. */
static int32_t source(int32_t i, int32_t count, int32_t grid, double *behind)
{
    const double at = count > 1 ? i * ((grid - 1) / (double)(count - 1)) : 0;
    const int32_t cell = (int32_t)at < grid ? (int32_t)at : grid - 1;
    *behind = at - cell;
    return cell;
}

/* Sets the bilinear neighbours of row `row`, which is the patch (y, x) of h x w. */
static void place(vilt_patches *patches, int64_t row, int32_t y, int32_t x, int32_t h, int32_t w)
{
    const int32_t grid = patches->grid, last = grid - 1;
    double down, right;
    const int32_t top = source(y, h, grid, &down), left = source(x, w, grid, &right);
    for (int32_t k = 0; k < 4; k++) {
        const int32_t lower = k / 2, further = k % 2;
        const int32_t line = top + lower < last ? top + lower : last;
        const int32_t column = left + further < last ? left + further : last;
        patches->neighbour[k][row] = 1 + line * grid + column;
        patches->weight[k][row] = (float)((lower ? down : 1 - down) * (further ? right : 1 - right));
    }
}

static void place_all(vilt_patches *patches, const axf_images *images, const axf_tensor *rows)
{
    int64_t row = 0;
    for (int32_t b = 0; b < images->posts; b++) {
        const int32_t h = images->height[b] / patches->patch, w = images->width[b] / patches->patch;
        for (int32_t i = 0; i < h * w; i++) {
            place(patches, row++, i / w, i % w, h, w);
        }
    }
    for (; row < rows->shape[0]; row++) {
        for (int32_t k = 0; k < 4; k++) {
            patches->neighbour[k][row] = -1;
            patches->weight[k][row] = 0;
        }
    }
}

/* The weighted sum of four rows of the table for each patch. A neighbour whose weight is 0 for all patches is left out:
 * these are all but one when the images have the table's grid. */
static axf_tensor *patch_positions(const vilt_patches *patches, const axf_pass *pass, axf_tensor *table,
                                   const axf_tensor *rows)
{
    const axf_ops *ops = pass->ops;
    const int64_t count = rows->shape[0];
    axf_tensor *sum = NULL;
    for (int32_t k = 0; k < 4; k++) {
        int64_t used = 0;
        for (int64_t i = 0; i < count; i++) {
            used += patches->weight[k][i] != 0;
        }
        if (k > 0 && used == 0) {
            continue;
        }
        axf_tensor *near = ops->embedding(pass, table, ops->index(pass, patches->neighbour[k], count), rows->rows);
        near = ops->multiply(pass, near, ops->constant(pass, patches->weight[k], count, 1));
        sum = k > 0 ? ops->add(pass, sum, near) : near;
    }
    return sum;
}

/* The class token plus its position, once for each post -> [posts, width]. */
static axf_tensor *class_rows(const vilt_patches *patches, const axf_pass *pass, axf_tensor *table, int32_t posts)
{
    const axf_ops *ops = pass->ops;
    const int32_t first = 0;
    axf_tensor *token = ops->reshape(pass, patches->class_token, 2, (const int64_t[]){1, patches->width});
    token = ops->add(pass, token, ops->gather_rows(pass, table, &first, 1));
    for (int32_t b = 0; b < posts; b++) {
        patches->neighbour[0][b] = 0;
    }
    return ops->gather_rows(pass, token, patches->neighbour[0], posts);
}

static axf_status check_sizes(const vilt_patches *patches, const axf_images *images)
{
    for (int32_t b = 0; b < images->posts; b++) {
        if (images->height[b] < patches->patch || images->width[b] < patches->patch) {
            return patches->host->fail(patches->host, AXF_ERR_SHAPE,
                                       "an image of %d x %d pixels does not fill a patch of %d", images->height[b],
                                       images->width[b], patches->patch);
        }
    }
    return AXF_OK;
}

axf_status vilt_patches_embed(vilt_patches *patches, const axf_pass *pass, const axf_images *images, axf_tensor **rows)
{
    const axf_ops *ops = pass->ops;
    const int64_t values = (int64_t)3 * patches->patch * patches->patch;
    *rows = NULL;
    AXF_TRY(check_sizes(patches, images));
    ops->scope_begin(pass);
    axf_tensor *weight = ops->reshape(pass, patches->projection.weight, 2, (const int64_t[]){patches->width, values});
    axf_tensor *squares = ops->patches(pass, images, patches->patch);
    axf_tensor *x = ops->linear(pass, squares, weight, patches->projection.bias, AXF_NONE);
    const axf_status status = x != NULL ? reserve(patches, x->shape[0] + images->posts) : AXF_OK;
    if (x != NULL && status == AXF_OK) {
        axf_tensor *table =
            ops->reshape(pass, patches->positions, 2, (const int64_t[]){table_rows(patches), patches->width});
        axf_tensor *token = class_rows(patches, pass, table, images->posts);
        place_all(patches, images, x);
        x = ops->add(pass, x, patch_positions(patches, pass, table, x));
        x = ops->concat_rows(pass, (axf_tensor *const[]){token, x}, 2);
        *rows = ops->dropout(pass, x, patches->dropout, "embeddings.image");
    }
    ops->scope_end(pass, rows, 1);
    return status;
}
