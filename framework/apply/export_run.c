#include "apply/export_run.h"

#include "files/durable.h"
#include "files/json.h"
#include "files/path.h"
#include "run/run_weights.h"
#include "spec/emit.h"
#include "spec/options_row.h"

#include <stdlib.h>
#include <string.h>

/* ---- spec.yml ---- */

/* An encoder's section with the exported folders as checkpoints. */
static const axf_node *encoder_section(const axf_export_encoder *encoder, const axf_node *written, axf_arena *arena)
{
    const axf_options *table = encoder->use->instance->component->component.options;
    axf_node *section = axf_node_copy(arena, written);
    for (uint32_t k = 0; table != NULL && k < table->count; k++) {
        const axf_option option = axf_option_row(table, k);
        const int32_t at = axf_export_config_of(encoder, &option);
        if (at >= 0 && axf_export_has_folder(encoder, at)) { /* the exported folder has a config.json of its own */
            axf_node_set_text(arena, section, option.name, axf_node_scalar(arena, NULL, "null", false));
        }
    }
    for (int32_t i = 0; i < encoder->count; i++) {
        const axf_export_checkpoint *checkpoint = &encoder->checkpoints[i];
        if (axf_export_has_folder(encoder, i) && checkpoint->option != NULL) {
            const char *folder = axf_arena_printf(arena, "./%s", checkpoint->name);
            axf_node_set_text(arena, section, checkpoint->option, axf_node_scalar(arena, NULL, folder, true));
        }
    }
    return section;
}

const axf_node *axf_export_run_spec(const axf_export_plan *plan, axf_arena *arena)
{
    axf_node *spec = axf_node_copy(arena, plan->finished->spec);
    axf_node *model = axf_node_copy(arena, axf_node_get(spec, "model"));
    for (int32_t i = 0; i < plan->count; i++) {
        const axf_export_encoder *encoder = &plan->encoders[i];
        const axf_node *written = axf_node_get(model, encoder->name);
        if (written != NULL && written->kind == AXF_NODE_MAP) {
            axf_node_set_text(arena, model, encoder->name, encoder_section(encoder, written, arena));
        }
    }
    axf_node_set_text(arena, spec, "model", model);
    return spec;
}

static axf_status write_spec(const axf_export_plan *plan, const axf_node *spec)
{
    axf_strbuf text = {0};
    char *path = axf_path_join(plan->folder, "spec.yml");
    axf_strbuf_puts(&text,
                    "# The run that these weights come from; its checkpoints are the folders beside this file.\n");
    axf_node_emit(spec, 0, &text);
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(&text), text.length);
    axf_strbuf_free(&text);
    free(path);
    return status;
}

/* ---- environment.json ---- */

/* 1: the exported spec still names the recorded folder, since no exported folder has taken its place. */
static int is_still_named(const axf_export_plan *plan, const json_t *entry)
{
    const char *part = json_string_value(json_object_get(entry, "part"));
    const char *option = json_string_value(json_object_get(entry, "option"));
    for (int32_t i = 0; i < plan->count; i++) {
        const axf_export_encoder *encoder = &plan->encoders[i];
        if (part == NULL || strcmp(part, encoder->use->section) != 0) {
            continue;
        }
        for (int32_t k = 0; k < encoder->count; k++) {
            const char *name = encoder->checkpoints[k].option;
            if (encoder->count == 1 ||
                (option != NULL && name != NULL && axf_export_has_folder(encoder, k) && strcmp(name, option) == 0)) {
                return 0;
            }
        }
    }
    return 1;
}

/* The entries of the exported folders of an encoder. */
static axf_status add_entries(const axf_export_plan *plan, const axf_export_encoder *encoder, json_t *list)
{
    axf_status status = AXF_OK;
    for (int32_t k = 0; k < encoder->count && status == AXF_OK; k++) {
        const axf_export_checkpoint *checkpoint = &encoder->checkpoints[k];
        if (checkpoint->option == NULL || !axf_export_has_folder(encoder, k)) {
            continue;
        }
        char *folder = axf_path_join(plan->folder, checkpoint->name);
        status = axf_run_weights_add(list, encoder->use->section, checkpoint->option, checkpoint->name, folder, NULL);
        free(folder);
    }
    return status;
}

/* The run's environment, with the exported folders as the weights that it was built on. */
static axf_status write_environment(const axf_export_plan *plan)
{
    json_t *root = json_copy(plan->finished->environment), *list = json_array();
    const json_t *recorded = json_object_get(root, "weights");
    for (size_t i = 0; i < json_array_size(recorded); i++) {
        if (is_still_named(plan, json_array_get(recorded, i))) {
            json_array_append(list, json_array_get(recorded, i));
        }
    }
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < plan->count && status == AXF_OK; i++) {
        status = add_entries(plan, &plan->encoders[i], list);
    }
    json_object_set_new(root, "weights", list);
    char *path = axf_path_join(plan->folder, "environment.json");
    status = status == AXF_OK ? axf_json_write(path, root, 16) : status;
    free(path);
    json_decref(root);
    return status;
}

axf_status axf_export_run_write(const axf_export_plan *plan, const axf_node *spec)
{
    AXF_TRY(write_spec(plan, spec));
    return write_environment(plan);
}
