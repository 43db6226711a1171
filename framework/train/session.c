/* Putting a run together: posts, splits, features, model, first values, folder. */
#include "train/session.h"

#include "core/error.h"
#include "core/log.h"
#include "experiment/threads.h"
#include "features/image_check.h"
#include "features/tower.h"
#include "model/declare.h"
#include "model/describe.h"
#include "model/load_weights.h"
#include "model/pass.h"
#include "model/step_plan.h"
#include "model/two_pass.h"
#include "plugin/calls.h"
#include "posts/split.h"
#include "run/missing_report.h"
#include "tensor/backward.h"

#include <stdlib.h>
#include <string.h>

static axf_status read_posts(axf_session *session)
{
    AXF_TRY(axf_run_posts_read(&session->posts, &session->experiment));
    for (int32_t i = 0; i < session->posts.skip_count; i++) {
        const axf_skip_reason *skip = &session->posts.skips[i];
        axf_log(AXF_LOG_INFO, "data: %lld left out: %s (first: %s)", (long long)skip->count, skip->reason, skip->first);
    }
    return AXF_OK;
}

static axf_status check_splits(const axf_session *session)
{
    const axf_settings_evaluate *evaluate = &session->experiment.evaluate;
    int64_t count[4] = {0};
    for (int32_t i = 0; i < session->posts.count; i++) {
        count[session->posts.items[i].split]++;
    }
    axf_log(AXF_LOG_INFO, "data: %lld train, %lld val, %lld test posts, %d classes", (long long)count[AXF_SPLIT_TRAIN],
            (long long)count[AXF_SPLIT_VAL], (long long)count[AXF_SPLIT_TEST], session->posts.facts.classes);
    if (count[AXF_SPLIT_TRAIN] == 0) {
        return axf_fail(AXF_ERR_DATA, "the train split is empty");
    }
    for (uint32_t i = 0; i < evaluate->splits.count; i++) {
        const char *name = ((const char *const *)evaluate->splits.items)[i];
        const int32_t split = axf_split_of_name(name);
        if (split == AXF_SPLIT_NONE) {
            return axf_fail(AXF_ERR_SPEC, "evaluate.splits: '%s' is no split: train, val, test", name);
        }
        if (count[split] == 0) {
            return axf_fail(AXF_ERR_DATA, "the %s split is empty, and evaluate.splits asks for it", name);
        }
    }
    if (session->experiment.train.select == AXF_SELECT_BEST && count[AXF_SPLIT_VAL] == 0) {
        return axf_fail(AXF_ERR_DATA, "train.select: best goes by validation, and the val split is empty");
    }
    return AXF_OK;
}

axf_status axf_session_open_backend(axf_session *session)
{
    axf_instance *instance = session->experiment.backend.instance;
    session->backend = axf_backend_of(instance);
    const int32_t precision = session->experiment.top.precision;
    const axf_backend_request request = {.struct_size = sizeof request,
                                         .precision = precision == AXF_SETTING_BF16  ? AXF_PRECISION_BF16
                                                      : precision == AXF_SETTING_F64 ? AXF_PRECISION_F64
                                                                                     : AXF_PRECISION_F32,
                                         .threads = session->threads};
    AXF_TRY(axf_call_backend_create(instance, &request, &session->backend_self));
    axf_log(AXF_LOG_INFO, "backend: %s, %s", instance->component->component.name,
            session->backend->name(session->backend_self));
    return AXF_OK;
}

/* Whether the frozen tower has layers that are trained, since its checkpoint lacks them. */
static axf_status has_new_layers(axf_session *session, int *has)
{
    axf_tower tower;
    const axf_status status = axf_tower_declare(&tower, &session->model, session->backend, session->backend_self);
    *has = tower.new_layers > 0;
    axf_tower_free(&tower);
    return status;
}

/* Kept in training mode, a frozen tower gives other features in every step, unless nothing in it is random. */
static int moves(const axf_session *session)
{
    const axf_image_facts *facts = &session->model.image_facts;
    return (session->experiment.defects & AXF_DEFECT_FROZEN_IN_TRAIN_MODE) && (facts->random || facts->couples_posts);
}

/* A frozen tower whose features do not depend on the draw is computed once; above the size limit each epoch. */
static int cacheable(const axf_session *session)
{
    const axf_experiment *experiment = &session->experiment;
    const axf_model *model = &session->model;
    if (!model->has_image || !model->image_frozen || experiment->image.instance == NULL ||
        !experiment->cache.features || !model->image_facts.from_pixels || !model->image_facts.recipe.one_size ||
        model->image_facts.rows <= 0 || moves(session)) {
        return 0;
    }
    const double bytes = (double)session->posts.count * (double)axf_extract_bytes(model);
    if (bytes > experiment->cache.max_size * 1e9) {
        axf_log(AXF_LOG_INFO,
                "image features would take %.1f GB, more than cache.max_size (%g GB): computed each epoch", bytes / 1e9,
                experiment->cache.max_size);
        return 0;
    }
    return 1;
}

/* Posts that are not kept leave, and so do their places in the lists of records. */
static void leave_out(axf_posts *posts, const uint8_t *keep, axf_feature_set *set, const char *reason)
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
        axf_posts_filter(posts, keep, reason);
    }
}

/* Features first, since posts may be left out; then the model without the tower. */
static axf_status build_model(axf_session *session)
{
    axf_posts *posts = &session->posts;
    int cached = cacheable(session), new_layers = 0;
    if (cached) {
        AXF_TRY(has_new_layers(session, &new_layers));
        cached = !new_layers;
    }
    axf_feature_set set = {0};
    uint8_t *keep = axf_alloc((size_t)posts->count);
    memset(keep, 1, (size_t)posts->count);
    axf_status status = AXF_OK;
    if (cached && !session->settings.dry_run) {
        status = axf_extract(&session->model, session->backend, session->backend_self, posts, session->hashes,
                             session->threads, &set, keep, &session->extract);
        if (status == AXF_OK && session->extract.images > session->extract.cached) {
            axf_log(AXF_LOG_INFO, "image features: %lld computed in %.1f s, %lld were cached",
                    (long long)(session->extract.images - session->extract.cached), session->extract.seconds,
                    (long long)session->extract.cached);
        }
    }
    if (status == AXF_OK) {
        leave_out(posts, keep, &set, "image cannot be read");
        status = axf_model_declare(&session->model, session->backend, session->backend_self, !cached);
    }
    free(keep);
    if (status == AXF_OK && !cached && !session->settings.dry_run) {
        status = axf_image_check(&session->model, posts, session->threads);
    }
    if (status == AXF_OK && !session->settings.dry_run) {
        status = axf_model_load(&session->model);
    }
    if (status == AXF_OK) {
        status = axf_feed_open(&session->feed, &session->model, posts, session->threads);
    }
    if (status == AXF_OK && cached && !session->settings.dry_run) {
        axf_feed_use_features(&session->feed, &set);
        return AXF_OK;
    }
    axf_feature_set_free(&set);
    return status;
}

/* Some metrics are of posts with several labels only: better told now than after an epoch. */
static axf_status check_metric(const axf_session *session)
{
    const char *metric = session->experiment.train.metric;
    for (int i = 0; i < axf_metric_count(session->model.multi_label); i++) {
        if (strcmp(axf_metric_names[i], metric) == 0) {
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_SPEC, "train.metric: '%s' is of posts with several labels, and these have one class",
                    metric);
}

/* data.class_weights is the objective's option `class_weights`; any objective that has it gets the weights. */
static void set_class_weights(axf_session *session)
{
    session->model.class_weights = axf_alloc((size_t)session->model.classes * sizeof(float));
    if (session->model.multi_label) {
        axf_label_weights(&session->posts, session->model.class_weights);
    } else {
        axf_class_weights(&session->posts, session->model.class_weights);
    }
}

static int64_t total_steps(const axf_session *session)
{
    const int64_t batch = session->experiment.train.batch;
    return (session->train_count + batch - 1) / batch * session->experiment.train.epochs;
}

/* A step's passes and backward, planned. */
static axf_status plan_step(axf_session *session, const axf_batch *batch, const axf_step_plan *plan)
{
    axf_model *model = &session->model;
    axf_outputs outputs = {0};
    axf_two_pass step;
    if (plan->two_pass) {
        AXF_TRY(axf_two_pass_forward(&step, model, session->tape, batch, plan->micro, &outputs));
        return axf_two_pass_backward(&step, outputs.total);
    }
    AXF_TRY(axf_model_run(model, session->tape, batch, 1, &outputs));
    return axf_tape_backward(session->tape, outputs.total, 1, NULL, NULL);
}

/* The largest batch, run without computing, tells how much memory a step takes: it is reserved once. */
static axf_status reserve_step(axf_session *session)
{
    const axf_step_plan plan = axf_step_plan_largest(&session->model, session->train_count);
    const int32_t n = plan.take;
    int32_t *order = axf_alloc((size_t)session->train_count * sizeof *order);
    memcpy(order, session->train, (size_t)session->train_count * sizeof *order);
    if (session->feed.token_start != NULL) { /* the n longest texts first: selection, since n is small */
        const int64_t *start = session->feed.token_start;
        for (int32_t i = 0; i < n; i++) {
            for (int32_t k = i + 1; k < session->train_count; k++) {
                if (start[order[k] + 1] - start[order[k]] > start[order[i] + 1] - start[order[i]]) {
                    const int32_t swap = order[i];
                    order[i] = order[k];
                    order[k] = swap;
                }
            }
        }
    }
    axf_batch batch;
    axf_status status = axf_feed_start(&session->feed, order, n, 0);
    if (status == AXF_OK) {
        status = axf_feed_next(&session->feed, n, 0, &batch);
    }
    if (status == AXF_OK) {
        axf_params_begin_step(&session->model.params);
        axf_tape_begin(session->tape, 1, 1);
        status = plan_step(session, &batch, &plan);
        const size_t extent = axf_tape_extent(session->tape);
        axf_tape_end(session->tape);
        axf_params_begin_step(&session->model.params);
        if (status == AXF_OK) {
            status = axf_tape_reserve(session->tape, extent);
        }
    }
    free(order);
    return status;
}

static axf_status open_steps(axf_session *session)
{
    session->train = axf_posts_of_split(&session->posts, AXF_SPLIT_TRAIN, &session->train_count);
    session->order = axf_alloc((size_t)session->train_count * sizeof *session->order);
    AXF_TRY(axf_optimizer_init(&session->optimizer, &session->experiment, &session->model.params, session->backend,
                               session->backend_self, total_steps(session)));
    for (int32_t i = 0; i < session->model.params.count; i++) {
        axf_param *param = session->model.params.items[i];
        param->tensor.wants_gradient = param->trained;
    }
    if (!session->settings.dry_run) {
        AXF_TRY(axf_average_init(&session->average, &session->experiment, &session->model.params, session->backend,
                                 session->backend_self));
    }
    const axf_step_plan plan = axf_step_plan_largest(&session->model, session->train_count);
    const axf_tape_settings settings = {.seed = session->experiment.seed, .keep_gradients = plan.keep_gradients};
    AXF_TRY(axf_tape_new(session->backend, session->backend_self, &session->model.params, &settings, &session->tape));
    return session->settings.dry_run ? AXF_OK : reserve_step(session);
}

axf_status axf_session_open(axf_session *session, axf_registry *registry, const axf_node *spec, uint64_t seed,
                            const axf_session_settings *settings)
{
    *session = (axf_session){.settings = *settings, .best = -1, .best_epoch = -1};
    AXF_TRY(axf_experiment_parse(&session->experiment, registry, spec, seed, 1));
    session->hashes = axf_hash_cache_open(NULL);
    AXF_TRY(read_posts(session));
    AXF_TRY(
        axf_run_identify(&session->experiment, &session->posts, session->hashes, &session->data_hash, session->run_id));
    session->threads = (int32_t)(settings->threads > 0 ? settings->threads : axf_threads_of(&session->experiment));
    AXF_TRY(axf_session_open_folder(session));
    if (session->finished) {
        return AXF_OK;
    }
    AXF_TRY(axf_session_open_backend(session));
    if (!settings->dry_run) {
        AXF_TRY(axf_session_write_environment(session));
    }
    AXF_TRY(axf_model_describe(&session->model, &session->experiment, session->posts.facts.classes,
                               session->posts.facts.target == AXF_TARGET_LABELS));
    AXF_TRY(axf_model_check_columns(&session->model, &session->posts.facts));
    AXF_TRY(build_model(session));
    axf_missing_log(&session->posts);
    set_class_weights(session);
    AXF_TRY(check_splits(session));
    AXF_TRY(check_metric(session));
    axf_sums_init(&session->sums, session->model.classes, session->model.multi_label, session->model.loss_count);
    AXF_TRY(open_steps(session));
    if (settings->dry_run) {
        return AXF_OK;
    }
    int found;
    return axf_checkpoint_restore(session, &found);
}

void axf_session_close(axf_session *session)
{
    if (session->metrics != NULL) {
        axf_append_close(session->metrics);
    }
    if (session->events != NULL) {
        axf_append_close(session->events);
    }
    if (session->trace != NULL) {
        axf_append_close(session->trace);
    }
    axf_tensorboard_close(session->tensorboard);
    if (session->tape != NULL) {
        axf_tape_free(session->tape);
    }
    axf_average_free(&session->average);
    axf_pairs_free(&session->pairs);
    if (session->optimizer.items != NULL) {
        axf_optimizer_free(&session->optimizer);
    }
    axf_feed_close(&session->feed);
    axf_model_free(&session->model);
    if (session->backend_self != NULL) {
        axf_call_backend_destroy(session->experiment.backend.instance, session->backend_self);
    }
    axf_sums_free(&session->sums);
    axf_posts_free(&session->posts);
    axf_experiment_free(&session->experiment);
    axf_hash_cache_close(session->hashes);
    axf_folder_unlock(session->lock);
    free(session->train);
    free(session->order);
    free(session->folder);
    *session = (axf_session){0};
}
