#include "train/build.h"

#include "core/log.h"
#include "features/extract.h"
#include "features/image_check.h"
#include "features/tower.h"
#include "model/declare.h"
#include "model/describe.h"
#include "model/load_weights.h"

#include <stdlib.h>
#include <string.h>

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
    const double bytes = (double)bench->posts.count * (double)axf_features_bytes(model);
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

static axf_status extract(axf_workbench *bench, axf_tower *tower, axf_feature_set *set)
{
    axf_posts *posts = &bench->posts;
    axf_features_report *report = &bench->extract;
    uint8_t *keep = axf_alloc((size_t)posts->count);
    memset(keep, 1, (size_t)posts->count);
    const axf_status status = axf_features_extract(tower, posts, bench->hashes, bench->threads, set, keep, report);
    if (status == AXF_OK) {
        leave_out(posts, keep, set);
    }
    free(keep);
    if (status == AXF_OK && report->images > report->cached) {
        axf_log(AXF_LOG_INFO, "image features: %lld computed in %.1f s, %lld were cached",
                (long long)(report->images - report->cached), report->seconds, (long long)report->cached);
    }
    return status;
}

/* *cached 1: the model does without the image encoder, since all features are at hand: `set` gets them, unless in a dry
 * run. A tower with new layers, which its checkpoint lacks and which are trained, must stay in the model. */
static axf_status find_features(axf_workbench *bench, int dry_run, axf_feature_set *set, int *cached)
{
    axf_tower tower;
    *cached = 0;
    if (!cacheable(bench)) {
        return AXF_OK;
    }
    axf_status status = axf_tower_declare(&tower, &bench->model, bench->backend, bench->backend_self);
    *cached = status == AXF_OK && tower.trained_params == 0;
    if (*cached && !dry_run) {
        status = extract(bench, &tower, set);
    }
    axf_tower_free(&tower);
    return status;
}

static axf_status build(axf_workbench *bench, int dry_run, axf_feature_set *set, int *cached)
{
    axf_model *model = &bench->model;
    AXF_TRY(find_features(bench, dry_run, set, cached)); /* before the model is declared, since posts may leave */
    AXF_TRY(axf_model_declare(model, bench->backend, bench->backend_self, !*cached));
    if (!dry_run && !*cached) {
        AXF_TRY(axf_image_check(model, &bench->posts, bench->threads));
    }
    if (!dry_run) {
        AXF_TRY(axf_model_load(model));
    }
    return axf_feed_open(&bench->feed, model, &bench->posts, bench->threads);
}

axf_status axf_train_build(axf_workbench *bench, int dry_run)
{
    const axf_dataset_facts *facts = &bench->posts.facts;
    axf_feature_set set = {0};
    int cached;
    AXF_TRY(axf_model_describe(&bench->model, &bench->experiment, facts->classes, facts->target == AXF_TARGET_LABELS));
    AXF_TRY(axf_model_check_columns(&bench->model, facts));
    const axf_status status = build(bench, dry_run, &set, &cached);
    if (status == AXF_OK && cached && !dry_run) {
        axf_feed_use_features(&bench->feed, &set);
    } else {
        axf_feature_set_free(&set);
    }
    return status;
}
