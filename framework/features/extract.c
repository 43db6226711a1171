#include "features/extract.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "experiment/identity.h"
#include "features/list.h"
#include "features/tower.h"
#include "images/image_hash.h"
#include "images/prefetch.h"
#include "model/image_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_half(const axf_model *model)
{
    return model->experiment->top.precision == AXF_SETTING_BF16;
}

size_t axf_features_bytes(const axf_model *model)
{
    size_t bytes = 0;
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        if (model->image_wanted & axf_feature_bit(kind)) {
            bytes += axf_features_record_bytes(axf_feature_values(&model->image_facts, kind), is_half(model));
        }
    }
    return bytes;
}

/* The text that names all that the features depend on, except for their kind. */
static axf_status store_key(const axf_tower *tower, axf_hash_cache *hashes, axf_strbuf *key)
{
    const axf_model *model = tower->model;
    const axf_experiment *experiment = model->experiment;
    const axf_pixel_recipe *r = &model->image_facts.recipe;
    axf_strbuf_puts(key, "image encoder ");
    AXF_TRY(axf_identity_component(experiment->image.instance, hashes, key));
    axf_strbuf_printf(key, "recipe %d %d %d %d %d %d %d %d %d %d %a %a %a %a %a %a %a\n", r->resize, r->filter,
                      r->height, r->width, r->short_side, r->long_cap, r->multiple, r->crop, r->crop_height,
                      r->crop_width, (double)r->divisor, (double)r->mean[0], (double)r->mean[1], (double)r->mean[2],
                      (double)r->std[0], (double)r->std[1], (double)r->std[2]);
    if (tower->new_params > 0) {
        axf_strbuf_printf(key, "%d parameters drawn with seed %llu\n", tower->new_params,
                          (unsigned long long)experiment->seed);
    }
    axf_strbuf_printf(key, "precision %d backend version %s, %s\n", experiment->top.precision,
                      experiment->backend.instance->component->component.version,
                      tower->backend->name(tower->backend_self));
    return AXF_OK;
}

typedef struct extraction {
    axf_tower *tower;
    axf_posts *posts;
    axf_feature_set *set; /* the kinds that the model reads */
    axf_feature_store
        *store[AXF_FEATURE_KINDS]; /* those of the set, and those of vectors that the tower gives anyway */
    float *records[AXF_FEATURE_KINDS];
    axf_hash128 *hash;
    uint8_t *blank;
    float *pixels;
    size_t pixel_values;
    int32_t filled, post[AXF_TOWER_BATCH];
} extraction;

/* Opens a store for each kind that the model reads, and for vectors that the tower gives anyway: a model with another
 * fusion may read them later. */
static axf_status open_stores(extraction *e, axf_hash_cache *hashes)
{
    const axf_model *model = e->tower->model;
    const axf_settings_cache *cache = &model->experiment->cache;
    char *folder = cache->folder != NULL ? axf_copy(cache->folder) : axf_features_default_folder();
    axf_strbuf key = {0};
    axf_status status = store_key(e->tower, hashes, &key);
    for (int kind = 0; kind < AXF_FEATURE_KINDS && status == AXF_OK; kind++) {
        const int read = (e->tower->model_wanted & axf_feature_bit(kind)) != 0;
        if (!read && (kind == AXF_FEATURE_ROWS || !(e->tower->wanted & axf_feature_bit(kind)))) {
            continue;
        }
        axf_strbuf own = {0};
        const size_t values = axf_feature_values(&model->image_facts, kind);
        axf_strbuf_printf(&own, "%s, %zu values, of %s", axf_feature_names[kind], values, axf_strbuf_text(&key));
        status = axf_features_open(folder, axf_strbuf_text(&own), values, is_half(model), &e->store[kind]);
        axf_strbuf_free(&own);
        e->records[kind] = axf_alloc(AXF_TOWER_BATCH * values * sizeof(float));
        if (read) {
            e->set->store[kind] = e->store[kind];
            e->set->record[kind] = axf_alloc((size_t)e->posts->count * sizeof(int64_t));
        }
    }
    axf_strbuf_free(&key);
    free(folder);
    return status;
}

static void close_stores(extraction *e)
{
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        if (e->set->store[kind] == NULL) {
            axf_features_close(e->store[kind]);
        }
        free(e->records[kind]);
    }
    free(e->hash);
    free(e->blank);
    free(e->pixels);
}

static axf_status keep_records(extraction *e, int kind)
{
    const size_t values = axf_feature_values(&e->tower->model->image_facts, kind);
    AXF_TRY(axf_features_lock(e->store[kind]));
    axf_status status = AXF_OK;
    for (int32_t b = 0; b < e->filled && status == AXF_OK; b++) {
        status = axf_features_append(e->store[kind], e->hash[e->post[b]], e->records[kind] + (size_t)b * values);
    }
    const axf_status unlocked = axf_features_unlock(e->store[kind]);
    return status != AXF_OK ? status : unlocked;
}

static axf_status flush(extraction *e)
{
    if (e->filled == 0) {
        return AXF_OK;
    }
    for (int32_t b = e->filled; b < AXF_TOWER_BATCH; b++) {
        memcpy(e->pixels + (size_t)b * e->pixel_values, e->pixels, e->pixel_values * sizeof *e->pixels);
    }
    AXF_TRY(axf_tower_run(e->tower, e->pixels, e->records));
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        if (e->store[kind] != NULL) {
            AXF_TRY(keep_records(e, kind));
        }
    }
    e->filled = 0;
    return AXF_OK;
}

/* Decodes the images of the listed posts and computes their features. The image policy decides about a bad image when it
 * is met. */
static axf_status compute_listed(extraction *e, const axf_prefetch_item *items, size_t count, int32_t threads,
                                 uint8_t *keep)
{
    const axf_model *model = e->tower->model;
    axf_prefetch *prefetch;
    AXF_TRY(axf_prefetch_start(e->posts->facts.image_root, &model->image_facts.recipe, items, count, threads,
                               4 * threads + AXF_TOWER_BATCH, &prefetch));
    axf_progress progress;
    axf_progress_begin(&progress, "image features", "images", 0, count);
    axf_prefetch_result result;
    axf_status status = AXF_OK;
    size_t done = 0;
    while (status == AXF_OK && axf_prefetch_next(prefetch, &result)) {
        axf_progress_update(&progress, ++done);
        const int32_t post = (int32_t)result.post;
        if (result.status != AXF_OK) {
            status = axf_image_policy_decide(model, e->posts, &e->posts->items[post], result.message, &keep[post]);
            e->blank[post] = 1;
            continue;
        }
        memcpy(e->pixels + (size_t)e->filled * e->pixel_values, result.pixels, e->pixel_values * sizeof *e->pixels);
        e->post[e->filled++] = post;
        status = e->filled == AXF_TOWER_BATCH ? flush(e) : AXF_OK;
        if (axf_interrupt_requested() && status == AXF_OK) {
            status =
                axf_fail(AXF_ERR_INTERRUPTED, "interrupted; the same command goes on with the images that are left");
        }
    }
    axf_prefetch_stop(prefetch);
    axf_progress_end(&progress);
    return status == AXF_OK ? flush(e) : status;
}

/* 1: a store that is read does not have the features of the post's image. */
static int lacks_features(const extraction *e, int32_t post)
{
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        if (e->set->store[kind] != NULL && axf_features_find(e->set->store[kind], e->hash[post]) < 0) {
            return 1;
        }
    }
    return 0;
}

static axf_status find_or_extract(extraction *e, axf_hash_cache *hashes, int32_t threads, uint8_t *keep,
                                  axf_features_report *report)
{
    axf_posts *posts = e->posts;
    axf_prefetch_item *items = axf_alloc((size_t)posts->count * sizeof *items);
    size_t listed = 0;
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < posts->count && status == AXF_OK; i++) {
        axf_record *post = &posts->items[i];
        if (post->image == NULL || posts->facts.image_root == NULL ||
            axf_image_hash(hashes, posts->facts.image_root, post->image, &e->hash[i]) != AXF_OK) {
            e->blank[i] = 1;
            status = axf_image_policy_decide(e->tower->model, posts, post, axf_error_message(), &keep[i]);
        } else if (lacks_features(e, i)) {
            items[listed++] = (axf_prefetch_item){i, post->image};
        } else {
            report->cached++;
        }
    }
    if (status == AXF_OK && listed > 0) {
        status = compute_listed(e, items, listed, threads, keep);
    }
    free(items);
    return status;
}

/* The pixels of a blank image, and the hash that its features are found by. */
static axf_status blank_image(const extraction *e, axf_hash_cache *hashes, float *pixels, axf_hash128 *hash)
{
    const char *picture = e->tower->model->experiment->data.empty_image;
    axf_image_blank blank = {0};
    if (picture == NULL) {
        static const char name[] = "pixels of zeros";
        *hash = axf_hash_bytes(name, sizeof name);
    } else {
        AXF_TRY(axf_hash_file(hashes, picture, hash));
    }
    const axf_status status = axf_image_blank_make(e->tower->model, AXF_BLANK_PICTURE, &blank);
    if (status == AXF_OK && blank.pixels != NULL) {
        memcpy(pixels, blank.pixels, e->pixel_values * sizeof *pixels);
    } else if (status == AXF_OK) {
        memset(pixels, 0, e->pixel_values * sizeof *pixels);
    }
    free(blank.pixels);
    return status;
}

/* Posts that show the blank image have its features, which are computed once, as those of any other image. */
static axf_status extract_blank(extraction *e, axf_hash_cache *hashes)
{
    int32_t first = -1;
    for (int32_t i = 0; i < e->posts->count; i++) {
        if (e->blank[i] && e->posts->items[i].blank == AXF_BLANK_PICTURE) {
            if (first < 0) {
                first = i;
                AXF_TRY(blank_image(e, hashes, e->pixels, &e->hash[i]));
            }
            e->hash[i] = e->hash[first];
            e->blank[i] = 0;
        }
    }
    if (first < 0 || !lacks_features(e, first)) {
        return AXF_OK;
    }
    e->post[e->filled++] = first;
    return flush(e);
}

axf_status axf_features_extract(axf_tower *tower, axf_posts *posts, axf_hash_cache *hashes, int32_t threads,
                                axf_feature_set *set, uint8_t *keep, axf_features_report *report)
{
    const double begin = axf_clock();
    const axf_pixel_recipe *recipe = &tower->model->image_facts.recipe;
    *report = (axf_features_report){.images = posts->count};
    *set = (axf_feature_set){0};
    extraction e = {.tower = tower, .posts = posts, .set = set};
    e.pixel_values = 3 * (size_t)recipe->out_height * (size_t)recipe->out_width;
    e.pixels = axf_alloc(AXF_TOWER_BATCH * e.pixel_values * sizeof *e.pixels);
    e.hash = axf_alloc_zero((size_t)posts->count, sizeof *e.hash);
    e.blank = axf_alloc_zero((size_t)posts->count, 1);
    axf_status status = open_stores(&e, hashes);
    if (status == AXF_OK) {
        status = find_or_extract(&e, hashes, threads, keep, report);
    }
    if (status == AXF_OK) {
        status = extract_blank(&e, hashes);
    }
    for (int kind = 0; kind < AXF_FEATURE_KINDS && status == AXF_OK; kind++) {
        for (int32_t i = 0; set->store[kind] != NULL && i < posts->count; i++) {
            set->record[kind][i] = e.blank[i] ? -1 : axf_features_find(set->store[kind], e.hash[i]);
        }
    }
    close_stores(&e);
    report->seconds = axf_clock() - begin;
    return status;
}
