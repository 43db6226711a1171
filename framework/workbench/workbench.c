#include "workbench/workbench.h"

#include "core/log.h"
#include "experiment/experiment.h"
#include "experiment/run_posts.h"
#include "experiment/threads.h"
#include "model/declare.h"
#include "model/describe.h"
#include "model/load_weights.h"
#include "plugin/calls.h"

axf_status axf_workbench_open(axf_workbench *bench, axf_registry *registry, const axf_node *spec, uint64_t seed)
{
    AXF_TRY(axf_experiment_parse(&bench->experiment, registry, spec, seed, 1));
    if (bench->hashes == NULL) {
        bench->hashes = axf_hash_cache_open(NULL);
    }
    return AXF_OK;
}

void axf_workbench_close(axf_workbench *bench)
{
    axf_feed_close(&bench->feed);
    if (bench->tape != NULL) {
        axf_tape_free(bench->tape);
    }
    axf_model_free(&bench->model);
    if (bench->backend_self != NULL) {
        axf_call_backend_destroy(bench->experiment.backend.instance, bench->backend_self);
    }
    axf_posts_free(&bench->posts);
    axf_experiment_free(&bench->experiment);
    axf_hash_cache_close(bench->hashes);
    *bench = (axf_workbench){0};
}

axf_status axf_workbench_read_posts(axf_workbench *bench)
{
    AXF_TRY(axf_run_posts_read(&bench->posts, &bench->experiment));
    for (int32_t i = 0; i < bench->posts.skip_count; i++) {
        const axf_skip_reason *skip = &bench->posts.skips[i];
        axf_log(AXF_LOG_INFO, "data: %lld left out: %s (first: %s)", (long long)skip->count, skip->reason, skip->first);
    }
    return AXF_OK;
}

static int32_t precision_of(const axf_experiment *experiment)
{
    switch (experiment->top.precision) {
    case AXF_SETTING_BF16:
        return AXF_PRECISION_BF16;
    case AXF_SETTING_F64:
        return AXF_PRECISION_F64;
    default:
        return AXF_PRECISION_F32;
    }
}

axf_status axf_workbench_open_backend(axf_workbench *bench, int32_t threads)
{
    axf_instance *instance = bench->experiment.backend.instance;
    bench->threads = threads > 0 ? threads : axf_threads_of(&bench->experiment);
    const axf_backend_request request = {
        .struct_size = sizeof request, .precision = precision_of(&bench->experiment), .threads = bench->threads};
    AXF_TRY(axf_call_backend_create(instance, &request, &bench->backend_self));
    bench->backend = axf_backend_of(instance);
    axf_log(AXF_LOG_INFO, "backend: %s, %s", instance->component->component.name,
            bench->backend->name(bench->backend_self));
    return AXF_OK;
}

axf_status axf_workbench_build(axf_workbench *bench, const axf_workbench_model *wanted)
{
    axf_model *model = &bench->model;
    if (bench->backend == NULL) {
        AXF_TRY(axf_workbench_open_backend(bench, 0));
    }
    AXF_TRY(axf_model_describe(model, &bench->experiment, wanted->classes, wanted->multi_label));
    if (wanted->whole) {
        model->text_wanted |= model->text_facts.gives;
        model->image_wanted |= model->image_facts.gives;
        model->join_wanted |= model->joint_facts.gives;
    }
    AXF_TRY(axf_model_declare(model, bench->backend, bench->backend_self, 1));
    if (wanted->declared_only) {
        return AXF_OK;
    }
    AXF_TRY(axf_model_load(model));
    return axf_workbench_open_tape(bench);
}

axf_status axf_workbench_open_tape(axf_workbench *bench)
{
    const axf_tape_settings settings = {.seed = bench->experiment.seed};
    return axf_tape_new(bench->backend, bench->backend_self, &bench->model.params, &settings, &bench->tape);
}
