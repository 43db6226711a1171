#include "cli/weights_print.h"

#include "core/text.h"
#include "files/json.h"
#include "files/path.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void shape_text(const axf_stored *entry, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "[");
    for (int32_t i = 0; i < entry->ndim && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%lld", i > 0 ? ", " : "", (long long)entry->shape[i]);
    }
    if (at < size) {
        snprintf(text + at, size - at, "]");
    }
}

static uint64_t all_bytes(const axf_weights_report *r)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < axf_weights_count(r->weights); i++) {
        bytes += axf_weights_entry_at(r->weights, i)->size;
    }
    return bytes;
}

/* Prints only the first few, since a checkpoint of another model lacks nearly all. */
static void print_parameters(const axf_weights_report *r, int optional, const char *title)
{
    enum { MOST = 20 };
    int shown = 0;
    for (int32_t i = 0; i < r->instance.declared_count; i++) {
        const axf_parameter *spec = &r->instance.declared[i]->spec;
        if (axf_weights_report_expects(r, i) && !r->arrived[i] &&
            ((spec->flags & AXF_PARAM_OPTIONAL) != 0) == optional) {
            if (shown++ < MOST) {
                printf("%s%s", shown > 1 ? ", " : title, spec->name);
            }
        }
    }
    if (shown > MOST) {
        printf(" and %d more", shown - MOST);
    }
    printf("%s", shown > 0 ? "\n" : "");
}

/* Names come from the file, so control characters are escaped for the terminal. */
static void print_name(const char *name, int width)
{
    axf_strbuf text = {0};
    axf_terminal_put(&text, name, strlen(name));
    printf("%-*s", width, text.length > 0 ? axf_strbuf_text(&text) : "(no name)");
    axf_strbuf_free(&text);
}

static void size_text(uint64_t bytes, char text[32])
{
    const double size = (double)bytes;
    if (bytes < 1000) {
        snprintf(text, 32, "%d bytes", (int)bytes);
    } else {
        snprintf(text, 32, "%.1f %s",
                 size / (size < 1e6   ? 1e3
                         : size < 1e9 ? 1e6
                                      : 1e9),
                 size < 1e6   ? "kB"
                 : size < 1e9 ? "MB"
                              : "GB");
    }
}

void axf_weights_print_text(const axf_weights_report *r)
{
    const size_t count = axf_weights_count(r->weights);
    char size[32];
    size_text(all_bytes(r), size);
    printf("%s: %s, %zu tensor%s, %s\n", r->path, axf_weights_format(r->weights), count, count == 1 ? "" : "s", size);
    for (size_t i = 0; i < count; i++) {
        const axf_stored *entry = axf_weights_entry_at(r->weights, i);
        char shape[200];
        shape_text(entry, shape, sizeof shape);
        printf("  ");
        print_name(entry->name, 60);
        printf(" %-4s %-20s %12llu  %s", axf_stored_dtype_name(entry->dtype), shape, (unsigned long long)entry->size,
               axf_weights_report_use(r, i));
        if (r->encoder != NULL && r->target[i] >= 0) {
            const char *name = r->instance.declared[r->target[i]]->spec.name;
            printf("%s%s", strcmp(name, entry->name) != 0 ? " as " : "", strcmp(name, entry->name) != 0 ? name : "");
        }
        printf("\n");
    }
    if (r->encoder == NULL) {
        return;
    }
    const char *config = axf_weights_report_config(r);
    printf("As %s '%s'%s%s: %lld tensor%s loaded, %lld parameter%s initialised, %lld tensor%s ignored\n", r->kind,
           r->encoder, config != NULL ? " with config: " : "", config != NULL ? config : "", (long long)r->loaded,
           r->loaded == 1 ? "" : "s", (long long)r->initialised, r->initialised == 1 ? "" : "s", (long long)r->ignored,
           r->ignored == 1 ? "" : "s");
    print_parameters(r, 1, "initialised: ");
    print_parameters(r, 0, "missing, so that it would be refused: ");
}

static json_t *parameters_json(const axf_weights_report *r, int optional)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < r->instance.declared_count; i++) {
        const axf_parameter *spec = &r->instance.declared[i]->spec;
        if (axf_weights_report_expects(r, i) && !r->arrived[i] &&
            ((spec->flags & AXF_PARAM_OPTIONAL) != 0) == optional) {
            json_array_append_new(list, json_string(spec->name));
        }
    }
    return list;
}

static json_t *tensor_json(const axf_weights_report *r, size_t i)
{
    const axf_stored *entry = axf_weights_entry_at(r->weights, i);
    json_t *shape = json_array();
    for (int32_t k = 0; k < entry->ndim; k++) {
        json_array_append_new(shape, json_integer(entry->shape[k]));
    }
    json_t *row =
        json_pack("{s:s, s:s, s:o, s:I, s:s}", "name", entry->name, "dtype", axf_stored_dtype_name(entry->dtype),
                  "shape", shape, "bytes", (json_int_t)entry->size, "file", axf_path_name(entry->file->path));
    if (r->encoder != NULL) {
        json_object_set_new(row, "use", json_string(axf_weights_report_use(r, i)));
        if (r->target[i] >= 0) {
            json_object_set_new(row, "parameter", json_string(r->instance.declared[r->target[i]]->spec.name));
        }
    }
    return row;
}

axf_status axf_weights_print_json(const axf_weights_report *r)
{
    json_t *tensors = json_array();
    for (size_t i = 0; i < axf_weights_count(r->weights); i++) {
        json_array_append_new(tensors, tensor_json(r, i));
    }
    json_t *root = json_pack("{s:s, s:s, s:I, s:o}", "path", r->path, "format", axf_weights_format(r->weights), "bytes",
                             (json_int_t)all_bytes(r), "tensors", tensors);
    if (r->encoder != NULL) {
        json_object_set_new(root, "kind", json_string(r->kind));
        json_object_set_new(root, "encoder", json_string(r->encoder));
        json_object_set_new(root, "initialised", parameters_json(r, 1));
        json_object_set_new(root, "missing", parameters_json(r, 0));
    }
    const axf_status status = axf_json_print(stdout, root, 17);
    json_decref(root);
    return status;
}
