#include "cli/tiny_features.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/strbuf.h"
#include "experiment/experiment.h"
#include "files/durable.h"
#include "files/path.h"
#include "posts/posts.h"
#include "synth/random.h"
#include "weights/safetensors_write.h"

#include <stdlib.h>
#include <string.h>

enum { FEATURES, POOLED, BOXES, TENSORS };

/* A number in [0, 1). */
static float uniform(axf_synth_random *random)
{
    return (float)axf_synth_random_below(random, 1u << 24) * 0x1p-24f;
}

/* Draws x1, y1, x2, y2 of a rectangle within [0, 1]. */
static void draw_box(axf_synth_random *random, float *box)
{
    for (int side = 0; side < 2; side++) {
        box[side] = 0.5f * uniform(random);
        box[side + 2] = box[side] + (1 - box[side]) * uniform(random);
    }
}

static void draw_post(const char *id, float *values[TENSORS])
{
    axf_synth_random random = axf_synth_random_start(axf_hash_bytes(id, strlen(id)).low, 0, AXF_SYNTH_STREAM_FILE);
    for (int i = 0; i < AXF_TINY_FEATURE_ROWS * AXF_TINY_FEATURE_WIDTH; i++) {
        values[FEATURES][i] = 2 * uniform(&random) - 1;
    }
    for (int i = 0; i < AXF_TINY_FEATURE_WIDTH; i++) {
        values[POOLED][i] = 2 * uniform(&random) - 1;
    }
    for (int i = 0; i < AXF_TINY_FEATURE_ROWS; i++) {
        draw_box(&random, values[BOXES] + (ptrdiff_t)i * AXF_TINY_BOX_WIDTH);
    }
}

static axf_status write_file(const char *path, const axf_posts *posts, const char *ids)
{
    const int64_t count = posts->count, rows = AXF_TINY_FEATURE_ROWS;
    const int64_t features[] = {count, rows, AXF_TINY_FEATURE_WIDTH}, pooled[] = {count, AXF_TINY_FEATURE_WIDTH};
    const int64_t boxes[] = {count, rows, AXF_TINY_BOX_WIDTH};
    const axf_safetensors_item items[TENSORS] = {{"features", AXF_STORED_F32, 3, features},
                                                 {"pooled", AXF_STORED_F32, 2, pooled},
                                                 {"boxes", AXF_STORED_F32, 3, boxes}};
    const size_t each[TENSORS] = {(size_t)(rows * AXF_TINY_FEATURE_WIDTH), AXF_TINY_FEATURE_WIDTH,
                                  (size_t)(rows * AXF_TINY_BOX_WIDTH)};
    const axf_safetensors_pair metadata = {"ids", ids};
    axf_safetensors_writer *writer;
    AXF_TRY(axf_safetensors_create(path, &metadata, 1, items, TENSORS, &writer));
    float *values[TENSORS];
    for (int k = 0; k < TENSORS; k++) {
        values[k] = axf_alloc((size_t)count * each[k] * sizeof *values[k]);
    }
    for (int32_t i = 0; i < posts->count; i++) {
        float *own[TENSORS];
        for (int k = 0; k < TENSORS; k++) {
            own[k] = values[k] + (size_t)i * each[k];
        }
        draw_post(posts->items[i].id, own);
    }
    axf_status status = AXF_OK;
    for (int k = 0; k < TENSORS; k++) {
        if (status == AXF_OK) {
            status = axf_safetensors_put(writer, values[k], (size_t)count * each[k] * sizeof *values[k]);
        }
        free(values[k]);
    }
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

static axf_status write_features(axf_arena *arena, const axf_posts *posts, const char **file)
{
    axf_strbuf ids = {0};
    for (int32_t i = 0; i < posts->count; i++) {
        axf_strbuf_printf(&ids, "%s%s", i > 0 ? "\n" : "", posts->items[i].id);
    }
    char *cache = axf_cache_folder();
    axf_status status = cache != NULL ? AXF_OK
                                      : axf_fail(AXF_ERR_IO, "--tiny draws its features into the cache folder: set "
                                                             "HOME or XDG_CACHE_HOME");
    if (status == AXF_OK) {
        const char *folder = axf_arena_printf(arena, "%s/tiny", cache);
        const axf_hash128 hash = axf_hash_bytes(axf_strbuf_text(&ids), ids.length);
        *file = axf_arena_printf(arena, "%s/features-%016llx.safetensors", folder, (unsigned long long)hash.low);
        status = axf_folder_make(folder);
    }
    if (status == AXF_OK) { /* written again each time: the bytes are the same, unless the program has changed */
        status = write_file(*file, posts, axf_strbuf_text(&ids));
    }
    free(cache);
    axf_strbuf_free(&ids);
    return status;
}

axf_status axf_tiny_features(axf_arena *arena, axf_registry *registry, const axf_node *spec, const char **file)
{
    axf_experiment experiment;
    axf_posts posts = {0};
    axf_status status = axf_experiment_parse_data(&experiment, registry, spec);
    if (status == AXF_OK) {
        status = axf_posts_read(&posts, experiment.dataset.instance, 1);
    }
    if (status == AXF_OK) {
        status = write_features(arena, &posts, file);
    }
    axf_posts_free(&posts);
    axf_experiment_free(&experiment);
    return status;
}
