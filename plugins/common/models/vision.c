#include "common/models/vision.h"

#include "auxfuse/ops.h"

#include <stdlib.h>

/* The rows of the position table, which begins with those of the tokens. */
static int64_t table_rows(const axf_vision *vision)
{
    return 1 + vision->distilled + (int64_t)vision->grid * vision->grid;
}

void axf_vision_declare(axf_vision *vision, axf_declare *declare)
{
    vision->host = declare->host;
    axf_parameter spec = {.name = "embeddings.cls_token",
                          .ndim = 3,
                          .shape = {1, 1, vision->width},
                          .initial = declare->initial,
                          .a = declare->a,
                          .b = declare->b};
    vision->class_token = axf_declare_tensor(declare, &spec);
    if (vision->distilled) {
        spec.name = "embeddings.distillation_token";
        vision->distillation_token = axf_declare_tensor(declare, &spec);
    }
    if (!vision->placeless) {
        spec.name = "embeddings.position_embeddings";
        spec.shape[1] = table_rows(vision);
        vision->positions = axf_declare_tensor(declare, &spec);
    }
    spec.name = "embeddings.patch_embeddings.projection.weight";
    spec.ndim = 4;
    for (int32_t i = 0; i < 4; i++) {
        spec.shape[i] = (const int64_t[]){vision->width, 3, vision->patch, vision->patch}[i];
    }
    vision->projection.weight = axf_declare_tensor(declare, &spec);
    const axf_parameter bias = {.name = "embeddings.patch_embeddings.projection.bias",
                                .ndim = 1,
                                .shape = {vision->width},
                                .initial = AXF_INIT_ZEROS,
                                .flags = AXF_PARAM_NO_DECAY};
    vision->projection.bias = axf_declare_tensor(declare, &bias);
}

void axf_vision_free(axf_vision *vision)
{
    free(vision->numbers);
    vision->numbers = NULL;
}

static axf_status reserve(axf_vision *vision, int64_t count)
{
    if (count <= vision->room) {
        return AXF_OK;
    }
    int32_t *numbers = realloc(vision->numbers, (size_t)count * sizeof *numbers);
    if (numbers == NULL) {
        return vision->host->fail(vision->host, AXF_ERR_MEMORY, "no memory for %lld row numbers", (long long)count);
    }
    vision->numbers = numbers;
    vision->room = count;
    return AXF_OK;
}

static axf_tensor *flat(const axf_pass *pass, axf_tensor *x, int64_t rows, int64_t columns)
{
    return pass->ops->reshape(pass, x, 2, (const int64_t[]){rows, columns});
}

/* A token plus its position, row `row` of the table, once for each post -> [posts, width]. */
static axf_tensor *token_rows(const axf_vision *vision, const axf_pass *pass, axf_tensor *token, axf_tensor *positions,
                              int32_t row, int32_t posts)
{
    token = flat(pass, token, 1, vision->width);
    if (positions != NULL) {
        token = pass->ops->add(pass, token, pass->ops->gather_rows(pass, positions, &row, 1));
    }
    for (int32_t b = 0; b < posts; b++) {
        vision->numbers[b] = 0;
    }
    return pass->ops->gather_rows(pass, token, vision->numbers, posts);
}

/* The position of each row of `patches`. The first rows of the table are for the tokens. */
static axf_tensor *patch_positions(const axf_vision *vision, const axf_pass *pass, axf_tensor *positions, int32_t h,
                                   int32_t w, const axf_tensor *patches)
{
    const axf_ops *ops = pass->ops;
    int32_t *numbers = vision->numbers;
    const int32_t cells = vision->grid * vision->grid, resampled = h != vision->grid || w != vision->grid;
    const int32_t tokens = 1 + vision->distilled;
    axf_tensor *table = positions;
    if (resampled) {
        for (int32_t i = 0; i < cells; i++) {
            numbers[i] = i + tokens;
        }
        table = ops->gather_rows(pass, positions, numbers, cells);
        table = ops->resample_grid(pass, table, vision->grid, vision->grid, h, w, AXF_GRID_BICUBIC);
    }
    for (int64_t i = 0; i < patches->shape[0]; i++) {
        const int32_t cell = (int32_t)(i % ((int64_t)h * w));
        numbers[i] = i >= patches->rows->total ? -1 : resampled ? cell : cell + tokens;
    }
    return ops->embedding(pass, table, ops->index(pass, numbers, patches->shape[0]), patches->rows);
}

static axf_tensor *embed(axf_vision *vision, const axf_pass *pass, const axf_images *images, int32_t h, int32_t w)
{
    const axf_ops *ops = pass->ops;
    const int64_t width = vision->width, values = (int64_t)3 * vision->patch * vision->patch;
    axf_tensor *positions = vision->placeless ? NULL : flat(pass, vision->positions, table_rows(vision), width);
    axf_tensor *patches =
        ops->linear(pass, ops->patches(pass, images, vision->patch),
                    flat(pass, vision->projection.weight, width, values), vision->projection.bias, AXF_NONE);
    if (patches == NULL) {
        return NULL;
    }
    axf_tensor *parts[3];
    int32_t count = 0;
    parts[count++] = token_rows(vision, pass, vision->class_token, positions, 0, images->posts);
    if (vision->distilled) {
        parts[count++] = token_rows(vision, pass, vision->distillation_token, positions, 1, images->posts);
    }
    if (!vision->placeless) {
        patches = ops->add(pass, patches, patch_positions(vision, pass, positions, h, w, patches));
    }
    parts[count++] = patches;
    return ops->dropout(pass, ops->concat_rows(pass, parts, count), vision->dropout, "embeddings");
}

axf_status axf_vision_embed(axf_vision *vision, const axf_pass *pass, const axf_images *images, axf_tensor **rows)
{
    const axf_host *host = vision->host;
    *rows = NULL;
    if (!images->one_size) {
        return host->fail(host, AXF_ERR_SHAPE, "images of different sizes in one batch");
    }
    const int32_t h = images->height[0] / vision->patch, w = images->width[0] / vision->patch;
    if (h < 1 || w < 1 || (!vision->resample && (h != vision->grid || w != vision->grid))) {
        return host->fail(host, AXF_ERR_SHAPE, "images of %d x %d pixels; the model is for %d x %d patches of %d",
                          images->height[0], images->width[0], vision->grid, vision->grid, vision->patch);
    }
    /* This is enough for the rows with their padding, and for the table. */
    const int64_t cells = (int64_t)vision->grid * vision->grid;
    AXF_TRY(reserve(vision, cells + (int64_t)images->posts * h * w + images->posts + 32));
    pass->ops->scope_begin(pass);
    *rows = embed(vision, pass, images, h, w);
    pass->ops->scope_end(pass, rows, 1);
    return AXF_OK;
}
