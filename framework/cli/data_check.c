/* auxfuse data check: copies and leakage, images and texts that cannot be used, labels and lengths of a dataset. */
#include "cli/data_check.h"

#include "audit/audit_json.h"
#include "audit/audit_print.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "core/error.h"
#include "core/log.h"
#include "experiment/experiment.h"
#include "experiment/run_posts.h"
#include "experiment/threads.h"
#include "model/sides.h"
#include "spec/load.h"
#include "workbench/workbench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *loader, *near_text, *near_image, *show;
    const char **settings, **plugins;
    bool json, strict, no_images;
    char **files;
    int file_count;
    axf_audit_settings check;
    uint64_t shown;
} arguments;

static axf_status read_numbers(arguments *a)
{
    uint64_t bits;
    char *end = NULL;
    AXF_TRY(axf_flag_number("near-image", a->near_image, 10, 31, &bits));
    AXF_TRY(axf_flag_number("show", a->show, 10, INT32_MAX, &a->shown));
    const double near = a->near_text != NULL ? strtod(a->near_text, &end) : 0.7;
    if (a->near_text != NULL && (end == a->near_text || *end != '\0' || !(near >= 0.5 && near <= 1))) {
        return axf_fail(AXF_ERR_USAGE, "--near-text: '%s' is not a number from 0.5 to 1", a->near_text);
    }
    a->check = (axf_audit_settings){near, (int32_t)bits, 32, 1, !a->no_images};
    return AXF_OK;
}

/* Loads the files and settings, or with --loader a spec that has only `data: {loader: NAME}` and the settings. */
static axf_status read_spec(const arguments *a, axf_arena *arena, const axf_node **spec)
{
    if (a->loader == NULL) {
        return axf_cli_spec(arena, a->files, a->file_count, a->settings, spec);
    }
    if (a->file_count > 0) {
        return axf_fail(AXF_ERR_USAGE, "data check takes a spec or --loader NAME, not both");
    }
    axf_node *root = axf_node_map(arena, NULL), *data = axf_node_map(arena, NULL);
    axf_node_set_text(arena, data, "loader", axf_node_scalar(arena, NULL, a->loader, true));
    axf_node_set_text(arena, root, "data", data);
    return axf_spec_set(arena, root, a->settings, axf_setting_count(a->settings), spec);
}

/* Counts tokens by the text encoder of the spec. Only its tables are needed, and no weights. */
static axf_status count_tokens(axf_workbench *bench, axf_registry *registry, const axf_node *spec, axf_posts *posts,
                               axf_audit_tokens *tokens)
{
    const axf_experiment *experiment = &bench->experiment;
    AXF_TRY(axf_workbench_open(bench, registry, spec, 0));
    if (experiment->joint.instance == NULL && experiment->text.instance == NULL) {
        return AXF_OK;
    }
    const axf_workbench_model wanted = {
        .classes = posts->facts.classes, .multi_label = posts->facts.target == AXF_TARGET_LABELS, .declared_only = 1};
    AXF_TRY(axf_workbench_build(bench, &wanted));
    AXF_TRY(axf_feed_open(&bench->feed, &bench->model, posts, bench->threads));
    tokens->encoder = axf_side_instance(&bench->model, AXF_SIDE_TEXT)->component->component.name;
    tokens->max_length = bench->model.text_facts.max_length;
    int32_t *length = axf_alloc((size_t)posts->count * sizeof *length);
    for (int32_t i = 0; i < posts->count; i++) {
        length[i] = (int32_t)(bench->feed.tokens.start[i + 1] - bench->feed.tokens.start[i]);
        tokens->full += length[i] == tokens->max_length;
    }
    axf_audit_lengths_count(&tokens->lengths, length, posts->count);
    free(length);
    return AXF_OK;
}

static axf_status report(const arguments *a, const axf_audit *audit, const axf_audit_tokens *tokens)
{
    axf_strbuf text = {0};
    if (a->json) {
        axf_audit_json(audit, tokens, &text);
    } else {
        axf_audit_print(audit, tokens, (int32_t)a->shown, &text);
    }
    fputs(axf_strbuf_text(&text), stdout);
    axf_strbuf_free(&text);
    const int64_t leaks = axf_audit_leaking(audit);
    if (a->strict && leaks > 0) {
        return axf_fail(AXF_ERR_DATA, "%lld posts of val and test are like posts of an earlier split (--strict)",
                        (long long)leaks);
    }
    return AXF_OK;
}

static axf_status check_data(arguments *a)
{
    axf_arena arena = {0};
    axf_registry registry = {0};
    axf_experiment data = {0};
    axf_workbench bench = {0};
    axf_posts posts = {0};
    axf_audit audit = {0};
    axf_audit_tokens tokens = {0};
    const axf_node *spec = NULL;
    axf_status status = axf_cli_registry(&registry, a->plugins);
    if (status == AXF_OK) {
        status = read_spec(a, &arena, &spec);
    }
    if (status == AXF_OK) {
        status = axf_experiment_parse_data(&data, &registry, spec);
    }
    if (status == AXF_OK) {
        status = axf_posts_read(&posts, data.dataset.instance, 0);
    }
    if (status == AXF_OK) {
        status = axf_run_posts_draw(&posts, &data);
    }
    if (status == AXF_OK && axf_node_get(spec, "model") != NULL) {
        status = count_tokens(&bench, &registry, spec, &posts, &tokens);
        if (status != AXF_OK) { /* the posts can be checked without it */
            axf_log(AXF_LOG_LEVEL_WARNING, "no tokens were counted: %s", axf_error_message());
            axf_error_clear();
            tokens.encoder = NULL;
            status = AXF_OK;
        }
    }
    if (status == AXF_OK) {
        a->check.threads = axf_threads_available();
        axf_audit_init(&audit, &posts, &a->check);
        status = report(a, &audit, &tokens);
        axf_audit_free(&audit);
    }
    axf_workbench_close(&bench);
    axf_posts_free(&posts);
    axf_experiment_free(&data);
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    return status;
}

int axf_data_check(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {
        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "loader", .value = &a.loader},
        {.name = "plugin", .list = &a.plugins},
        {.name = "json", .flag = &a.json},
        {.name = "strict", .flag = &a.strict},
        {.name = "no-images", .flag = &a.no_images},
        {.name = "near-text", .value = &a.near_text},
        {.name = "near-image", .value = &a.near_image},
        {.name = "show", .value = &a.show},
        {0},
    };
    axf_status status = axf_flags_parse(argc, argv, flags, &a.files, &a.file_count);
    if (status == AXF_OK) {
        status = read_numbers(&a);
    }
    if (status == AXF_OK) {
        status = check_data(&a);
    }
    return axf_cli_end(status, a.settings, a.plugins);
}
