/* auxfuse extract: writes vectors or rows of posts, computed by a finished run or by the first values of a spec. */
#include "apply/predict.h"
#include "apply/vectors.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"
#include "files/find.h"
#include "run/finished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char **settings, **weights, **plugins;
    const char *data, *images, *split, *what, *side, *output, *seed_text;
    uint64_t seed;
    char **files;
    int count;
} arguments;

static axf_status write_file(axf_workbench *bench, const arguments *a, const axf_vectors_request *request)
{
    if (a->data == NULL) {
        AXF_TRY(axf_vectors_read_posts(bench, a->split));
    }
    const int32_t all = bench->posts.count;
    AXF_TRY(axf_vectors_write(bench, request, a->output));
    if (bench->posts.count < all) {
        axf_log(AXF_LOG_WARNING, "%d of %d posts left out: their images cannot be read", all - bench->posts.count, all);
    }
    printf("%s: features of %d posts\n", a->output, bench->posts.count);
    return AXF_OK;
}

static axf_status extract_run(axf_registry *registry, const arguments *a, const axf_vectors_request *request)
{
    axf_finished finished;
    const axf_finished_settings settings = {.settings = a->settings, .weights = a->weights, .whole = 1};
    AXF_TRY(axf_finished_open(&finished, registry, a->files[0], &settings));
    axf_status status = AXF_OK;
    if (a->data != NULL) {
        status = axf_predict_read(&finished, a->data, a->images, &(axf_predict_columns){0});
    }
    if (status == AXF_OK) {
        status = write_file(&finished.bench, a, request);
    }
    axf_finished_close(&finished);
    return status;
}

static axf_status extract_spec(axf_registry *registry, const arguments *a, const axf_vectors_request *request)
{
    axf_workbench bench;
    axf_arena arena = {0};
    const axf_node *spec;
    axf_status status = AXF_OK;
    if (a->data != NULL) {
        return axf_fail(AXF_ERR_USAGE, "--data is for a run; a spec has its own data: -s data.file=FILE");
    }
    status = axf_cli_spec(&arena, a->files, a->count, a->settings, &spec);
    if (status == AXF_OK) {
        status = axf_vectors_open(&bench, registry, spec, a->seed);
        status = status == AXF_OK ? write_file(&bench, a, request) : status;
        axf_workbench_close(&bench);
    }
    axf_arena_free(&arena);
    return status;
}

static axf_status extract(const arguments *a)
{
    axf_registry registry = {0};
    axf_vectors_request request;
    bool folder = false;
    AXF_TRY(axf_vectors_request_parse(&request, a->what, a->side));
    axf_status status = axf_cli_registry(&registry, a->plugins);
    if (status == AXF_OK) {
        status = a->count == 1 ? axf_is_folder(a->files[0], &folder) : AXF_OK;
    }
    if (status == AXF_OK) {
        status = folder ? extract_run(&registry, a, &request) : extract_spec(&registry, a, &request);
    }
    axf_registry_free(&registry);
    return status;
}

static axf_status check_arguments(arguments *a)
{
    bool folder;
    if (a->count < 1 || a->what == NULL || a->output == NULL) {
        return axf_fail(AXF_ERR_USAGE, "expected extract RUN|SPEC… --what pooled|rows|first|fused --output FILE");
    }
    if (a->data != NULL && a->split != NULL) {
        return axf_fail(AXF_ERR_USAGE, "--split chooses from the run's own posts, so it cannot be used with --data");
    }
    AXF_TRY(axf_flag_number("seed", a->seed_text, 0, UINT64_MAX, &a->seed));
    AXF_TRY(axf_is_folder(a->output, &folder));
    if (folder) {
        return axf_fail(AXF_ERR_USAGE, "--output %s is a folder: name a .safetensors file", a->output);
    }
    return AXF_OK;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &a.settings},
                              {.name = "weights", .list = &a.weights},
                              {.name = "plugin", .list = &a.plugins},
                              {.name = "data", .value = &a.data},
                              {.name = "images", .value = &a.images},
                              {.name = "split", .value = &a.split},
                              {.name = "what", .value = &a.what},
                              {.name = "side", .value = &a.side},
                              {.name = "output", .value = &a.output},
                              {.name = "seed", .value = &a.seed_text},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &a.files, &a.count);
    status = status == AXF_OK ? check_arguments(&a) : status;
    if (status == AXF_OK) {
        axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        status = extract(&a);
    }
    free(a.weights);
    return axf_cli_end(status, a.settings, a.plugins);
}

const axf_verb axf_verb_extract = {
    "extract", "RUN|SPEC… --what WHAT --output FILE [options]", "Writes vectors or rows of posts to a file", run,
    "  RUN                   a finished run's folder: its final weights\n"
    "  SPEC…                 spec files: the weights they begin with\n"
    "  --what WHAT           pooled, first or rows of one side's encoder, rows,pooled both, or fused:\n"
    "                        what the classifier reads, before dropout\n"
    "  --side image|text     whose (default image, or the one that there is)\n"
    "  --output FILE         a .safetensors: tensors features, pooled, labels, and the posts' ids; its\n"
    "                        folder is made\n"
    "  --split train,val     of the posts of RUN or SPEC, these splits (default all)\n"
    "  --data FILE           other posts instead, for a RUN: .csv or .jsonl with id, text, image\n"
    "  --images DIR          folder of their images\n"
    "  --seed N              for a SPEC: of what is in no checkpoint (default 0)\n"
    "  --weights NAME=FOLDER where a checkpoint of the run is now (see predict)\n"
    "  -s KEY=VALUE          changes the spec\n\n"
    "The image encoder `features` reads such a file: model.image: {encoder: features, features: FILE}.\n"};
