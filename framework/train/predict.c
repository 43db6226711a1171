#include "train/predict.h"

#include "core/error.h"
#include "core/log.h"
#include "core/path.h"
#include "core/text.h"
#include "spec/load.h"
#include "spec/options.h"
#include "train/threads.h"
#include "train/weights.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Class names and seed as the run recorded them. */
static axf_status read_environment(axf_predictor *predictor, int32_t *classes, uint64_t *seed)
{
    char *path = axf_path_join(predictor->run, "environment.json");
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    const json_t *list = json_object_get(root, "classes");
    axf_status status = AXF_OK;
    if (json_array_size(list) < 1) {
        status = axf_fail(AXF_ERR_FORMAT, "%s: not the environment of a run: %s", path,
                          root == NULL ? error.text : "no classes");
    }
    *classes = (int32_t)json_array_size(list);
    *seed = (uint64_t)json_integer_value(json_object_get(root, "seed"));
    const char **names = axf_arena_alloc(&predictor->arena, (size_t)*classes * sizeof *names);
    for (int32_t k = 0; k < *classes && status == AXF_OK; k++) {
        const char *name = json_string_value(json_array_get(list, (size_t)k));
        names[k] = axf_arena_copy(&predictor->arena, name != NULL ? name : "");
    }
    predictor->class_names = names;
    json_decref(root);
    free(path);
    return status;
}

static axf_status build(axf_predictor *predictor, int32_t classes)
{
    axf_session *session = &predictor->session;
    session->threads = axf_threads_of(&session->experiment);
    AXF_TRY(axf_session_open_backend(session));
    AXF_TRY(axf_model_describe(&session->model, &session->experiment, classes, 0));
    AXF_TRY(axf_model_declare(&session->model, session->backend, session->backend_self, 1));
    AXF_TRY(axf_model_load(&session->model));
    const axf_tape_settings settings = {.seed = session->experiment.seed};
    AXF_TRY(axf_tape_new(session->backend, session->backend_self, &session->model.params, &settings, &session->tape));
    return axf_checkpoint_load_weights(session, "final");
}

axf_status axf_predictor_open(axf_predictor *predictor, axf_registry *registry, const char *run,
                              const char *const *settings)
{
    *predictor = (axf_predictor){.registry = registry};
    predictor->run = axf_arena_copy(&predictor->arena, run);
    uint32_t count = 0;
    while (settings != NULL && settings[count] != NULL) {
        count++;
    }
    int32_t classes = 0;
    uint64_t seed = 0;
    char *path = axf_path_join(run, "spec.yml");
    const char *file = path;
    const axf_node *spec;
    axf_status status = axf_spec_load(&predictor->arena, &file, 1, settings, count, &spec);
    if (status == AXF_OK) {
        status = read_environment(predictor, &classes, &seed);
    }
    if (status == AXF_OK) {
        status = axf_experiment_parse(&predictor->session.experiment, registry, spec, seed, 1);
    }
    predictor->session.folder = axf_copy(run);
    if (status == AXF_OK) {
        status = build(predictor, classes);
    }
    free(path);
    if (status != AXF_OK) {
        axf_predictor_close(predictor);
    }
    return status;
}

void axf_predictor_close(axf_predictor *predictor)
{
    axf_session_close(&predictor->session);
    axf_arena_free(&predictor->arena);
}

/* Logits of the session's posts in their order; the caller frees. */
static axf_status compute(axf_predictor *predictor, float **logits)
{
    axf_session *session = &predictor->session;
    const int32_t count = session->posts.count;
    AXF_TRY(axf_feed_open(&session->feed, &session->model, &session->posts, session->threads));
    int32_t *order = axf_alloc((size_t)count * sizeof *order);
    for (int32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    *logits = axf_alloc((size_t)count * (size_t)session->model.classes * sizeof **logits);
    const axf_status status = axf_session_evaluate(session, order, count, NULL, *logits);
    free(order);
    axf_feed_close(&session->feed);
    if (status != AXF_OK) {
        free(*logits);
    }
    return status;
}

static void softmax(const float *logits, int32_t classes, double *probability)
{
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

static void csv_field(axf_strbuf *out, const char *text)
{
    const int quote = strpbrk(text, ",\"\r\n") != NULL;
    axf_strbuf_puts(out, quote ? "\"" : "");
    for (; *text != '\0'; text++) {
        axf_strbuf_puts(out, quote && *text == '"' ? "\"" : "");
        axf_strbuf_putc(out, *text);
    }
    axf_strbuf_puts(out, quote ? "\"" : "");
}

static axf_status print_csv(axf_predictor *predictor, const float *logits, FILE *out)
{
    const axf_session *session = &predictor->session;
    const int32_t classes = session->model.classes;
    double *probability = axf_alloc((size_t)classes * sizeof *probability);
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, "id,prediction,class");
    for (int32_t k = 0; k < classes; k++) {
        axf_strbuf_printf(&text, ",probability_%d", k);
    }
    axf_strbuf_putc(&text, '\n');
    for (int32_t i = 0; i < session->posts.count; i++) {
        const float *row = logits + (ptrdiff_t)i * classes;
        const int32_t best = axf_argmax(row, classes);
        softmax(row, classes, probability);
        csv_field(&text, session->posts.items[i].id);
        axf_strbuf_printf(&text, ",%d,", best);
        csv_field(&text, predictor->class_names[best]);
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

/* The loader of plain tables, with `file` and, when given, `images`. */
static axf_status read_table(axf_predictor *predictor, const char *file, const char *images)
{
    axf_registered *component;
    axf_instance loader;
    axf_arena *arena = &predictor->arena;
    AXF_TRY(axf_registry_get(predictor->registry, AXF_KIND_DATASET, "table", &component));
    AXF_TRY(axf_instance_init(&loader, component, "data", 0));
    char *here = realpath(file, NULL), *folder = images != NULL ? realpath(images, NULL) : NULL;
    axf_status status = here != NULL && (images == NULL || folder != NULL)
                            ? AXF_OK
                            : axf_fail_errno("%s", here == NULL ? file : images);
    axf_node *map = axf_node_map(arena, NULL);
    if (status == AXF_OK) {
        axf_node_set_text(arena, map, "file", axf_node_scalar(arena, NULL, here, true));
        if (folder != NULL) {
            axf_node_set_text(arena, map, "images", axf_node_scalar(arena, NULL, folder, true));
        }
        const axf_options_context context = {.owner = "predict"};
        status = axf_options_parse(component->component.options, map, &loader.arena, loader.options, &context);
    }
    if (status == AXF_OK) {
        status = axf_posts_read(&predictor->session.posts, &loader, 0);
    }
    free(here);
    free(folder);
    if (status == AXF_OK) { /* what the posts borrow from the loader is gone with it */
        axf_posts *posts = &predictor->session.posts;
        posts->facts.class_names = predictor->class_names;
        posts->facts.classes = predictor->session.model.classes;
        posts->facts.image_root =
            posts->facts.image_root != NULL ? axf_arena_copy(arena, posts->facts.image_root) : NULL;
        for (int32_t i = 0; i < posts->count; i++) {
            posts->items[i].target = -1;
        }
    }
    axf_instance_free(&loader);
    return status;
}

axf_status axf_predictor_file(axf_predictor *predictor, const char *file, const char *images, FILE *out)
{
    float *logits;
    AXF_TRY(read_table(predictor, file, images));
    AXF_TRY(compute(predictor, &logits));
    const axf_status status = print_csv(predictor, logits, out);
    free(logits);
    return status;
}

static axf_status take_line(axf_predictor *predictor, const json_t *object, int64_t number, const char *images)
{
    const char *text = json_string_value(json_object_get(object, "text"));
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *image = json_string_value(json_object_get(object, "image"));
    axf_session *session = &predictor->session;
    axf_posts *posts = &session->posts;
    if (text == NULL && session->model.has_text) {
        return axf_fail(AXF_ERR_DATA, "line %lld: no \"text\"", (long long)number);
    }
    if (image == NULL && session->model.has_image) {
        return axf_fail(AXF_ERR_DATA, "line %lld: no \"image\", and the model reads images", (long long)number);
    }
    posts->items = axf_alloc_zero(1, sizeof *posts->items);
    posts->count = posts->capacity = 1;
    posts->facts = (axf_dataset_facts){.struct_size = sizeof posts->facts, .classes = session->model.classes};
    posts->facts.image_root = axf_arena_copy(&posts->arena, images != NULL ? images : ".");
    axf_record *record = &posts->items[0];
    record->id =
        id != NULL ? axf_arena_copy(&posts->arena, id) : axf_arena_printf(&posts->arena, "%lld", (long long)number);
    record->text = axf_arena_copy(&posts->arena, text != NULL ? text : "");
    record->text_length = (uint32_t)strlen(record->text);
    record->image = image != NULL ? axf_arena_copy(&posts->arena, image) : NULL;
    record->target = -1;
    record->file = "standard input";
    record->line = number;
    return AXF_OK;
}

static axf_status print_json(axf_predictor *predictor, const float *logits, FILE *out)
{
    const int32_t classes = predictor->session.model.classes, best = axf_argmax(logits, classes);
    double *probability = axf_alloc((size_t)classes * sizeof *probability);
    softmax(logits, classes, probability);
    json_t *list = json_array();
    for (int32_t k = 0; k < classes; k++) {
        json_array_append_new(list, json_real(probability[k]));
    }
    free(probability);
    json_t *root = json_pack("{s:s, s:i, s:s, s:o}", "id", predictor->session.posts.items[0].id, "prediction",
                             (int)best, "class", predictor->class_names[best], "probabilities", list);
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    const int failed = text == NULL || fprintf(out, "%s\n", text) < 0;
    free(text);
    json_decref(root);
    return failed ? axf_fail_errno("standard output") : AXF_OK;
}

axf_status axf_predictor_line(axf_predictor *predictor, const char *line, size_t length, int64_t number,
                              const char *images, FILE *out)
{
    json_error_t error;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return axf_fail(AXF_ERR_FORMAT, "line %lld: not a JSON object", (long long)number);
    }
    float *logits;
    axf_status status = take_line(predictor, object, number, images);
    json_decref(object);
    if (status == AXF_OK) {
        status = compute(predictor, &logits);
    }
    if (status == AXF_OK) {
        status = print_json(predictor, logits, out);
        free(logits);
    }
    axf_posts_free(&predictor->session.posts);
    return status;
}
