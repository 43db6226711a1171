/* auxfuse export: writes the model of a finished run as folders for transformers. */
#include "apply/export.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>

static axf_status export_run(const char *const *plugins, const char *run, const char *folder,
                             const axf_finished_settings *settings)
{
    axf_registry registry = {0};
    axf_finished finished;
    axf_status status = axf_cli_registry(&registry, plugins);
    if (status == AXF_OK) {
        status = axf_finished_open(&finished, &registry, run, settings);
    }
    if (status == AXF_OK) {
        status = axf_export(&finished, folder, stdout);
        axf_finished_close(&finished);
    }
    axf_registry_free(&registry);
    return status;
}

static int run(int argc, char **argv)
{
    const char **settings = NULL, **weights = NULL, **plugins = NULL;
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &settings},
                              {.name = "weights", .list = &weights},
                              {.name = "plugin", .list = &plugins},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    if (status == AXF_OK && rest_count != 2) {
        status = axf_fail(AXF_ERR_USAGE, "expected export RUN DIR");
    }
    if (status == AXF_OK) {
        axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        status = export_run(plugins, rest[0], rest[1],
                            &(axf_finished_settings){.settings = settings, .weights = weights, .whole = 1});
    }
    free(settings);
    free(weights);
    free(plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_export = {
    "export", "RUN DIR [--weights NAME=FOLDER]", "Writes a run's encoders as folders for transformers", run,
    "  RUN                   a finished run's folder\n"
    "  DIR                   a folder that is not there, or empty\n"
    "  --weights NAME=FOLDER where a checkpoint that the run was built on is now (see predict)\n"
    "  -s KEY=VALUE          changes the run's spec\n\n"
    "Writes DIR/text and DIR/image, or DIR/joint (config.json, model.safetensors, tokenizer files; a\n"
    "frozen encoder too), head.safetensors with fusion, losses and classifier, head.json that says what\n"
    "these layers are, and spec.yml and environment.json, so that `auxfuse predict DIR` works. Load an\n"
    "encoder by AutoModel.from_pretrained(\"DIR/text\"), or by weights: DIR/text in a spec.\n"};
