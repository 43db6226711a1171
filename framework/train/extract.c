/* Features of a frozen image tower: found in the store, or computed once at one fixed batch shape. */
#include "core/error.h"
#include "core/log.h"
#include "core/path.h"
#include "train/feed.h"
#include "train/session.h"
#include "train/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXTRACT_BATCH = 16 };

size_t axf_extract_values(const axf_model *model)
{
    const axf_image_facts *facts = &model->image_facts;
    size_t values = 0;
    values += model->image_wanted & AXF_WANT_ROWS ? (size_t)facts->rows * (size_t)facts->width : 0;
    values += model->image_wanted & AXF_WANT_FIRST ? (size_t)facts->width : 0;
    values += model->image_wanted & AXF_WANT_POOLED ? (size_t)facts->pooled_width : 0;
    return values;
}

static void to_png(char *path)
{
    for (char *at = strstr(path, "jpg"); at != NULL; at = strstr(at + 3, "jpg")) {
        memcpy(at, "png", 3);
    }
}

axf_status axf_image_hash(axf_hash_cache *hashes, const char *root, const char *image, axf_hash128 *hash)
{
    char *path = axf_path_join(root, image);
    axf_status status = axf_hash_file(hashes, path, hash);
    if (status != AXF_OK) {
        to_png(path + strlen(root));
        if (axf_hash_file(hashes, path, hash) == AXF_OK) {
            status = AXF_OK;
        }
    }
    free(path);
    return status;
}

/* All that the features depend on. */
static axf_status store_key(const axf_model *model, const axf_backend *backend, void *backend_self,
                            axf_hash_cache *hashes, axf_strbuf *key)
{
    const axf_experiment *experiment = model->experiment;
    const axf_instance *instance = experiment->image.instance;
    const axf_component *component = &instance->component->component;
    const axf_image_facts *facts = &model->image_facts;
    axf_strbuf_printf(key, "image encoder %s %s\nwanted %u rows %d width %d pooled %d\n", component->name,
                      component->version, model->image_wanted, facts->rows, facts->width, facts->pooled_width);
    const axf_pixel_recipe *r = &facts->recipe;
    axf_strbuf_printf(key, "recipe %d %d %d %d %d %d %d %d %d %d %a %a %a %a %a %a %a\n", r->resize, r->filter,
                      r->height, r->width, r->short_side, r->long_cap, r->multiple, r->crop, r->crop_height,
                      r->crop_width, (double)r->divisor, (double)r->mean[0], (double)r->mean[1], (double)r->mean[2],
                      (double)r->std[0], (double)r->std[1], (double)r->std[2]);
    for (uint32_t i = 0; component->options != NULL && i < component->options->count; i++) {
        const axf_option *option =
            (const axf_option *)((const char *)component->options->first + (size_t)i * component->options->stride);
        if (option->type == AXF_OPT_WEIGHTS || option->type == AXF_OPT_PATH) {
            const char *path;
            axf_hash128 hash;
            char text[AXF_HASH_HEX];
            memcpy(&path, (const char *)instance->options + option->offset, sizeof path);
            if (path != NULL) {
                if (axf_hash_folder(hashes, path, &hash) != AXF_OK) {
                    AXF_TRY(axf_hash_file(hashes, path, &hash));
                }
                axf_hash_hex(hash, text);
                axf_strbuf_printf(key, "%s %s\n", option->name, text);
            } else if (option->type == AXF_OPT_WEIGHTS) {
                axf_strbuf_printf(key, "%s random, seed %llu\n", option->name, (unsigned long long)experiment->seed);
            }
        }
    }
    axf_strbuf_printf(key, "precision %d backend %s\n", experiment->top.precision, backend->name(backend_self));
    return AXF_OK;
}

/* The tower built for extraction alone. */
typedef struct tower {
    axf_model *model;
    const axf_backend *backend;
    void *backend_self;
    axf_params params, kept; /* the model's own are put aside meanwhile */
    axf_tape *tape;
} tower;

static axf_status tower_build(tower *t)
{
    axf_model *model = t->model;
    axf_instance *instance = model->experiment->image.instance;
    const axf_image_encoder *encoder = instance->vtable;
    t->kept = model->params;
    model->backend = t->backend;
    model->backend_self = t->backend_self;
    axf_params_init(&model->params, t->backend, t->backend_self,
                    model->experiment->top.precision == AXF_SETTING_F64 ? AXF_F64 : AXF_F32);
    instance->params = &model->params;
    AXF_TRY(axf_instance_context(
        instance, encoder->declare(&instance->host, instance->options, model->image_wanted, &instance->self)));
    instance->params = NULL;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        instance->declared[i]->trained = 0;
    }
    AXF_TRY(axf_params_allocate(&model->params));
    axf_weights_summary summary;
    AXF_TRY(axf_weights_load(model, instance, &summary));
    const axf_tape_settings settings = {.seed = model->experiment->seed};
    return axf_tape_new(t->backend, t->backend_self, &model->params, &settings, &t->tape);
}

static void tower_free(tower *t)
{
    axf_instance *instance = t->model->experiment->image.instance;
    axf_tape_free(t->tape);
    if (instance->self != NULL) {
        ((const axf_image_encoder *)instance->vtable)->destroy(instance->self);
        instance->self = NULL;
    }
    instance->params = NULL;
    instance->declared_count = 0;
    instance->rule_count = 0;
    instance->weights_folder = NULL;
    axf_params_free(&t->model->params);
    t->model->params = t->kept;
}

static axf_status copy_wanted(tower *t, const axf_state *state, const char *name, size_t values, float *batch,
                              size_t record, size_t at)
{
    if (values == 0) {
        return AXF_OK;
    }
    const axf_tensor *tensor = axf_state_find(state, name);
    if (tensor == NULL || (size_t)axf_tensor_elements(tensor) < values * EXTRACT_BATCH) {
        return axf_fail(AXF_ERR_PLUGIN, "image encoder: '%s' is missing or smaller than its facts say", name);
    }
    float *all = axf_alloc((size_t)axf_tensor_elements(tensor) * sizeof *all);
    const axf_status status = axf_tape_read(t->tape, tensor, all);
    for (size_t b = 0; b < EXTRACT_BATCH; b++) {
        memcpy(batch + b * record + at, all + b * values, values * sizeof *all);
    }
    free(all);
    return status;
}

/* One batch of EXTRACT_BATCH images (the last ones may be copies) to records. */
static axf_status tower_run(tower *t, const float *pixels, float *records)
{
    const axf_model *model = t->model;
    const axf_image_facts *facts = &model->image_facts;
    const int32_t h = facts->recipe.out_height, w = facts->recipe.out_width;
    int32_t slots[EXTRACT_BATCH], height[EXTRACT_BATCH], width[EXTRACT_BATCH];
    int64_t offset[EXTRACT_BATCH + 1];
    for (int32_t b = 0; b <= EXTRACT_BATCH; b++) {
        offset[b] = (int64_t)b * 3 * h * w;
        if (b < EXTRACT_BATCH) {
            slots[b] = b;
            height[b] = h;
            width[b] = w;
        }
    }
    const axf_batch batch = {.posts = EXTRACT_BATCH,
                             .batch_posts = EXTRACT_BATCH,
                             .slots = slots,
                             .pixels = pixels,
                             .height = height,
                             .width = width,
                             .pixel_offset = offset};
    axf_state state;
    axf_tape_begin(t->tape, 0, 0);
    axf_status status = axf_model_encode_images(t->model, t->tape, &batch, &state);
    const size_t rows = model->image_wanted & AXF_WANT_ROWS ? (size_t)facts->rows * (size_t)facts->width : 0;
    const size_t first = model->image_wanted & AXF_WANT_FIRST ? (size_t)facts->width : 0;
    const size_t pooled = model->image_wanted & AXF_WANT_POOLED ? (size_t)facts->pooled_width : 0;
    const size_t record = rows + first + pooled;
    if (status == AXF_OK) {
        status = copy_wanted(t, &state, "rows", rows, records, record, 0);
    }
    if (status == AXF_OK) {
        status = copy_wanted(t, &state, "first", first, records, record, rows);
    }
    if (status == AXF_OK) {
        status = copy_wanted(t, &state, "pooled", pooled, records, record, rows + first);
    }
    axf_tape_end(t->tape);
    return status;
}

typedef struct extraction {
    tower tower;
    const axf_posts *posts;
    axf_feature_store *store;
    const axf_hash128 *hash;
    float *pixels, *records;
    int32_t filled, post[EXTRACT_BATCH];
    size_t pixel_values, record_values;
    int built;
} extraction;

static axf_status flush(extraction *e)
{
    if (e->filled == 0) {
        return AXF_OK;
    }
    if (!e->built) {
        e->built = 1;
        AXF_TRY(tower_build(&e->tower));
    }
    for (int32_t b = e->filled; b < EXTRACT_BATCH; b++) {
        memcpy(e->pixels + (size_t)b * e->pixel_values, e->pixels, e->pixel_values * sizeof *e->pixels);
    }
    AXF_TRY(tower_run(&e->tower, e->pixels, e->records));
    AXF_TRY(axf_features_lock(e->store));
    axf_status status = AXF_OK;
    for (int32_t b = 0; b < e->filled && status == AXF_OK; b++) {
        status = axf_features_append(e->store, e->hash[e->post[b]], e->records + (size_t)b * e->record_values);
    }
    const axf_status unlocked = axf_features_unlock(e->store);
    e->filled = 0;
    return status != AXF_OK ? status : unlocked;
}

/* What data.on_bad_image says about a post whose image cannot be read. */
static axf_status bad_image(const axf_model *model, const axf_record *record, const char *message, uint8_t *keep,
                            axf_extract_report *report)
{
    const int32_t policy = model->experiment->data.on_bad_image;
    const char *why = record->image != NULL ? message : "the post has no image";
    if (policy == AXF_BAD_IMAGE_ERROR) {
        return axf_fail(AXF_ERR_DATA, "%s:%lld: post %s: %s (data.on_bad_image: skip or blank goes on without it)",
                        record->file, (long long)record->line, record->id, why);
    }
    axf_log(AXF_LOG_WARNING, "post %s: %s: %s", record->id, why,
            policy == AXF_BAD_IMAGE_SKIP ? "left out" : "a blank image instead");
    report->bad++;
    report->blanks += policy == AXF_BAD_IMAGE_BLANK;
    *keep = policy == AXF_BAD_IMAGE_BLANK;
    return AXF_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Decodes and encodes the listed posts; a bad one is settled as it comes. */
static axf_status extract_missing(extraction *e, const axf_prefetch_item *items, size_t count, int32_t threads,
                                  uint8_t *keep, uint8_t *blank, axf_extract_report *report)
{
    const axf_model *model = e->tower.model;
    axf_prefetch *prefetch;
    axf_progress progress;
    axf_progress_begin(&progress, "image features", "images", 0, count);
    AXF_TRY(axf_prefetch_start(e->posts->facts.image_root, &model->image_facts.recipe, items, count, threads,
                               4 * threads + EXTRACT_BATCH, &prefetch));
    axf_prefetch_result result;
    axf_status status = AXF_OK;
    size_t done = 0;
    while (status == AXF_OK && axf_prefetch_next(prefetch, &result)) {
        axf_progress_update(&progress, ++done);
        const int32_t post = (int32_t)result.post;
        if (result.status != AXF_OK) {
            status = bad_image(model, &e->posts->items[post], result.message, &keep[post], report);
            blank[post] = 1;
            continue;
        }
        memcpy(e->pixels + (size_t)e->filled * e->pixel_values, result.pixels, e->pixel_values * sizeof *e->pixels);
        e->post[e->filled++] = post;
        status = e->filled == EXTRACT_BATCH ? flush(e) : AXF_OK;
        if (axf_interrupted && status == AXF_OK) {
            status =
                axf_fail(AXF_ERR_INTERRUPTED, "interrupted; the same command goes on with the images that are left");
        }
    }
    axf_prefetch_stop(prefetch);
    axf_progress_end(&progress);
    return status == AXF_OK ? flush(e) : status;
}

axf_status axf_extract(axf_model *model, const axf_backend *backend, void *backend_self, const axf_posts *posts,
                       axf_hash_cache *hashes, int32_t threads, axf_feature_store **store, int64_t *record,
                       uint8_t *keep, axf_extract_report *report)
{
    const double begin = now();
    *report = (axf_extract_report){.images = posts->count};
    axf_strbuf key = {0};
    const axf_settings_cache *cache = &model->experiment->cache;
    char *folder = cache->folder != NULL ? axf_copy(cache->folder) : axf_features_default_folder();
    extraction e = {.tower = {.model = model, .backend = backend, .backend_self = backend_self}, .posts = posts};
    e.record_values = axf_extract_values(model);
    e.pixel_values = 3 * (size_t)model->image_facts.recipe.out_height * (size_t)model->image_facts.recipe.out_width;
    e.pixels = axf_alloc(EXTRACT_BATCH * e.pixel_values * sizeof *e.pixels);
    e.records = axf_alloc(EXTRACT_BATCH * e.record_values * sizeof *e.records);
    axf_hash128 *hash = axf_alloc_zero((size_t)posts->count, sizeof *hash);
    uint8_t *blank = axf_alloc_zero((size_t)posts->count, 1);
    axf_prefetch_item *items = axf_alloc((size_t)posts->count * sizeof *items);
    size_t missing = 0;
    e.hash = hash;
    const int half = model->experiment->top.precision == AXF_SETTING_BF16;
    axf_status status = store_key(model, backend, backend_self, hashes, &key);
    if (status == AXF_OK) {
        status = axf_features_open(folder, axf_strbuf_text(&key), e.record_values, half, store);
    }
    e.store = *store;
    for (int32_t i = 0; i < posts->count && status == AXF_OK; i++) {
        const axf_record *post = &posts->items[i];
        if (post->image == NULL || posts->facts.image_root == NULL ||
            axf_image_hash(hashes, posts->facts.image_root, post->image, &hash[i]) != AXF_OK) {
            blank[i] = 1;
            status = bad_image(model, post, axf_error_message(), &keep[i], report);
        } else if (axf_features_find(*store, hash[i]) < 0) {
            items[missing++] = (axf_prefetch_item){i, post->image};
        } else {
            report->cached++;
        }
    }
    if (status == AXF_OK && missing > 0) {
        status = extract_missing(&e, items, missing, threads, keep, blank, report);
    }
    for (int32_t i = 0; i < posts->count && status == AXF_OK; i++) {
        record[i] = blank[i] ? -1 : axf_features_find(*store, hash[i]);
    }
    if (e.built) {
        tower_free(&e.tower);
    }
    report->seconds = now() - begin;
    report->bytes = (uint64_t)posts->count * axf_features_record_bytes(e.record_values, half);
    free(items);
    free(blank);
    free(hash);
    free(e.pixels);
    free(e.records);
    free(folder);
    axf_strbuf_free(&key);
    return status;
}

axf_status axf_check_images(const axf_model *model, const axf_posts *posts, int32_t threads, uint8_t *keep,
                            axf_extract_report *report)
{
    *report = (axf_extract_report){.images = posts->count};
    axf_prefetch_item *items = axf_alloc((size_t)posts->count * sizeof *items);
    for (int32_t i = 0; i < posts->count; i++) {
        items[i] = (axf_prefetch_item){i, posts->items[i].image != NULL ? posts->items[i].image : ""};
    }
    axf_prefetch *prefetch;
    axf_status status =
        axf_prefetch_start(posts->facts.image_root != NULL ? posts->facts.image_root : ".", &model->image_facts.recipe,
                           items, (size_t)posts->count, threads, 4 * threads + EXTRACT_BATCH, &prefetch);
    free(items);
    if (status != AXF_OK) {
        return status;
    }
    axf_prefetch_result result;
    while (status == AXF_OK && axf_prefetch_next(prefetch, &result)) {
        if (result.status != AXF_OK) {
            status = bad_image(model, &posts->items[result.post], result.message, &keep[result.post], report);
            posts->items[result.post].blank = keep[result.post];
        }
    }
    axf_prefetch_stop(prefetch);
    return status;
}
