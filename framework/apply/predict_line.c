#include "apply/predict_line.h"

#include "apply/predict_values.h"
#include "core/error.h"
#include "files/json.h"
#include "metrics/metrics.h"

#include <stdlib.h>
#include <string.h>

/* A string, or a whole number as it is written; NULL when the key is absent or null. */
static axf_status take_word(axf_posts *posts, const json_t *object, const char *key, int64_t number, const char **word)
{
    const json_t *value = json_object_get(object, key);
    *word = NULL;
    if (json_is_string(value)) {
        *word = axf_arena_copy(&posts->arena, json_string_value(value));
    } else if (json_is_integer(value)) {
        *word = axf_arena_printf(&posts->arena, "%lld", (long long)json_integer_value(value));
    } else if (value != NULL && !json_is_null(value)) {
        return axf_fail(AXF_ERR_FORMAT, "line %lld: \"%s\" is neither a string nor a whole number", (long long)number,
                        key);
    }
    return AXF_OK;
}

static axf_status take_line(axf_finished *finished, const json_t *object, int64_t number, const char *images)
{
    axf_workbench *bench = &finished->bench;
    axf_posts *posts = &bench->posts;
    const char *id, *text, *image;
    AXF_TRY(take_word(posts, object, "id", number, &id));
    AXF_TRY(take_word(posts, object, "text", number, &text));
    AXF_TRY(take_word(posts, object, "image", number, &image));
    if (text == NULL && bench->model.has_text) {
        return axf_fail(AXF_ERR_DATA, "line %lld: no \"text\", and the model reads texts", (long long)number);
    }
    posts->items = axf_alloc_zero(1, sizeof *posts->items);
    posts->count = posts->capacity = 1;
    posts->facts = (axf_dataset_facts){.struct_size = sizeof posts->facts, .classes = bench->model.classes};
    posts->facts.image_root = axf_arena_copy(&posts->arena, images != NULL ? images : ".");
    axf_record *record = &posts->items[0];
    record->id = id != NULL && id[0] != '\0' ? id : axf_arena_printf(&posts->arena, "%lld", (long long)number);
    record->text = text != NULL ? text : "";
    record->text_length = (uint32_t)strlen(record->text);
    record->image = image;
    record->target = -1;
    record->file = "standard input";
    record->line = number;
    return AXF_OK;
}

static json_t *prediction_json(const axf_finished *finished, const float *logits)
{
    const axf_model *model = &finished->bench.model;
    const char *id = finished->bench.posts.items[0].id;
    if (!model->multi_label) {
        const int32_t best = axf_argmax(logits, model->classes);
        return json_pack("{s:s, s:i, s:s}", "id", id, "prediction", (int)best, "class", finished->class_names[best]);
    }
    json_t *predictions = json_array(), *labels = json_array();
    for (int32_t k = 0; k < model->classes; k++) {
        const int predicted = axf_label_predicted(logits[k]);
        json_array_append_new(predictions, json_integer(predicted));
        if (predicted) {
            json_array_append_new(labels, json_string(finished->class_names[k]));
        }
    }
    return json_pack("{s:s, s:o, s:o}", "id", id, "predictions", predictions, "labels", labels);
}

static axf_status print_json(axf_finished *finished, const float *logits, FILE *out)
{
    json_t *root;
    if (logits == NULL) { /* its place in the list is free, but what stood there is still there */
        root = json_pack("{s:s, s:s}", "id", finished->bench.posts.items[0].id, "left_out", "image cannot be read");
    } else {
        const int32_t classes = finished->bench.model.classes;
        double *probability = axf_alloc((size_t)classes * sizeof *probability);
        axf_predict_probabilities(&finished->bench.model, logits, probability);
        json_t *list = json_array();
        for (int32_t k = 0; k < classes; k++) {
            json_array_append_new(list, json_real(probability[k]));
        }
        free(probability);
        root = prediction_json(finished, logits);
        json_object_set_new(root, "probabilities", list);
    }
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    const int failed = text == NULL || fprintf(out, "%s\n", text) < 0;
    free(text);
    json_decref(root);
    return failed ? axf_fail_errno("standard output") : AXF_OK;
}

axf_status axf_predict_line(axf_finished *finished, const char *line, size_t length, int64_t number, const char *images,
                            FILE *out)
{
    json_t *object;
    if (axf_json_parse("a line", line, length, &object) != AXF_OK || !json_is_object(object)) {
        json_decref(object);
        return axf_fail(AXF_ERR_FORMAT, "line %lld: not a JSON object", (long long)number);
    }
    float *logits;
    axf_status status = take_line(finished, object, number, images);
    json_decref(object);
    if (status == AXF_OK) {
        status = axf_predict_compute(&finished->bench, &logits);
    }
    if (status == AXF_OK) {
        status = print_json(finished, logits, out);
        free(logits);
    }
    axf_posts_free(&finished->bench.posts);
    return status;
}
