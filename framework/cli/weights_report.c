#include "cli/weights_report.h"

#include "cli/common.h"
#include "core/error.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "model/load_weights.h"
#include "plugin/calls.h"
#include "spec/load.h"
#include "spec/options.h"
#include "spec/weights_path.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which encoder ---- */

static int has(const axf_weights_report *r, const char *tensor)
{
    return axf_weights_find(r->weights, tensor) != NULL;
}

/* Reads model_type of config.json in the folder, "" when there is none. `broken` says why a config.json is not
 * usable. */
static axf_status read_type(axf_weights_report *r)
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

/* Encoders whose names differ from the model_type of their checkpoints. Those of torchvision are recognised by their
 * blocks. */
static const char *guess(const axf_weights_report *r)
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

static int of_kind(const axf_weights_report *r, int i)
{
    const char *wanted = r->arguments->kind;
    return wanted == NULL || strncmp(kinds[i], wanted, strlen(wanted)) == 0;
}

/* NULL when no encoder fits and the user did not name one. */
static axf_status choose(axf_weights_report *r, axf_registered **component)
{
    const char *name = r->arguments->encoder != NULL ? r->arguments->encoder : guess(r);
    *component = NULL;
    for (int i = 0; i < KINDS && *component == NULL; i++) {
        const axf_kind *kind = axf_kind_of_label(kinds[i]);
        *component = kind != NULL && of_kind(r, i) ? axf_registry_find(&r->registry, kind->id, name) : NULL;
    }
    if (*component == NULL && r->arguments->encoder != NULL) {
        return axf_fail(AXF_ERR_USAGE, "there is no %s encoder '%s'; auxfuse plugins lists all",
                        r->arguments->kind != NULL ? r->arguments->kind : "text, image or joint", name);
    }
    if (*component != NULL) {
        r->kind = (*component)->kind->label;
        r->encoder = (*component)->component.name;
    }
    return AXF_OK;
}

/* ---- what it would take ---- */

const char *axf_weights_report_config(const axf_weights_report *r)
{
    return r->folder != r->path && r->has_config ? r->folder : NULL;
}

/* Sets the encoder's options: these weights for its first WEIGHTS option, and -s KEY=VALUE. */
static axf_status read_options(axf_weights_report *r)
{
    const axf_options *table = r->instance.component->component.options;
    axf_node *map = axf_node_map(&r->arena, NULL);
    const char *config = axf_weights_report_config(r);
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
    const char *const *settings = r->arguments->settings;
    const axf_node *merged;
    AXF_TRY(axf_spec_set(&r->arena, map, settings, axf_setting_count(settings), &merged));
    const axf_options_context context = {.owner = r->encoder};
    return axf_options_parse(table, merged, &r->instance.arena, r->instance.options, &context);
}

/* Asks for all outputs, so that every parameter that the encoder can have is declared. */
static axf_status declare(axf_weights_report *r)
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

int axf_weights_report_expects(const axf_weights_report *r, int32_t i)
{
    const char *folder = r->instance.declared_folder[i];
    return folder != NULL && strcmp(folder, r->path) == 0 && !(r->instance.declared[i]->spec.flags & AXF_PARAM_NEW);
}

static void make_plan(axf_weights_report *r)
{
    const axf_instance *instance = &r->instance;
    const char *folder = r->path;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        folder = axf_weights_report_expects(r, i) ? instance->declared_folder[i] : folder;
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
        const int missing = axf_weights_report_expects(r, i) && !r->arrived[i];
        r->initialised += missing && (instance->declared[i]->spec.flags & AXF_PARAM_OPTIONAL) != 0;
        r->wrong += missing && (instance->declared[i]->spec.flags & AXF_PARAM_OPTIONAL) == 0;
    }
}

axf_status axf_weights_report_plan(axf_weights_report *r)
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

const char *axf_weights_report_use(const axf_weights_report *r, size_t i)
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

/* ---- opening and closing ---- */

axf_status axf_weights_report_open(axf_weights_report *r)
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

void axf_weights_report_close(axf_weights_report *r)
{
    axf_call_destroy(&r->instance);
    if (r->instance.component != NULL) {
        axf_params_free(&r->params);
        axf_instance_free(&r->instance);
    }
    free(r->arrived);
    free(r->target);
    axf_weights_close(r->weights);
    axf_registry_free(&r->registry);
    axf_arena_free(&r->arena);
}
