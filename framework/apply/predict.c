#include "apply/predict.h"

#include "apply/predict_values.h"
#include "core/error.h"
#include "core/log.h"
#include "files/csv.h"
#include "metrics/metrics.h"
#include "spec/options.h"
#include "spec/options_text.h"

#include <stdlib.h>
#include <string.h>

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
        axf_predict_probabilities(&bench->model, row, probability);
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

/* The loader is freed after reading, so what the posts borrow from it is replaced. */
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
    AXF_TRY(axf_predict_compute(&finished->bench, &logits));
    const axf_status status = print_csv(finished, logits, out);
    free(logits);
    if (status == AXF_OK && finished->bench.posts.count < all) {
        axf_log(AXF_LOG_WARNING, "%d of %d posts left out: their images cannot be read",
                all - finished->bench.posts.count, all);
    }
    return status;
}
