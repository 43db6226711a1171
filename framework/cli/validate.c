/* auxfuse validate: checks a spec. It reads options and small files, but no posts and no weights. */
#include "auxfuse/dataset.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/tiny.h"
#include "cli/verb.h"
#include "core/error.h"
#include "experiment/experiment.h"
#include "experiment/resolved.h"
#include "experiment/sections.h"
#include "files/json.h"
#include "model/describe.h"
#include "model/model.h"
#include "plugin/calls.h"
#include "spec/emit.h"
#include "spec/load.h"
#include "spec/sweep.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct arguments {
    const char **settings, **plugins;
    bool json, print, tiny;
    char **files;
    int file_count;
} arguments;

static axf_status validate_point(axf_registry *registry, const axf_node *spec, const arguments *a)
{
    axf_experiment experiment;
    axf_model model = {0};
    axf_arena tiny = {0};
    axf_status status = a->tiny ? axf_tiny_spec(&tiny, registry, spec, a->files[0], &spec) : AXF_OK;
    if (status != AXF_OK) {
        axf_arena_free(&tiny);
        return status;
    }
    status = axf_experiment_parse(&experiment, registry, spec, 0, 0);
    if (status == AXF_OK) {
        axf_dataset_facts facts = {.struct_size = sizeof facts};
        status = axf_call_dataset_describe(experiment.dataset.instance, &facts);
        if (status == AXF_OK) {
            status = axf_model_describe(&model, &experiment, facts.classes > 0 ? facts.classes : 2,
                                        facts.target == AXF_TARGET_LABELS);
        }
    }
    if (status == AXF_OK && a->print) {
        axf_arena arena = {0};
        axf_strbuf text = {0};
        axf_node_emit(axf_experiment_resolved(&experiment, &arena), 0, &text);
        fputs(axf_strbuf_text(&text), stdout);
        axf_strbuf_free(&text);
        axf_arena_free(&arena);
    }
    axf_experiment_free(&experiment);
    axf_arena_free(&tiny);
    return status;
}

static axf_status validate_all(const arguments *a, uint32_t *points)
{
    axf_arena arena = {0};
    axf_registry registry = {0};
    const axf_node *spec;
    axf_sweep sweep = {0};
    axf_status status = axf_cli_registry(&registry, a->plugins);
    if (status == AXF_OK) {
        status = axf_cli_spec(&arena, a->files, a->file_count, a->settings, &spec);
    }
    if (status == AXF_OK) {
        status = axf_sweep_expand(&arena, spec, axf_section_top_keys(&arena), a->settings,
                                  axf_setting_count(a->settings), &sweep);
    }
    for (uint32_t i = 0; i < sweep.count && status == AXF_OK; i++) {
        status = validate_point(&registry, sweep.points[i].spec, a);
    }
    *points = sweep.count;
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    return status;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {
        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "plugin", .list = &a.plugins},
        {.name = "json", .flag = &a.json},
        {.name = "print", .flag = &a.print},
        {.name = "tiny", .flag = &a.tiny},
        {0},
    };
    uint32_t points = 0;
    axf_status status = axf_flags_parse(argc, argv, flags, &a.files, &a.file_count);
    if (status == AXF_OK) {
        status = validate_all(&a, &points);
    }
    free(a.settings);
    free(a.plugins);
    if (a.json && status != AXF_ERR_USAGE) {
        json_t *root = json_pack("{s:b, s:i, s:s}", "valid", status == AXF_OK, "points", (int)points, "message",
                                 status == AXF_OK ? "" : axf_error_message());
        const axf_status printed = axf_json_print(stdout, root, 17);
        json_decref(root);
        return printed != AXF_OK ? axf_cli_fail(printed) : status == AXF_OK ? 0 : 2;
    }
    if (status != AXF_OK) {
        return axf_cli_fail(status);
    }
    if (!a.print) {
        printf("valid%s\n", points > 1 ? ", every point of the sweep" : "");
    }
    return 0;
}

const axf_verb axf_verb_validate = {
    "validate", "SPEC… [-s KEY=VALUE]… [options]", "Checks a spec: keys, types, ranges, names, and that the parts fit",
    run,
    "  -s, --set KEY=VALUE   sets a value on top of the files\n"
    "  --print               prints the resolved spec with every default\n"
    "  --json                prints {valid, points, message}\n"
    "  --tiny                checks the tiny version (auxfuse run --tiny), which needs no\n"
    "                        weights and no data\n"
    "  --plugin FILE         loads a plugin beside those found\n\n"
    "Reads no posts and no weights. Exit code 2 when the spec is wrong.\n"};
