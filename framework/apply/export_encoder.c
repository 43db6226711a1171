#include "apply/export_encoder.h"

#include "apply/export_files.h"
#include "apply/export_tensors.h"
#include "files/durable.h"
#include "files/path.h"
#include "model/load_weights.h"

#include <stdlib.h>

/* Writes the parameters that belong into the folder of one checkpoint, under the names that the encoder declared. */
static axf_status write_model(const axf_export_encoder *encoder, int32_t checkpoint, const axf_safetensors *trained,
                              const char *folder, int32_t *written)
{
    const axf_instance *instance = encoder->use->instance;
    const size_t room = (size_t)instance->declared_count + 1;
    uint8_t *missing = axf_alloc(room);
    axf_param **params = axf_alloc(room * sizeof *params);
    const char **names = axf_alloc(room * sizeof *names);
    axf_status status = axf_weights_find_missing(instance, missing);
    *written = 0;
    for (int32_t i = 0; i < instance->declared_count && status == AXF_OK; i++) {
        axf_param *param = instance->declared[i];
        const int unknown = instance->declared_folder[i] != NULL && missing[i];
        if (axf_export_folder_of(encoder, i) == checkpoint &&
            (!unknown || axf_safetensors_find(trained, param->name) != NULL)) {
            params[*written] = param;
            names[(*written)++] = param->spec.name;
        }
    }
    if (status == AXF_OK) {
        char *path = axf_path_join(folder, "model.safetensors");
        status = axf_export_tensors(path, params, names, *written);
        free(path);
    }
    free(missing);
    free(params);
    free(names);
    return status;
}

static axf_status write_folder(const axf_export_plan *plan, const axf_export_encoder *encoder, int32_t at,
                               const axf_safetensors *trained, FILE *out)
{
    const axf_export_checkpoint *checkpoint = &encoder->checkpoints[at];
    char *folder = axf_path_join(plan->folder, checkpoint->name);
    int32_t tensors = 0, files = 0;
    axf_status status = axf_folder_make(folder);
    if (status == AXF_OK) {
        status = write_model(encoder, at, trained, folder, &tensors);
    }
    if (status == AXF_OK && checkpoint->source != NULL) {
        status = axf_export_files_copy(checkpoint->source, folder, &files);
    }
    if (status == AXF_OK) {
        fprintf(out, "%s: %d tensors of %s, %d files beside them\n", folder, (int)tensors,
                encoder->use->instance->component->component.name, (int)files);
    }
    free(folder);
    return status;
}

axf_status axf_export_encoder_write(const axf_export_plan *plan, const axf_export_encoder *encoder,
                                    const axf_safetensors *trained, FILE *out)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < encoder->count && status == AXF_OK; i++) {
        status = axf_export_has_folder(encoder, i) ? write_folder(plan, encoder, i, trained, out) : AXF_OK;
    }
    return status;
}
