#include "run/scalars.h"

axf_status axf_run_scalar(axf_run_folder *folder, int32_t epoch, const char *split, const char *name, double value)
{
    if (folder->tensorboard == NULL) { /* opened here, since only now is it known at which epoch this start begins */
        AXF_TRY(axf_tensorboard_open(folder->path, epoch + 1, &folder->tensorboard));
    }
    axf_strbuf tag = {0};
    axf_strbuf_printf(&tag, "%s/%s", split, name);
    const axf_status status = axf_tensorboard_scalar(folder->tensorboard, axf_strbuf_text(&tag), epoch + 1, value);
    axf_strbuf_free(&tag);
    return status;
}
