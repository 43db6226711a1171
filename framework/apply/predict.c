#include "apply/predict.h"

#include "core/error.h"
#include "core/log.h"
#include "features/image_check.h"
#include "files/csv.h"
#include "files/json.h"
#include "spec/options.h"
#include "spec/options_text.h"
#include "workbench/evaluate.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Logits of the posts in their order, NULL when none is left; the caller frees. */
static axf_status compute(axf_workbench *bench, float **logits)
{
    *logits = NULL;
    AXF_TRY(axf_image_check(&bench->model, &bench->posts, bench->threads));
    if (bench->posts.count == 0) {
        return AXF_OK;
    }
    *logits = axf_alloc((size_t)bench->posts.count * (size_t)bench->model.classes * sizeof **logits);
    const axf_status status = axf_evaluate_all(bench, *logits);
    if (status != AXF_OK) {
        free(*logits);
        *logits = NULL;
    }
    return status;
}

/* Of one class a post, or of each label. */
static void probabilities(const axf_model *model, const float *logits, double *probability)
{
    const int32_t classes = model->classes;
    for (int32_t k = 0; model->multi_label && k < classes; k++) {
        probability[k] = 1 / (1 + exp(-(double)logits[k]));
    }
    if (model->multi_label) {
        return;
    }
    double most = logits[0], sum = 0;
    for (int32_t k = 1; k < classes; k++) {
        most = logits[k] > most ? logits[k] : most;
    }
    for (int32_t k = 0; k < classes; k++) {
        probability[k] = exp(logits[k] - most);
        sum += probability[k];
    }
    for (int32_t k = 0; k < classes; k++) {
        probability[k] /= sum;
    }
}

static void print_class(const axf_finished *finished, const float *row, axf_strbuf *text)
{
    const int32_t best = axf_argmax(row, finished->bench.model.classes);
    axf_strbuf_printf(text, ",%d,", best);
    axf_csv_field(text, finished->class_names[best]);
}

/* 0 or 1 for each label, and the names of those that are predicted. */
static void print_labels(const axf_finished *finished, const float *row, axf_strbuf *text)
{
    axf_strbuf names = {0};
    for (int32_t k = 0; k < finished->bench.model.classes; k++) {
        const int predicted = axf_label_predicted(row[k]);
        axf_strbuf_printf(text, ",%d", predicted);
        if (predicted) {
            axf_strbuf_printf(&names, "%s%s", names.length > 0 ? ";" : "", finished->class_names[k]);
        }
    }
    axf_strbuf_putc(text, ',');
    axf_csv_field(text, axf_strbuf_text(&names));
    axf_strbuf_free(&names);
}

static axf_status print_csv(axf_finished *finished, const float *logits, FILE *out)
{
    const axf_workbench *bench = &finished->bench;
    const int32_t classes = bench->model.classes, several = bench->model.multi_label;
    double *probability = axf_alloc((size_t)classes * sizeof *probability);
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, several ? "id" : "id,prediction,class");
    for (int32_t k = 0; several && k < classes; k++) {
        axf_strbuf_printf(&text, ",prediction_%d", k);
    }
    axf_strbuf_puts(&text, several ? ",labels" : "");
    for (int32_t k = 0; k < classes; k++) {
        axf_strbuf_printf(&text, ",probability_%d", k);
    }
    axf_strbuf_putc(&text, '\n');
    for (int32_t i = 0; i < bench->posts.count; i++) {
        const float *row = logits + (ptrdiff_t)i * classes;
        probabilities(&bench->model, row, probability);
        axf_csv_field(&text, bench->posts.items[i].id);
        if (several) {
            print_labels(finished, row, &text);
        } else {
            print_class(finished, row, &text);
        }
        for (int32_t k = 0; k < classes; k++) {
            axf_strbuf_printf(&text, ",%.6f", probability[k]);
        }
        axf_strbuf_putc(&text, '\n');
    }
    free(probability);
    const int failed = fwrite(text.data, 1, text.length, out) != text.length || fflush(out) != 0;
    axf_strbuf_free(&text);
    return failed ? axf_fail_errno("standard output") : AXF_OK;
}

/* ---- a file of posts ---- */

/* Options of the plain table's loader: the columns of the run's own table, if it was one, then what the caller says. */
static const axf_node *table_options(axf_finished *finished, const char *file, const char *images,
                                     const axf_predict_columns *columns)
{
    axf_arena *arena = &finished->arena;
    const axf_instance *trained = finished->bench.experiment.dataset.instance;
    const axf_component *component = &trained->component->component;
    axf_node *map = axf_node_map(arena, NULL);
    static const char *const kept[] = {"id", "text", "image", "image_pattern"};
    const axf_node *own =
        strcmp(component->name, "table") == 0 ? axf_options_node(component->options, trained->options, arena) : NULL;
    for (size_t i = 0; own != NULL && i < sizeof kept / sizeof kept[0]; i++) {
        const int64_t at = axf_node_index(own, kept[i]);
        if (at >= 0) {
            axf_node_set_text(arena, map, kept[i], own->items[at]);
        }
    }
    const char *const given[] = {columns->id, columns->text, columns->image};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i] != NULL) {
            const bool none = strcmp(given[i], "none") == 0;
            axf_node_set_text(arena, map, kept[i], axf_node_scalar(arena, NULL, none ? "null" : given[i], !none));
        }
    }
    axf_node_set_text(arena, map, "label", axf_node_scalar(arena, NULL, "null", false));
    axf_node_set_text(arena, map, "split_column", axf_node_scalar(arena, NULL, "null", false));
    axf_node_set_text(arena, map, "file", axf_node_scalar(arena, NULL, file, true));
    if (images != NULL) {
        axf_node_set_text(arena, map, "images", axf_node_scalar(arena, NULL, images, true));
    }
    return map;
}

/* What the posts borrow from the loader goes with it. */
static void keep_facts(axf_finished *finished)
{
    axf_posts *posts = &finished->bench.posts;
    posts->facts.class_names = finished->class_names;
    posts->facts.classes = finished->bench.model.classes;
    posts->facts.columns = 0;
    posts->facts.image_root =
        posts->facts.image_root != NULL ? axf_arena_copy(&finished->arena, posts->facts.image_root) : NULL;
}

axf_status axf_predict_read(axf_finished *finished, const char *file, const char *images,
                            const axf_predict_columns *columns)
{
    axf_registered *component;
    axf_instance loader;
    AXF_TRY(axf_registry_get(finished->registry, AXF_KIND_DATASET, "table", &component));
    AXF_TRY(axf_instance_init(&loader, component, "data", 0));
    char *here = realpath(file, NULL), *folder = images != NULL ? realpath(images, NULL) : NULL;
    axf_status status = here != NULL && (images == NULL || folder != NULL)
                            ? AXF_OK
                            : axf_fail_errno("%s", here == NULL ? file : images);
    if (status == AXF_OK) {
        const axf_options_context context = {.owner = "predict"};
        status = axf_options_parse(component->component.options, table_options(finished, here, folder, columns),
                                   &loader.arena, loader.options, &context);
    }
    if (status == AXF_OK) {
        status = axf_posts_read(&finished->bench.posts, &loader, 0);
    }
    free(here);
    free(folder);
    if (status == AXF_OK) {
        keep_facts(finished);
    }
    axf_instance_free(&loader);
    return status;
}

axf_status axf_predict_file(axf_finished *finished, const char *file, const char *images,
                            const axf_predict_columns *columns, FILE *out)
{
    float *logits;
    AXF_TRY(axf_predict_read(finished, file, images, columns));
    const int32_t all = finished->bench.posts.count;
    AXF_TRY(compute(&finished->bench, &logits));
    const axf_status status = print_csv(finished, logits, out);
    free(logits);
    if (status == AXF_OK && finished->bench.posts.count < all) {
        axf_log(AXF_LOG_WARNING, "%d of %d posts left out: their images cannot be read",
                all - finished->bench.posts.count, all);
    }
    return status;
}

/* ---- one post a line ---- */

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
        probabilities(&finished->bench.model, logits, probability);
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
        status = compute(&finished->bench, &logits);
    }
    if (status == AXF_OK) {
        status = print_json(finished, logits, out);
        free(logits);
    }
    axf_posts_free(&finished->bench.posts);
    return status;
}
