#include "train/build.h"

#include "core/error.h"
#include "core/log.h"
#include "features/image_check.h"
#include "features/tower.h"
#include "model/declare.h"
#include "model/describe.h"
#include "model/load_weights.h"

#include <stdlib.h>
#include <string.h>

/* Whether the frozen tower has layers that are trained, since its checkpoint lacks them. */
static axf_status has_new_layers(axf_workbench *bench, int *has)
{
    axf_tower tower;
    const axf_status status = axf_tower_declare(&tower, &bench->model, bench->backend, bench->backend_self);
    *has = tower.new_layers > 0;
    axf_tower_free(&tower);
    return status;
}

/* A frozen tower that is kept in training mode gives other features in every step, unless nothing in it is random. */
static int changes_by_step(const axf_workbench *bench)
{
    const axf_image_facts *facts = &bench->model.image_facts;
    return (bench->experiment.defects & AXF_DEFECT_FROZEN_IN_TRAIN_MODE) && (facts->random || facts->couples_posts);
}

/* A frozen tower whose features do not depend on the step is computed once; above the size limit, once an epoch. */
static int cacheable(const axf_workbench *bench)
{
    const axf_experiment *experiment = &bench->experiment;
    const axf_model *model = &bench->model;
    const axf_image_facts *facts = &model->image_facts;
    if (!model->has_image || !model->image_frozen || experiment->image.instance == NULL ||
        !experiment->cache.features || !facts->from_pixels || !facts->recipe.one_size || facts->rows <= 0 ||
        changes_by_step(bench)) {
        return 0;
    }
    const double bytes = (double)bench->posts.count * (double)axf_extract_bytes(model);
    if (bytes > experiment->cache.max_size * 1e9) {
        axf_log(AXF_LOG_INFO,
                "image features would take %.1f GB, more than cache.max_size (%g GB): computed each epoch", bytes / 1e9,
                experiment->cache.max_size);
        return 0;
    }
    return 1;
}

/* Posts that are not kept leave, and so do their places in the lists of records. */
static void leave_out(axf_posts *posts, const uint8_t *keep, axf_feature_set *set)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
            int64_t *record = set->record[kind];
            if (record != NULL && keep[i]) {
                record[kept] = record[i];
            }
        }
        kept += keep[i];
    }
    if (kept < posts->count) {
        axf_posts_filter(posts, keep, "image cannot be read");
    }
}

static axf_status extract(axf_workbench *bench, axf_feature_set *set, uint8_t *keep)
{
    axf_extract_report *report = &bench->extract;
    AXF_TRY(axf_extract(&bench->model, bench->backend, bench->backend_self, &bench->posts, bench->hashes,
                        bench->threads, set, keep, report));
    if (report->images > report->cached) {
        axf_log(AXF_LOG_INFO, "image features: %lld computed in %.1f s, %lld were cached",
                (long long)(report->images - report->cached), report->seconds, (long long)report->cached);
    }
    return AXF_OK;
}

/* With cached features: the model is declared without its tower once it is known which posts stay. */
static axf_status build_on_features(axf_workbench *bench, axf_feature_set *set)
{
    axf_posts *posts = &bench->posts;
    uint8_t *keep = axf_alloc((size_t)posts->count);
    memset(keep, 1, (size_t)posts->count);
    const axf_status status = extract(bench, set, keep);
    if (status == AXF_OK) {
        leave_out(posts, keep, set);
    }
    free(keep);
    AXF_TRY(status);
    return axf_model_declare(&bench->model, bench->backend, bench->backend_self, 0);
}

static axf_status build_with_tower(axf_workbench *bench)
{
    AXF_TRY(axf_model_declare(&bench->model, bench->backend, bench->backend_self, 1));
    return axf_image_check(&bench->model, &bench->posts, bench->threads);
}

/* `set` gets the features where they are cached. */
static axf_status build(axf_workbench *bench, int cached, axf_feature_set *set)
{
    AXF_TRY(cached ? build_on_features(bench, set) : build_with_tower(bench));
    AXF_TRY(axf_model_load(&bench->model));
    return axf_feed_open(&bench->feed, &bench->model, &bench->posts, bench->threads);
}

axf_status axf_train_build(axf_workbench *bench, int dry_run)
{
    axf_posts *posts = &bench->posts;
    axf_model *model = &bench->model;
    int new_layers = 0;
    AXF_TRY(
        axf_model_describe(model, &bench->experiment, posts->facts.classes, posts->facts.target == AXF_TARGET_LABELS));
    AXF_TRY(axf_model_check_columns(model, &posts->facts));
    int cached = cacheable(bench);
    if (cached) {
        AXF_TRY(has_new_layers(bench, &new_layers));
        cached = !new_layers;
    }
    if (dry_run) {
        AXF_TRY(axf_model_declare(model, bench->backend, bench->backend_self, !cached));
        return axf_feed_open(&bench->feed, model, posts, bench->threads);
    }
    axf_feature_set set = {0};
    const axf_status status = build(bench, cached, &set);
    if (status == AXF_OK && cached) {
        axf_feed_use_features(&bench->feed, &set);
        return AXF_OK;
    }
    axf_feature_set_free(&set);
    return status;
}
