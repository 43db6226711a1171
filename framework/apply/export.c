#include "apply/export.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/read.h"
#include "model/load_weights.h"
#include "run/run_weights.h"
#include "spec/emit.h"
#include "spec/options_row.h"
#include "tensor/param_values.h"
#include "weights/safetensors.h"
#include "weights/safetensors_write.h"
#include "weights/weights.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_CONFIG = 16 << 20, MOST_COPIED = 64 << 20 };

enum { MOST_CHECKPOINTS = 4 };

typedef struct checkpoint {
    const char *option; /* that names it */
    const char *path;   /* where the run had it; NULL: nowhere */
    const char *name;   /* of the folder it is exported to */
    const char *source; /* where config.json and vocabulary are; NULL: nowhere */
} checkpoint;

/* One of the run's on its way out. What is built on several checkpoints (MMBT: a BERT and a ResNet) becomes a folder
 * for each that was there; what of it came from none goes into head.safetensors. */
typedef struct encoder {
    const char *name; /* "text" */
    const axf_component_use *use;
    checkpoint checkpoints[MOST_CHECKPOINTS];
    int32_t count;
} encoder;

typedef struct exporter {
    axf_finished *finished;
    const char *folder;
    FILE *out;
    encoder encoders[3];
    int32_t count;
    axf_safetensors *final; /* the run's weights */
} exporter;

/* ---- parameters ---- */

static axf_status write_params(const char *path, axf_param *const *params, const char *const *names, int32_t count)
{
    axf_safetensors_item *items = axf_alloc(((size_t)count + 1) * sizeof *items);
    for (int32_t i = 0; i < count; i++) {
        items[i] = (axf_safetensors_item){names[i], AXF_STORED_F32, params[i]->tensor.ndim, params[i]->tensor.shape};
    }
    const axf_safetensors_pair pair = {"format", "pt"}; /* without it transformers refuses the file */
    axf_safetensors_writer *writer;
    axf_status status = axf_safetensors_create(path, &pair, 1, items, (size_t)count, &writer);
    free(items);
    AXF_TRY(status);
    for (int32_t i = 0; i < count && status == AXF_OK; i++) {
        const size_t elements = (size_t)axf_param_elements(params[i]);
        float *values = malloc(elements * sizeof *values + 1);
        status = values != NULL ? axf_param_get(params[i], values)
                                : axf_fail(AXF_ERR_MEMORY, "no memory for '%s'", params[i]->name);
        if (status == AXF_OK) {
            status = axf_safetensors_put(writer, values, elements * sizeof *values);
        }
        free(values);
    }
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

/* Which of the encoder's exported folders a parameter belongs to; -1: none, as what no checkpoint of its kind has
 * (MMBT's projections, LXMERT's last layer): a library that loads the folder knows no such name. */
static int32_t folder_of(const encoder *e, int32_t declared)
{
    const char *folder = e->use->instance->declared_folder[declared];
    if (e->use->instance->declared[declared]->spec.flags & AXF_PARAM_NEW) {
        return -1;
    }
    if (e->count == 1) {
        return 0;
    }
    for (int32_t i = 0; folder != NULL && i < e->count; i++) {
        if (e->checkpoints[i].path != NULL && strcmp(e->checkpoints[i].path, folder) == 0) {
            return i;
        }
    }
    return -1;
}

/* The parameters of one folder that come from the run or from its checkpoint, under the names that are declared. */
static axf_status write_model(const exporter *x, const encoder *e, int32_t at, const char *folder, int32_t *written)
{
    const axf_instance *instance = e->use->instance;
    const size_t room = (size_t)instance->declared_count + 1;
    uint8_t *missing = axf_alloc(room);
    axf_param **params = axf_alloc(room * sizeof *params);
    const char **names = axf_alloc(room * sizeof *names);
    axf_status status = axf_weights_find_missing(instance, missing);
    *written = 0;
    for (int32_t i = 0; i < instance->declared_count && status == AXF_OK; i++) {
        axf_param *param = instance->declared[i];
        const int unknown = instance->declared_folder[i] != NULL && missing[i];
        if (folder_of(e, i) == at && (!unknown || axf_safetensors_find(x->final, param->name) != NULL)) {
            params[*written] = param;
            names[(*written)++] = param->spec.name;
        }
    }
    if (status == AXF_OK) {
        char *path = axf_path_join(folder, "model.safetensors");
        status = write_params(path, params, names, *written);
        free(path);
    }
    free(missing);
    free(params);
    free(names);
    return status;
}

/* 1: the parameter is in a folder of its own encoder. */
static int is_in_encoder(const exporter *x, const axf_param *param)
{
    for (int32_t i = 0; i < x->count; i++) {
        const axf_instance *instance = x->encoders[i].use->instance;
        for (int32_t k = 0; k < instance->declared_count; k++) {
            if (instance->declared[k] == param) {
                return folder_of(&x->encoders[i], k) >= 0;
            }
        }
    }
    return 0;
}

static axf_status write_head(const exporter *x, json_t *layers)
{
    const axf_params *all = &x->finished->bench.model.params;
    axf_param **params = axf_alloc(((size_t)all->count + 1) * sizeof *params);
    const char **names = axf_alloc(((size_t)all->count + 1) * sizeof *names);
    int32_t count = 0;
    for (int32_t i = 0; i < all->count; i++) {
        axf_param *param = all->items[i];
        if (is_in_encoder(x, param)) {
            continue;
        }
        params[count] = param;
        names[count++] = param->name;
        json_t *shape = json_array();
        for (int32_t d = 0; d < param->tensor.ndim; d++) {
            json_array_append_new(shape, json_integer(param->tensor.shape[d]));
        }
        json_object_set_new(layers, param->name, shape);
    }
    char *path = axf_path_join(x->folder, "head.safetensors");
    const axf_status status = write_params(path, params, names, count);
    if (status == AXF_OK) {
        fprintf(x->out, "%s: %d tensors\n", path, (int)count);
    }
    free(path);
    free(params);
    free(names);
    return status;
}

/* ---- files beside the weights ---- */

static axf_status write_json(const char *folder, const char *name, const json_t *root)
{
    char *path = axf_path_join(folder, name), *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(16));
    axf_strbuf bytes = {0};
    axf_strbuf_printf(&bytes, "%s\n", text != NULL ? text : "");
    const axf_status status = text != NULL ? axf_durable_write_file(path, axf_strbuf_text(&bytes), bytes.length)
                                           : axf_fail(AXF_ERR_INTERNAL, "%s: the values are no JSON", path);
    axf_strbuf_free(&bytes);
    free(text);
    free(path);
    return status;
}

static int ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Vocabularies, merges, tokenizer and preprocessor settings: small files of these kinds; not indexes of shards. */
static int is_kept(const char *name)
{
    static const char *const kinds[] = {".json", ".txt", ".model", ".codes"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (ends_with(name, kinds[i])) {
            return !ends_with(name, ".index.json") && strcmp(name, "config.json") != 0;
        }
    }
    return 0;
}

/* What is written is a trunk in f32, whatever the checkpoint was: these keys would make a reader think otherwise. */
static axf_status write_config(const char *source, const char *folder)
{
    static const char *const dtypes[] = {"torch_dtype", "dtype"};
    char *path = axf_path_join(source, "config.json"), *bytes = NULL;
    size_t length;
    json_error_t error;
    axf_status status = axf_read_file(path, MOST_CONFIG, &bytes, &length);
    json_t *root = status == AXF_OK ? json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (status == AXF_OK && !json_is_object(root)) {
        status = axf_fail(AXF_ERR_FORMAT, "%s: not a JSON object", path);
    }
    if (status == AXF_OK) {
        json_object_del(root, "architectures");
        for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
            if (json_object_get(root, dtypes[i]) != NULL) {
                json_object_set_new(root, dtypes[i], json_string("float32"));
            }
        }
        status = write_json(folder, "config.json", root);
    }
    json_decref(root);
    free(bytes);
    free(path);
    return status;
}

static axf_status copy_file(const char *source, const char *folder, const char *name)
{
    char *from = axf_path_join(source, name), *to = axf_path_join(folder, name), *bytes = NULL;
    size_t length;
    axf_status status = axf_read_file(from, MOST_COPIED, &bytes, &length);
    if (status == AXF_OK) {
        status = axf_durable_write_file(to, bytes, length);
    }
    free(bytes);
    free(from);
    free(to);
    return status;
}

static axf_status copy_files(const char *source, const char *folder, int32_t *copied)
{
    char **names;
    size_t count;
    *copied = 0;
    AXF_TRY(axf_folder_files(source, &names, &count));
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        if (strcmp(names[i], "config.json") == 0) {
            status = write_config(source, folder);
            ++*copied;
        } else if (is_kept(names[i])) {
            status = copy_file(source, folder, names[i]);
            ++*copied;
        }
    }
    axf_names_free(names, count);
    return status;
}

static int is_exported(const encoder *e, int32_t at)
{
    return e->count == 1 || e->checkpoints[at].path != NULL;
}

static axf_status write_folder(const exporter *x, const encoder *e, int32_t at)
{
    const checkpoint *c = &e->checkpoints[at];
    char *folder = axf_path_join(x->folder, c->name);
    int32_t tensors = 0, files = 0;
    axf_status status = axf_folder_make(folder);
    if (status == AXF_OK) {
        status = write_model(x, e, at, folder, &tensors);
    }
    if (status == AXF_OK && c->source != NULL) {
        status = copy_files(c->source, folder, &files);
    }
    if (status == AXF_OK) {
        fprintf(x->out, "%s: %d tensors of %s, %d files beside them\n", folder, (int)tensors,
                e->use->instance->component->component.name, (int)files);
    }
    free(folder);
    return status;
}

static axf_status write_encoder(const exporter *x, const encoder *e)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < e->count && status == AXF_OK; i++) {
        status = is_exported(e, i) ? write_folder(x, e, i) : AXF_OK;
    }
    return status;
}

/* ---- what the folder is, as a run ---- */

/* The checkpoint that an option `config` (`image_config`) goes with: `weights` (`image_weights`), when those are random
 * or one file. -1: the option is no such; other paths lead to data (region features), which stay where they are. */
static int32_t checkpoint_of_config(const encoder *e, const axf_option *option)
{
    if (option->type != AXF_OPT_PATH || !(option->flags & AXF_OPT_FILE) || !ends_with(option->name, "config")) {
        return -1;
    }
    const size_t prefix = strlen(option->name) - strlen("config");
    for (int32_t i = 0; i < e->count; i++) {
        const char *weights = e->checkpoints[i].option;
        if (weights != NULL && strncmp(weights, option->name, prefix) == 0 &&
            strcmp(weights + prefix, "weights") == 0) {
            return i;
        }
    }
    return -1;
}

/* An encoder's section with the exported folders as checkpoints. */
static const axf_node *exported_part(const encoder *e, const axf_node *written, axf_arena *arena)
{
    const axf_options *table = e->use->instance->component->component.options;
    axf_node *part = axf_node_copy(arena, written);
    for (uint32_t k = 0; table != NULL && k < table->count; k++) {
        const axf_option option = axf_option_row(table, k);
        const int32_t at = checkpoint_of_config(e, &option);
        if (at >= 0 && is_exported(e, at)) { /* it stood for a checkpoint that is there now */
            axf_node_set_text(arena, part, option.name, axf_node_scalar(arena, NULL, "null", false));
        }
    }
    for (int32_t i = 0; i < e->count; i++) {
        if (is_exported(e, i) && e->checkpoints[i].option != NULL) {
            const char *folder = axf_arena_printf(arena, "./%s", e->checkpoints[i].name);
            axf_node_set_text(arena, part, e->checkpoints[i].option, axf_node_scalar(arena, NULL, folder, true));
        }
    }
    return part;
}

/* The run's spec with the exported folders, relative to it. */
static const axf_node *exported_spec(const exporter *x, axf_arena *arena)
{
    axf_node *spec = axf_node_copy(arena, x->finished->spec);
    axf_node *model = axf_node_copy(arena, axf_node_get(spec, "model"));
    for (int32_t i = 0; i < x->count; i++) {
        const axf_node *written = axf_node_get(model, x->encoders[i].name);
        if (written != NULL && written->kind == AXF_NODE_MAP) {
            axf_node_set_text(arena, model, x->encoders[i].name, exported_part(&x->encoders[i], written, arena));
        }
    }
    axf_node_set_text(arena, spec, "model", model);
    return spec;
}

static axf_status write_spec(const exporter *x, const axf_node *spec)
{
    axf_strbuf text = {0};
    char *path = axf_path_join(x->folder, "spec.yml");
    axf_strbuf_puts(&text,
                    "# The run that these weights come from; its checkpoints are the folders beside this file.\n");
    axf_node_emit(spec, 0, &text);
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(&text), text.length);
    axf_strbuf_free(&text);
    free(path);
    return status;
}

/* 1: a recorded folder that the exported spec still names. */
static int is_still_named(const exporter *x, const json_t *entry)
{
    const char *part = json_string_value(json_object_get(entry, "part"));
    const char *option = json_string_value(json_object_get(entry, "option"));
    for (int32_t i = 0; i < x->count; i++) {
        const encoder *e = &x->encoders[i];
        if (part == NULL || strcmp(part, e->use->section) != 0) {
            continue;
        }
        for (int32_t k = 0; k < e->count; k++) {
            const char *name = e->checkpoints[k].option;
            if (e->count == 1 || (option != NULL && name != NULL && is_exported(e, k) && strcmp(name, option) == 0)) {
                return 0;
            }
        }
    }
    return 1;
}

/* The run's, with hashes of the exported folders. */
static axf_status write_environment(const exporter *x)
{
    json_t *root = json_copy(x->finished->environment), *list = json_array();
    const json_t *recorded = json_object_get(root, "weights");
    for (size_t i = 0; i < json_array_size(recorded); i++) {
        if (is_still_named(x, json_array_get(recorded, i))) {
            json_array_append(list, json_array_get(recorded, i));
        }
    }
    for (int32_t i = 0; i < x->count; i++) {
        const encoder *e = &x->encoders[i];
        for (int32_t k = 0; k < e->count; k++) {
            const checkpoint *c = &e->checkpoints[k];
            char *folder = axf_path_join(x->folder, c->name);
            json_t *entry = c->option != NULL && is_exported(e, k)
                                ? axf_run_weights_entry(e->use->section, c->option, c->name, folder, NULL)
                                : NULL;
            if (entry != NULL) {
                json_array_append_new(list, entry);
            }
            free(folder);
        }
    }
    json_object_set_new(root, "weights", list);
    const axf_status status = write_json(x->folder, "environment.json", root);
    json_decref(root);
    return status;
}

static json_t *section_json(const axf_node *node)
{
    axf_strbuf text = {0};
    if (node != NULL) {
        axf_node_json(node, &text);
    }
    json_t *value = node != NULL ? json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL) : NULL;
    axf_strbuf_free(&text);
    return value != NULL ? value : json_null();
}

static axf_status write_head_json(const exporter *x, const axf_node *spec, json_t *layers)
{
    const axf_model *model = &x->finished->bench.model;
    const json_t *environment = x->finished->environment;
    json_t *root = json_object();
    json_object_set_new(root, "format", json_string("auxfuse head 1"));
    json_object_set(root, "auxfuse", json_object_get(environment, "auxfuse"));
    json_object_set(root, "run_id", json_object_get(environment, "run_id"));
    json_object_set(root, "classes", json_object_get(environment, "classes"));
    json_object_set_new(root, "several_labels", json_boolean(model->multi_label));
    json_object_set_new(root, "classifier_reads",
                        json_string(model->single_vector == 0                 ? "fused"
                                    : model->single_vector == AXF_WANT_POOLED ? "pooled"
                                                                              : "first row"));
    static const char *const sections[] = {"model", "objective", "losses"};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        json_object_set_new(root, sections[i], section_json(axf_node_get(spec, sections[i])));
    }
    json_object_set_new(root, "tensors", layers);
    const axf_status status = write_json(x->folder, "head.json", root);
    json_decref(root);
    return status;
}

/* ---- together ---- */

/* "joint" for the first checkpoint, "joint-image" for `image_weights`. */
static const char *folder_name(axf_arena *arena, const char *encoder_name, const char *option, int first)
{
    const size_t length = strlen(option), tail = strlen("_weights");
    const size_t kept = ends_with(option, "_weights") ? length - tail : length;
    return first ? encoder_name : axf_arena_printf(arena, "%s-%s", encoder_name, axf_arena_copy_n(arena, option, kept));
}

/* A folder that an option names, NULL where it is none. */
static const char *option_folder(const axf_component_use *use, const axf_option *option, const char **path)
{
    struct stat info;
    memcpy(path, (const char *)use->instance->options + option->offset, sizeof *path);
    return *path != NULL && stat(*path, &info) == 0 && S_ISDIR(info.st_mode) ? *path : NULL;
}

static void add_encoder(exporter *x, const char *name, const axf_component_use *use)
{
    if (use->instance == NULL) {
        return;
    }
    encoder *e = &x->encoders[x->count++];
    *e = (encoder){.name = name, .use = use};
    const axf_options *table = use->instance->component->component.options;
    const uint32_t options = table != NULL ? table->count : 0;
    const char *path;
    for (uint32_t k = 0; k < options && e->count < MOST_CHECKPOINTS; k++) {
        const axf_option option = axf_option_row(table, k);
        if (option.type == AXF_OPT_WEIGHTS && (option.flags & AXF_OPT_FILE)) {
            const char *source = option_folder(use, &option, &path);
            const char *folder = folder_name(&x->finished->arena, name, option.name, e->count == 0);
            e->checkpoints[e->count++] = (checkpoint){option.name, path, folder, source};
        }
    }
    for (uint32_t k = 0; k < options; k++) {
        const axf_option option = axf_option_row(table, k);
        const int32_t at = checkpoint_of_config(e, &option);
        if (at >= 0 && e->checkpoints[at].source == NULL) {
            e->checkpoints[at].source = option_folder(use, &option, &path);
        }
    }
    if (e->count == 0) {
        e->checkpoints[e->count++] = (checkpoint){.name = name};
    }
}

static axf_status check_empty(const char *folder)
{
    DIR *items = opendir(folder);
    if (items == NULL) {
        return AXF_OK;
    }
    int found = 0;
    for (const struct dirent *item = readdir(items); item != NULL && !found; item = readdir(items)) {
        found = strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0;
    }
    closedir(items);
    return found ? axf_fail(AXF_ERR_USAGE, "%s is not empty: name a new folder", folder) : AXF_OK;
}

static axf_status write_all(const exporter *x)
{
    axf_arena arena = {0};
    json_t *layers = json_object();
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < x->count && status == AXF_OK; i++) {
        status = write_encoder(x, &x->encoders[i]);
    }
    const axf_node *spec = exported_spec(x, &arena);
    if (status == AXF_OK) {
        status = write_head(x, layers);
    }
    if (status == AXF_OK) {
        status = write_head_json(x, spec, json_incref(layers));
    }
    if (status == AXF_OK) {
        status = write_spec(x, spec);
    }
    if (status == AXF_OK) {
        status = write_environment(x);
    }
    json_decref(layers);
    axf_arena_free(&arena);
    return status;
}

axf_status axf_export(axf_finished *finished, const char *folder, FILE *out)
{
    const axf_experiment *experiment = &finished->bench.experiment;
    exporter x = {.finished = finished, .folder = folder, .out = out};
    add_encoder(&x, "text", &experiment->text);
    add_encoder(&x, "image", &experiment->image);
    add_encoder(&x, "joint", &experiment->joint);
    AXF_TRY(check_empty(folder));
    AXF_TRY(axf_folder_make(folder));
    AXF_TRY(axf_safetensors_open(finished->final, &x.final));
    const axf_status status = write_all(&x);
    axf_safetensors_close(x.final);
    return status;
}
