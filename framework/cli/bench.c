/* auxfuse bench: measures how fast a spec trains on this machine, and prints one JSON document. tools/bench compares it
 * with PyTorch. */
#include "apply/bench.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>

static int run(int argc, char **argv)
{
    const double begin = axf_bench_process_start();
    const char **settings = NULL, **plugins = NULL;
    const char *steps = NULL, *warm = NULL;
    bool json = false;
    char **files;
    int count;
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &settings},
                              {.name = "plugin", .list = &plugins},
                              {.name = "steps", .value = &steps},
                              {.name = "warm-up", .value = &warm},
                              {.name = "json", .flag = &json},
                              {0}};
    axf_arena arena = {0};
    axf_registry registry = {0};
    const axf_node *spec;
    axf_status status = axf_flags_parse(argc, argv, flags, &files, &count);
    if (status == AXF_OK) {
        status = axf_cli_registry(&registry, plugins);
    }
    if (status == AXF_OK) {
        status = axf_cli_spec(&arena, files, count, settings, &spec);
    }
    if (status == AXF_OK) {
        axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        const axf_bench_settings bench = {steps != NULL ? atoi(steps) : 20, warm != NULL ? atoi(warm) : 3, begin};
        status = axf_bench(&registry, spec, &bench, json, stdout);
    }
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    free(settings);
    free(plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_bench = {
    "bench", "SPEC… [--steps N] [--json] [-s KEY=VALUE]…", "Measures training steps of a spec on this machine", run,
    "  --steps N        number of measured steps (default 20), after --warm-up N (default 3)\n"
    "  --json           one JSON document: step and start-up seconds, examples/s, peak memory,\n"
    "                   peak of the matrix product, time of every op\n"
    "  -s KEY=VALUE     sets a value on top of the files\n\n"
    "Writes nothing but cached image features.\n"};
