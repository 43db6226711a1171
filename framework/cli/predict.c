/* auxfuse predict: a finished run's weights on posts it has not seen. */
#include "train/predict.h"
#include "cli/cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/path.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char **settings, **plugins;
    const char *run, *data, *images, *weights;
} arguments;

/* posts.jsonl or .csv through the table loader: `data` of the run's spec is replaced. */
static axf_status predict_file(axf_registry *registry, const arguments *a)
{
    axf_predictor predictor;
    AXF_TRY(axf_predictor_open(&predictor, registry, a->run, a->settings));
    const axf_status status = axf_predictor_file(&predictor, a->data, a->images, stdout);
    axf_predictor_close(&predictor);
    return status;
}

/* JSONL in, a line out as soon as it is known. */
static axf_status predict_stream(axf_registry *registry, const arguments *a)
{
    axf_predictor predictor;
    AXF_TRY(axf_predictor_open(&predictor, registry, a->run, a->settings));
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    int64_t number = 0;
    axf_status status = AXF_OK;
    while (status == AXF_OK && (length = getline(&line, &capacity, stdin)) > 0) {
        number++;
        if (strspn(line, " \t\r\n") < (size_t)length) {
            status = axf_predictor_line(&predictor, line, (size_t)length, number, a->images, stdout);
            fflush(stdout);
        }
    }
    free(line);
    axf_predictor_close(&predictor);
    return status;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &a.settings},
                              {.name = "plugin", .list = &a.plugins},
                              {.name = "data", .value = &a.data},
                              {.name = "images", .value = &a.images},
                              {0}};
    axf_registry registry = {0};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    const int stream = rest_count == 2 && strcmp(rest[1], "-") == 0;
    if (status == AXF_OK && (rest_count < 1 || (!stream && (rest_count != 1 || a.data == NULL)))) {
        status = axf_fail(AXF_ERR_USAGE, "predict RUN --data FILE, or predict RUN - for JSONL on standard input");
    }
    if (status == AXF_OK) {
        a.run = rest[0];
        axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        status = axf_cli_registry(&registry, a.plugins);
    }
    if (status == AXF_OK) {
        status = stream ? predict_stream(&registry, &a) : predict_file(&registry, &a);
    }
    axf_registry_free(&registry);
    free(a.settings);
    free(a.plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_predict = {
    "predict", "RUN (--data FILE | -) [--images DIR]", "Predicts posts with the weights of a finished run", run,
    "  RUN             a run folder\n"
    "  --data FILE     .csv or .jsonl with id, text and, where the model reads images, image\n"
    "  -               JSONL on standard input, a line out for each line in\n"
    "  --images DIR    folder that image paths are relative to (default: that of the file, or the current one)\n"
    "  -s KEY=VALUE    changes the run's spec, e.g. -s model.text.weights=FOLDER on another machine\n\n"
    "Prints id,prediction,class and a probability a class as CSV, or JSON for lines from standard input.\n"};
