/* auxfuse predict: predicts new posts with the weights of a finished run. */
#include "apply/predict.h"
#include "apply/predict_line.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    axf_finished_settings run_settings;
    axf_predict_columns columns;
    const char *run, *data, *images;
} arguments;

/* Reads JSONL, and writes the line of each post as soon as it is predicted. */
static axf_status predict_stream(axf_finished *finished, const arguments *a)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    int64_t number = 0;
    axf_status status = AXF_OK;
    while (status == AXF_OK && (length = getline(&line, &capacity, stdin)) > 0) {
        number++;
        if (strspn(line, " \t\r\n") < (size_t)length) {
            status = axf_predict_line(finished, line, (size_t)length, number, a->images, stdout);
            fflush(stdout);
        }
    }
    free(line);
    return status;
}

static axf_status predict(axf_registry *registry, const arguments *a)
{
    axf_finished finished;
    AXF_TRY(axf_finished_open(&finished, registry, a->run, &a->run_settings));
    const axf_status status = a->data != NULL ? axf_predict_file(&finished, a->data, a->images, &a->columns, stdout)
                                              : predict_stream(&finished, a);
    axf_finished_close(&finished);
    return status;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const char **settings = NULL, **weights = NULL, **plugins = NULL;
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &settings},
                              {.name = "weights", .list = &weights},
                              {.name = "plugin", .list = &plugins},
                              {.name = "data", .value = &a.data},
                              {.name = "images", .value = &a.images},
                              {.name = "id", .value = &a.columns.id},
                              {.name = "text", .value = &a.columns.text},
                              {.name = "image", .value = &a.columns.image},
                              {0}};
    axf_registry registry = {0};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    const int stream = rest_count == 2 && strcmp(rest[1], "-") == 0;
    if (status == AXF_OK && (rest_count < 1 || stream == (a.data != NULL) || (!stream && rest_count != 1))) {
        status =
            axf_fail(AXF_ERR_USAGE, "expected predict RUN --data FILE, or predict RUN - for JSONL on standard input");
    }
    if (status == AXF_OK) {
        a.run = rest[0];
        a.run_settings = (axf_finished_settings){.settings = settings, .weights = weights};
        axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        status = axf_cli_registry(&registry, plugins);
    }
    if (status == AXF_OK) {
        status = predict(&registry, &a);
    }
    axf_registry_free(&registry);
    free(settings);
    free(weights);
    free(plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_predict = {
    "predict", "RUN (--data FILE | -) [--images DIR]", "Predicts posts with the weights of a finished run", run,
    "  RUN                   a run folder, wherever it is now, or a folder that auxfuse export wrote\n"
    "  --data FILE           .csv or .jsonl with id, text and, where the model reads images, image;\n"
    "                        labels in it are not read\n"
    "  -                     JSONL on standard input, a line out for each line in\n"
    "  --images DIR          folder that image paths are relative to (default: that of the file, or the\n"
    "                        current one)\n"
    "  --id, --text, --image COLUMN\n"
    "                        where the file calls them otherwise; none: there is no such column (posts are\n"
    "                        then numbered by their line, images named by the run's image_pattern)\n"
    "  --weights NAME=FOLDER where a checkpoint that the run was built on is now (NAME as in\n"
    "                        environment.json); else it is looked for where it was, under $AUXFUSE_MODELS\n"
    "                        and in the Hugging Face cache, and must have the same content\n"
    "  -s KEY=VALUE          changes the run's spec, e.g. -s data.on_bad_image=blank\n\n"
    "Prints id,prediction,class and a probability a class as CSV, or JSON for lines from standard input.\n"};
