/* auxfuse data: synthetic posts. */
#include "cli/cli.h"
#include "common/synth.h"
#include "core/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static axf_status number(const char *name, const char *text, uint64_t fallback, uint64_t most, uint64_t *value)
{
    char *end;
    *value = fallback;
    if (text == NULL) {
        return AXF_OK;
    }
    *value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || *value > most) {
        return axf_fail(AXF_ERR_USAGE, "--%s: '%s' is no whole number up to %llu", name, text,
                        (unsigned long long)most);
    }
    return AXF_OK;
}

static axf_status synth(const char *folder, const char *count_text, const char *seed_text, const char *format_text)
{
    static const char *const formats[] = {"table", "mvsa", "tir"};
    uint64_t count, seed;
    char error[512] = "";
    int format = 0;
    AXF_TRY(number("count", count_text, 2000, AXF_SYNTH_MAX_POSTS, &count));
    AXF_TRY(number("seed", seed_text, 0, UINT32_MAX, &seed));
    for (int i = 0; i < 3 && format == 0; i++) {
        format = format_text == NULL || strcmp(format_text, formats[i]) == 0 ? i + 1 : 0;
    }
    if (format == 0) {
        return axf_fail(AXF_ERR_USAGE, "--format: '%s' is none of table, mvsa, tir", format_text);
    }
    const axf_status status = axf_synth_write(folder, count, seed, (axf_synth_format)format, error, sizeof error);
    if (status != AXF_OK) {
        return axf_fail(status, "%s", error);
    }
    printf("%llu posts in %s (format %s, seed %llu)\n", (unsigned long long)count, folder, formats[format - 1],
           (unsigned long long)seed);
    return AXF_OK;
}

static int run(int argc, char **argv)
{
    const char *count = NULL, *seed = NULL, *format = NULL;
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "count", .letter = 'n', .value = &count},
                              {.name = "seed", .value = &seed},
                              {.name = "format", .value = &format},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    if (status == AXF_OK && (rest_count < 1 || strcmp(rest[0], "synth") != 0)) {
        status = axf_fail(AXF_ERR_USAGE, "data synth FOLDER");
    } else if (status == AXF_OK && rest_count != 2) {
        status = axf_fail(AXF_ERR_USAGE, "data synth takes one folder");
    }
    if (status == AXF_OK) {
        status = synth(rest[1], count, seed, format);
    }
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_data = {"data", "synth FOLDER [--count N] [--seed N] [--format table|mvsa|tir]",
                                "Makes synthetic posts: drawn pictures with tweet-like texts", run,
                                "  --count N     posts, over all splits (default 2000)\n"
                                "  --seed N      the same seed gives the same posts (default 0)\n"
                                "  --format F    table (posts.csv and images/), or the raw layout of mvsa or tir\n"};
