#include "apply/export.h"

#include "apply/export_encoder.h"
#include "apply/export_head.h"
#include "apply/export_plan.h"
#include "apply/export_run.h"
#include "core/error.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/folder.h"
#include "weights/safetensors.h"

static axf_status check_empty(const char *folder)
{
    bool there;
    char **names;
    size_t count;
    AXF_TRY(axf_is_there(folder, &there));
    if (!there) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_list(folder, &names, &count));
    axf_names_free(names, count);
    return count > 0 ? axf_fail(AXF_ERR_USAGE, "%s is not empty: name a new folder", folder) : AXF_OK;
}

static axf_status write_all(const axf_export_plan *plan, const axf_safetensors *trained, FILE *out)
{
    for (int32_t i = 0; i < plan->count; i++) {
        AXF_TRY(axf_export_encoder_write(plan, &plan->encoders[i], trained, out));
    }
    axf_arena arena = {0};
    const axf_node *spec = axf_export_run_spec(plan, &arena);
    axf_status status = axf_export_head_write(plan, spec, out);
    if (status == AXF_OK) {
        status = axf_export_run_write(plan, spec);
    }
    axf_arena_free(&arena);
    return status;
}

axf_status axf_export(axf_finished *finished, const char *folder, FILE *out)
{
    axf_export_plan plan;
    axf_safetensors *trained;
    AXF_TRY(axf_export_plan_make(&plan, finished, folder));
    AXF_TRY(check_empty(folder));
    AXF_TRY(axf_folder_make(folder));
    AXF_TRY(axf_safetensors_open(finished->final, &trained));
    const axf_status status = write_all(&plan, trained, out);
    axf_safetensors_close(trained);
    return status;
}
