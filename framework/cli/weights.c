/* auxfuse weights: what a file or folder of weights holds, and what an encoder would take of it. */
#include "weights/weights.h"
#include "cli/cli.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "model/load_weights.h"
#include "plugin/calls.h"
#include "plugin/instance.h"
#include "spec/load.h"
#include "spec/options.h"
#include "spec/weights_path.h"
#include "tensor/params.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *encoder, *kind;
    const char **settings, **plugins;
    bool json;
    char **rest;
    int rest_count;
} arguments;

typedef struct report {
    const arguments *arguments;
    axf_arena arena;
    axf_registry registry;
    const char *path;
    const char *folder; /* of the configuration: the path, or what the file lies in */
    axf_weights *weights;
    const char *type;           /* model_type of the folder's config.json, "" where there is none */
    bool has_config, has_codes; /* the folder has config.json, bpe.codes */
    const char *broken;         /* why config.json tells no model_type; NULL: it does, or is not there */
    const char *kind, *encoder; /* whose plan it is; NULL: of none */
    axf_instance instance;      /* of the encoder: it declares, and nothing is loaded */
    axf_params params;
    int32_t *target;  /* [tensors] place among the declared parameters, -1: ignored */
    uint8_t *arrived; /* [declared] 1: a tensor stands for it */
    int64_t loaded, ignored, initialised, wrong;
} report;

/* ---- which encoder ---- */

static int has(const report *r, const char *tensor)
{
    return axf_weights_find(r->weights, tensor) != NULL;
}

/* model_type of config.json in the folder, "" where there is none; `broken` says why one that is there tells nothing.
 */
static axf_status read_type(report *r)
{
    json_t *root = NULL;
    const char *path = axf_arena_printf(&r->arena, "%s/config.json", r->folder);
    r->type = "";
    AXF_TRY(axf_is_there_in(r->folder, "bpe.codes", &r->has_codes));
    AXF_TRY(axf_is_there(path, &r->has_config));
    if (r->has_config && axf_json_read(path, 16 << 20, &root) != AXF_OK) {
        r->broken = axf_arena_copy(&r->arena, axf_error_message());
    } else if (r->has_config) {
        const char *text = json_string_value(json_object_get(root, "model_type"));
        r->type = text != NULL ? axf_arena_copy(&r->arena, text) : "";
        r->broken = text == NULL
                        ? axf_arena_printf(&r->arena, "%s has no model_type: name the encoder by --encoder", path)
                        : NULL;
    }
    json_decref(root);
    return AXF_OK;
}

/* The encoders whose names differ from the model_type of their checkpoints; torchvision's are told by their blocks. */
static const char *guess(const report *r)
{
    const char *type = r->type;
    if (has(r, "layer1.0.conv3.weight")) {
        return has(r, "layer3.35.conv1.weight") ? "resnet152" : "resnet50";
    }
    if (strcmp(type, "roberta") == 0) {
        return r->has_codes ? "bertweet" : "roberta";
    }
    return strcmp(type, "xlm-roberta") == 0 ? "bernice" : type;
}

static const char *const kinds[] = {"text encoder", "image encoder", "joint encoder"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int of_kind(const report *r, int i)
{
    const char *wanted = r->arguments->kind;
    return wanted == NULL || strncmp(kinds[i], wanted, strlen(wanted)) == 0;
}

/* NULL where nothing fits and none was asked for. */
static axf_status choose(report *r, axf_registered **component)
{
    const char *name = r->arguments->encoder != NULL ? r->arguments->encoder : guess(r);
    *component = NULL;
    for (int i = 0; i < KINDS && *component == NULL; i++) {
        const axf_kind *kind = axf_kind_of_label(kinds[i]);
        *component = kind != NULL && of_kind(r, i) ? axf_registry_find(&r->registry, kind->id, name) : NULL;
    }
    if (*component == NULL && r->arguments->encoder != NULL) {
        return axf_fail(AXF_ERR_USAGE, "no %s encoder '%s'; auxfuse plugins lists all",
                        r->arguments->kind != NULL ? r->arguments->kind : "text, image or joint", name);
    }
    if (*component != NULL) {
        r->kind = (*component)->kind->label;
        r->encoder = (*component)->component.name;
    }
    return AXF_OK;
}

/* ---- what it would take ---- */

/* A file's configuration, where one lies beside it: a spec has to name it. NULL: it needs none, or there is none. */
static const char *file_config(const report *r)
{
    return r->folder != r->path && r->has_config ? r->folder : NULL;
}

/* The encoder's options: these weights for its first WEIGHTS option, and -s KEY=VALUE. */
static axf_status read_options(report *r)
{
    const axf_options *table = r->instance.component->component.options;
    axf_node *map = axf_node_map(&r->arena, NULL);
    const char *config = file_config(r);
    bool placed = false;
    for (uint32_t i = 0; i < table->count; i++) {
        const axf_option *option = (const axf_option *)((const char *)table->first + (size_t)i * table->stride);
        if (option->type == AXF_OPT_WEIGHTS && !placed) {
            axf_node_set_text(&r->arena, map, option->name, axf_node_scalar(&r->arena, NULL, r->path, true));
            placed = true;
        } else if (option->type == AXF_OPT_PATH && strcmp(option->name, "config") == 0 && config != NULL) {
            axf_node_set_text(&r->arena, map, option->name, axf_node_scalar(&r->arena, NULL, config, true));
        }
    }
    uint32_t settings = 0;
    while (r->arguments->settings != NULL && r->arguments->settings[settings] != NULL) {
        settings++;
    }
    const axf_node *merged;
    AXF_TRY(axf_spec_set(&r->arena, map, r->arguments->settings, settings, &merged));
    const axf_options_context context = {.owner = r->encoder};
    return axf_options_parse(table, merged, &r->instance.arena, r->instance.options, &context);
}

/* All outputs, so that every parameter that the encoder can have is declared. */
static axf_status declare(report *r)
{
    axf_instance *i = &r->instance;
    if (strcmp(r->kind, kinds[0]) == 0) {
        axf_text_facts facts = {.struct_size = sizeof facts};
        AXF_TRY(axf_call_text_describe(i, &facts));
        return axf_call_text_declare(i, &r->params, facts.gives);
    }
    if (strcmp(r->kind, kinds[1]) == 0) {
        axf_image_facts facts = {.struct_size = sizeof facts};
        AXF_TRY(axf_call_image_describe(i, &facts));
        return axf_call_image_declare(i, &r->params, facts.gives);
    }
    axf_joint_facts facts = {.struct_size = sizeof facts};
    AXF_TRY(axf_call_joint_describe(i, &facts));
    return axf_call_joint_declare(i, &r->params, facts.gives);
}

/* Declared under these weights, and not to be drawn in any case. */
static int is_expected(const report *r, int32_t i)
{
    const char *folder = r->instance.declared_folder[i];
    return folder != NULL && strcmp(folder, r->path) == 0 && !(r->instance.declared[i]->spec.flags & AXF_PARAM_NEW);
}

static void make_plan(report *r)
{
    const axf_instance *instance = &r->instance;
    const char *folder = r->path;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        folder = is_expected(r, i) ? instance->declared_folder[i] : folder;
    }
    r->arrived = axf_alloc_zero((size_t)instance->declared_count + 1, 1);
    for (size_t i = 0; i < axf_weights_count(r->weights); i++) {
        const axf_stored *entry = axf_weights_entry_at(r->weights, i);
        const int32_t at = axf_weights_target(instance, folder, entry->name);
        r->target[i] = at;
        if (at < 0) {
            r->ignored++;
        } else {
            r->wrong += r->arrived[at] || !axf_weights_same_shape(entry, instance->declared[at]);
            r->arrived[at] = 1;
            r->loaded++;
        }
    }
    for (int32_t i = 0; i < instance->declared_count; i++) {
        const int missing = is_expected(r, i) && !r->arrived[i];
        r->initialised += missing && (instance->declared[i]->spec.flags & AXF_PARAM_OPTIONAL) != 0;
        r->wrong += missing && (instance->declared[i]->spec.flags & AXF_PARAM_OPTIONAL) == 0;
    }
}

static axf_status plan(report *r)
{
    axf_registered *component;
    AXF_TRY(choose(r, &component));
    if (component == NULL) {
        return AXF_OK;
    }
    AXF_TRY(axf_instance_init(&r->instance, component, "encoder", 0));
    axf_params_init(&r->params, NULL, NULL, AXF_F32);
    AXF_TRY(read_options(r));
    AXF_TRY(declare(r));
    make_plan(r);
    return AXF_OK;
}

/* ---- printing ---- */

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

/* "loaded", "ignored", or why it would be refused; "" without an encoder. */
static const char *use_of(const report *r, size_t i)
{
    if (r->encoder == NULL) {
        return "";
    }
    if (r->target[i] < 0) {
        return "ignored";
    }
    return axf_weights_same_shape(axf_weights_entry_at(r->weights, i), r->instance.declared[r->target[i]])
               ? "loaded"
               : "wrong shape";
}

static uint64_t all_bytes(const report *r)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < axf_weights_count(r->weights); i++) {
        bytes += axf_weights_entry_at(r->weights, i)->size;
    }
    return bytes;
}

/* The first few: a checkpoint of another model lacks nearly all. */
static void print_parameters(const report *r, int optional, const char *title)
{
    enum { MOST = 20 };
    int shown = 0;
    for (int32_t i = 0; i < r->instance.declared_count; i++) {
        const axf_parameter *spec = &r->instance.declared[i]->spec;
        if (is_expected(r, i) && !r->arrived[i] && ((spec->flags & AXF_PARAM_OPTIONAL) != 0) == optional) {
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

/* Names come out of the file: what a terminal would obey is escaped. */
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

static void print_text(const report *r)
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
               use_of(r, i));
        if (r->encoder != NULL && r->target[i] >= 0) {
            const char *name = r->instance.declared[r->target[i]]->spec.name;
            printf("%s%s", strcmp(name, entry->name) != 0 ? " as " : "", strcmp(name, entry->name) != 0 ? name : "");
        }
        printf("\n");
    }
    if (r->encoder == NULL) {
        return;
    }
    const char *config = file_config(r);
    printf("As %s '%s'%s%s: %lld tensor%s loaded, %lld parameter%s initialised, %lld tensor%s ignored\n", r->kind,
           r->encoder, config != NULL ? " with config: " : "", config != NULL ? config : "", (long long)r->loaded,
           r->loaded == 1 ? "" : "s", (long long)r->initialised, r->initialised == 1 ? "" : "s", (long long)r->ignored,
           r->ignored == 1 ? "" : "s");
    print_parameters(r, 1, "initialised: ");
    print_parameters(r, 0, "missing, so that it would be refused: ");
}

static json_t *parameters_json(const report *r, int optional)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < r->instance.declared_count; i++) {
        const axf_parameter *spec = &r->instance.declared[i]->spec;
        if (is_expected(r, i) && !r->arrived[i] && ((spec->flags & AXF_PARAM_OPTIONAL) != 0) == optional) {
            json_array_append_new(list, json_string(spec->name));
        }
    }
    return list;
}

static json_t *tensor_json(const report *r, size_t i)
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
        json_object_set_new(row, "use", json_string(use_of(r, i)));
        if (r->target[i] >= 0) {
            json_object_set_new(row, "parameter", json_string(r->instance.declared[r->target[i]]->spec.name));
        }
    }
    return row;
}

static axf_status print_json(const report *r)
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

/* ---- the verb ---- */

/* Why there is no plan, in the arena. */
static const char *unplanned(report *r, axf_status status)
{
    if (status == AXF_OK && r->broken != NULL) {
        return r->broken;
    }
    if (status == AXF_OK) {
        return r->type[0] == '\0'
                   ? "no config.json tells the encoder: name it by --encoder"
                   : axf_arena_printf(&r->arena,
                                      "no encoder is called '%.100s', the model_type in config.json: name "
                                      "one by --encoder",
                                      r->type);
    }
    return axf_arena_printf(&r->arena, "%s%s", axf_error_message(),
                            status == AXF_ERR_SPEC ? " (here by -s KEY=VALUE)" : "");
}

static axf_status find_weights(report *r)
{
    axf_arena *arena = &r->arena;
    AXF_TRY(axf_weights_locate(arena, axf_node_scalar(arena, NULL, r->arguments->rest[0], true), &r->path));
    AXF_TRY(axf_weights_open(r->path, &r->weights));
    bool is_folder;
    r->folder = r->path;
    AXF_TRY(axf_is_folder(r->path, &is_folder));
    if (!is_folder) {
        char *folder = axf_path_folder(r->path);
        r->folder = axf_arena_copy(arena, folder);
        free(folder);
    }
    AXF_TRY(read_type(r));
    r->target = axf_alloc_zero(axf_weights_count(r->weights) + 1, sizeof *r->target);
    return axf_cli_registry(&r->registry, r->arguments->plugins);
}

static axf_status show(report *r)
{
    AXF_TRY(find_weights(r));
    const axf_status status = plan(r);
    const char *reason = status != AXF_OK || r->encoder == NULL ? unplanned(r, status) : NULL;
    if (status != AXF_OK) { /* what it holds is worth showing in any case */
        r->encoder = NULL;
    }
    if (r->arguments->json) {
        AXF_TRY(print_json(r));
    } else {
        print_text(r);
        fflush(stdout);
    }
    if (status != AXF_OK && r->arguments->encoder != NULL) {
        return axf_fail(status, "%s", reason);
    }
    if (reason != NULL) {
        axf_log(AXF_LOG_LEVEL_WARNING, "what an encoder would load is not known: %s", reason);
    }
    return r->wrong == 0 ? AXF_OK
                         : axf_fail(AXF_ERR_FORMAT,
                                    "%s: %s '%s' would refuse it: shapes differ, tensors are missing, or "
                                    "two stand for one parameter",
                                    r->path, r->kind, r->encoder);
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {
        {.name = "encoder", .value = &a.encoder}, {.name = "kind", .value = &a.kind},
        {.name = "json", .flag = &a.json},        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "plugin", .list = &a.plugins},   {0}};
    report r = {.arguments = &a};
    axf_status status = axf_flags_parse(argc, argv, flags, &a.rest, &a.rest_count);
    if (status == AXF_OK && (a.rest_count != 1 || (a.kind != NULL && strcmp(a.kind, "text") != 0 &&
                                                   strcmp(a.kind, "image") != 0 && strcmp(a.kind, "joint") != 0))) {
        status = axf_fail(AXF_ERR_USAGE, "weights FOLDER|FILE [--encoder NAME] [--kind text|image|joint] [--json]");
    }
    if (status == AXF_OK) {
        status = show(&r);
    }
    const int code = status == AXF_OK ? 0 : axf_cli_fail(status);
    axf_call_destroy(&r.instance);
    if (r.instance.component != NULL) {
        axf_params_free(&r.params);
        axf_instance_free(&r.instance);
    }
    free(r.arrived);
    free(r.target);
    axf_weights_close(r.weights);
    axf_registry_free(&r.registry);
    axf_arena_free(&r.arena);
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
