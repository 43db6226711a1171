#include "apply/export_plan.h"

#include "core/text.h"
#include "files/find.h"
#include "spec/options_row.h"

#include <string.h>

int axf_export_has_folder(const axf_export_encoder *encoder, int32_t checkpoint)
{
    return encoder->count == 1 || encoder->checkpoints[checkpoint].path != NULL;
}

int32_t axf_export_folder_of(const axf_export_encoder *encoder, int32_t declared)
{
    const char *folder = encoder->use->instance->declared_folder[declared];
    if (encoder->use->instance->declared[declared]->spec.flags & AXF_PARAM_NEW) {
        return -1;
    }
    if (encoder->count == 1) {
        return 0;
    }
    for (int32_t i = 0; folder != NULL && i < encoder->count; i++) {
        if (encoder->checkpoints[i].path != NULL && strcmp(encoder->checkpoints[i].path, folder) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t axf_export_config_of(const axf_export_encoder *encoder, const axf_option *option)
{
    if (option->type != AXF_OPT_PATH || !(option->flags & AXF_OPT_FILE) ||
        !axf_text_ends_with(option->name, "config")) {
        return -1;
    }
    const size_t prefix = strlen(option->name) - strlen("config");
    for (int32_t i = 0; i < encoder->count; i++) {
        const char *weights = encoder->checkpoints[i].option;
        if (weights != NULL && strncmp(weights, option->name, prefix) == 0 &&
            strcmp(weights + prefix, "weights") == 0) {
            return i;
        }
    }
    return -1;
}

/* The exported folder's name: "joint" for the first checkpoint, "joint-image" for that of `image_weights`. */
static const char *folder_name(axf_arena *arena, const char *encoder_name, const char *option, int first)
{
    const size_t length = strlen(option), tail = strlen("_weights");
    const size_t kept = axf_text_ends_with(option, "_weights") ? length - tail : length;
    return first ? encoder_name : axf_arena_printf(arena, "%s-%s", encoder_name, axf_arena_copy_n(arena, option, kept));
}

/* *path: what the option names. *folder: the same where that is a folder, else NULL. */
static axf_status option_folder(const axf_component_use *use, const axf_option *option, const char **path,
                                const char **folder)
{
    bool is_folder = false;
    memcpy(path, (const char *)use->instance->options + option->offset, sizeof *path);
    if (*path != NULL) {
        AXF_TRY(axf_is_folder(*path, &is_folder));
    }
    *folder = is_folder ? *path : NULL;
    return AXF_OK;
}

/* A checkpoint for each option that names weights. */
static axf_status add_checkpoints(axf_export_encoder *encoder, axf_arena *arena)
{
    const axf_options *table = encoder->use->instance->component->component.options;
    for (uint32_t k = 0; table != NULL && k < table->count && encoder->count < AXF_EXPORT_CHECKPOINTS; k++) {
        const axf_option option = axf_option_row(table, k);
        if (option.type == AXF_OPT_WEIGHTS && (option.flags & AXF_OPT_FILE)) {
            const char *path, *source;
            AXF_TRY(option_folder(encoder->use, &option, &path, &source));
            encoder->checkpoints[encoder->count] = (axf_export_checkpoint){
                option.name, path, folder_name(arena, encoder->name, option.name, encoder->count == 0), source};
            encoder->count++;
        }
    }
    return AXF_OK;
}

/* Where the weights are random or a single file, config.json comes from the folder that an option `config` names. */
static axf_status add_sources(axf_export_encoder *encoder)
{
    const axf_options *table = encoder->use->instance->component->component.options;
    for (uint32_t k = 0; table != NULL && k < table->count; k++) {
        const axf_option option = axf_option_row(table, k);
        const int32_t at = axf_export_config_of(encoder, &option);
        const char *path;
        if (at >= 0 && encoder->checkpoints[at].source == NULL) {
            AXF_TRY(option_folder(encoder->use, &option, &path, &encoder->checkpoints[at].source));
        }
    }
    return AXF_OK;
}

static axf_status add_encoder(axf_export_plan *plan, const char *name, const axf_component_use *use)
{
    if (use->instance == NULL) {
        return AXF_OK;
    }
    axf_export_encoder *encoder = &plan->encoders[plan->count++];
    *encoder = (axf_export_encoder){.name = name, .use = use};
    AXF_TRY(add_checkpoints(encoder, &plan->finished->arena));
    AXF_TRY(add_sources(encoder));
    if (encoder->count == 0) {
        encoder->checkpoints[encoder->count++] = (axf_export_checkpoint){.name = name};
    }
    return AXF_OK;
}

axf_status axf_export_plan_make(axf_export_plan *plan, axf_finished *finished, const char *folder)
{
    const axf_experiment *experiment = &finished->bench.experiment;
    *plan = (axf_export_plan){.finished = finished, .folder = folder};
    AXF_TRY(add_encoder(plan, "text", &experiment->text));
    AXF_TRY(add_encoder(plan, "image", &experiment->image));
    return add_encoder(plan, "joint", &experiment->joint);
}
