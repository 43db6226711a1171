/* auxfuse data synth: writes drawn posts to a folder. */
#include "cli/data_synth.h"

#include "cli/common.h"
#include "cli/flags.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "synth/write.h"

#include <stdio.h>
#include <string.h>

static axf_status find_format(const char *name, axf_synth_format *format)
{
    axf_strbuf all = {0};
    for (int i = AXF_SYNTH_TABLE; i <= AXF_SYNTH_LAST; i++) {
        if (strcmp(name, axf_synth_format_name((axf_synth_format)i)) == 0) {
            *format = (axf_synth_format)i;
            axf_strbuf_free(&all);
            return AXF_OK;
        }
        axf_strbuf_printf(&all, "%s%s", i > AXF_SYNTH_TABLE ? ", " : "", axf_synth_format_name((axf_synth_format)i));
    }
    axf_fail(AXF_ERR_USAGE, "--format: '%s' is not one of %s", name, axf_strbuf_text(&all));
    axf_strbuf_free(&all);
    return AXF_ERR_USAGE;
}

static axf_status synth(const char *folder, const char *count_text, const char *seed_text, const char *format_name)
{
    uint64_t count, seed;
    char error[512] = "";
    axf_synth_format format;
    AXF_TRY(axf_flag_number("count", count_text, 2000, AXF_SYNTH_MAX_POSTS, &count));
    AXF_TRY(axf_flag_number("seed", seed_text, 0, UINT32_MAX, &seed));
    AXF_TRY(find_format(format_name, &format));
    const axf_status status = axf_synth_write(folder, count, seed, format, error, sizeof error);
    if (status != AXF_OK) {
        return axf_fail(status, "%s", error);
    }
    printf("%llu posts in %s (format %s, seed %llu)\n", (unsigned long long)count, folder, format_name,
           (unsigned long long)seed);
    return AXF_OK;
}

int axf_data_synth(int argc, char **argv)
{
    const char *count = NULL, *seed = NULL, *format = "table";
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "count", .letter = 'n', .value = &count},
                              {.name = "seed", .value = &seed},
                              {.name = "format", .value = &format},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    if (status == AXF_OK && rest_count != 1) {
        status = axf_fail(AXF_ERR_USAGE, "data synth takes one folder");
    }
    if (status == AXF_OK) {
        status = synth(rest[0], count, seed, format);
    }
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}
