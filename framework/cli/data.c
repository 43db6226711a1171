/* auxfuse data: synthetic posts. The subverbs are in data_*.c. */
#include "cli/data.h"
#include "cli/cli.h"
#include "core/error.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} subverbs[] = {
    {"synth", axf_data_synth},
};
enum { SUBVERBS = sizeof subverbs / sizeof subverbs[0] };

axf_status axf_data_number(const char *name, const char *text, uint64_t fallback, uint64_t most, uint64_t *value)
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

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    axf_closest closest = {.word = name};
    for (int i = 0; i < SUBVERBS; i++) {
        axf_closest_offer(&closest, subverbs[i].name);
        if (strcmp(subverbs[i].name, name) == 0) {
            return subverbs[i].run(argc - 1, argv + 1);
        }
    }
    return axf_cli_fail(closest.name != NULL && name[0] != '\0'
                            ? axf_fail(AXF_ERR_USAGE, "data %s: did you mean 'data %s'?", name, closest.name)
                            : axf_fail(AXF_ERR_USAGE, "data needs what to do: data synth FOLDER"));
}

const axf_verb axf_verb_data = {"data", "synth FOLDER [--count N] [--seed N] [--format F]",
                                "Makes synthetic posts: drawn pictures with tweet-like texts", run,
                                "  --count N     posts, over all splits (default 2000)\n"
                                "  --seed N      the same seed gives the same posts (default 0)\n"
                                "  --format F    table (posts.csv and images/), or the raw layout of mvsa or tir\n"};
