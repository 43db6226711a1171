#include "experiment/run_path.h"

#include "core/strbuf.h"

char *axf_run_path(const axf_experiment *experiment, const char *axis_values, const char *id, uint64_t seed)
{
    const char *axes = axis_values != NULL ? axis_values : "";
    axf_strbuf path = {0};
    axf_strbuf_printf(&path, "%s/%s/%s%s%s/s%llu", experiment->top.output, experiment->top.name, axes,
                      axes[0] != '\0' ? "-" : "", id, (unsigned long long)seed);
    return axf_strbuf_take(&path);
}
