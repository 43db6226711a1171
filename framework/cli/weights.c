/* auxfuse weights: lists the tensors of a file or folder of weights, and which of them an encoder would load. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "cli/weights_print.h"
#include "core/error.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Gives the reason why there is no plan, in the arena. */
static const char *unplanned(axf_weights_report *r, axf_status status)
{
    if (status == AXF_OK && r->broken != NULL) {
        return r->broken;
    }
    if (status == AXF_OK) {
        return r->type[0] == '\0'
                   ? "there is no config.json that names the encoder: name it by --encoder"
                   : axf_arena_printf(&r->arena,
                                      "there is no encoder '%.100s', which is the model_type in config.json: name "
                                      "one by --encoder",
                                      r->type);
    }
    return axf_arena_printf(&r->arena, "%s%s", axf_error_message(),
                            status == AXF_ERR_SPEC ? " (here by -s KEY=VALUE)" : "");
}

static axf_status show(axf_weights_report *r)
{
    AXF_TRY(axf_weights_report_open(r));
    const axf_status status = axf_weights_report_plan(r);
    const char *reason = status != AXF_OK || r->encoder == NULL ? unplanned(r, status) : NULL;
    if (status != AXF_OK) { /* the tensors are shown in any case */
        r->encoder = NULL;
    }
    if (r->arguments->json) {
        AXF_TRY(axf_weights_print_json(r));
    } else {
        axf_weights_print_text(r);
        fflush(stdout);
    }
    if (status != AXF_OK && r->arguments->encoder != NULL) {
        return axf_fail(status, "%s", reason);
    }
    if (reason != NULL) {
        axf_log(AXF_LOG_LEVEL_WARNING, "cannot find out what an encoder would load: %s", reason);
    }
    return r->wrong == 0 ? AXF_OK
                         : axf_fail(AXF_ERR_FORMAT,
                                    "%s: %s '%s' would refuse it: shapes differ, tensors are missing, or "
                                    "two have the name of one parameter",
                                    r->path, r->kind, r->encoder);
}

static int run(int argc, char **argv)
{
    axf_weights_arguments a = {0};
    const axf_flag flags[] = {
        {.name = "encoder", .value = &a.encoder}, {.name = "kind", .value = &a.kind},
        {.name = "json", .flag = &a.json},        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "plugin", .list = &a.plugins},   {0}};
    axf_weights_report r = {.arguments = &a};
    axf_status status = axf_flags_parse(argc, argv, flags, &a.rest, &a.rest_count);
    if (status == AXF_OK && (a.rest_count != 1 || (a.kind != NULL && strcmp(a.kind, "text") != 0 &&
                                                   strcmp(a.kind, "image") != 0 && strcmp(a.kind, "joint") != 0))) {
        status = axf_fail(AXF_ERR_USAGE, "weights FOLDER|FILE [--encoder NAME] [--kind text|image|joint] [--json]");
    }
    if (status == AXF_OK) {
        status = show(&r);
    }
    const int code = status == AXF_OK ? 0 : axf_cli_fail(status);
    axf_weights_report_close(&r);
    free(a.settings);
    free(a.plugins);
    return code;
}

const axf_verb axf_verb_weights = {
    "weights", "FOLDER|FILE [--encoder NAME]", "Lists weights, and what an encoder would load of them", run,
    "  FOLDER|FILE           as `weights:` in a spec: a path, or owner/name of a model\n"
    "  --encoder NAME        the encoder; without it, the one that model_type in config.json names\n"
    "  --kind KIND           text, image or joint, where several have that name\n"
    "  -s KEY=VALUE          another option of the encoder, such as config=FOLDER for a file of weights\n"
    "  --json                one JSON document\n"
    "  --plugin FILE         loads a plugin beside those found\n\n"
    "Each tensor with dtype, shape, bytes and use: loaded (under which name), ignored, or of a wrong\n"
    "shape; then the parameters that would be initialised. Reads headers only, no values. Exit code 1\n"
    "when the encoder would refuse the weights.\n"};
