/* auxfuse: the verbs, and help on them. */
#include "auxfuse/plugin.h"
#include "cli/common.h"
#include "cli/verbs.h"
#include "core/error.h"
#include "core/text.h"
#include "plugin/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The commit that was built, or "" outside a git tree; tools/cmake/AuxfuseRevision.cmake writes it at build time. */
extern const char axf_revision[];

static void print_version(void)
{
    printf("auxfuse %s", AXF_VERSION);
    if (axf_revision[0] != '\0') {
        printf(" (%s)", axf_revision);
    }
    printf(", plugin ABI %d.%d\n", AXF_ABI_MAJOR, AXF_ABI_MINOR);
}

static void print_help(FILE *out)
{
    size_t count;
    const axf_verb *const *verbs = axf_verbs(&count);
    fprintf(out,
            "auxfuse %s: trains and compares classifiers of posts (text and image) with auxiliary losses\n\n"
            "usage: auxfuse VERB ARGUMENTS… (auxfuse VERB --help prints more)\n\n",
            AXF_VERSION);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
    }
    fprintf(out, "\nFirst steps: tools/quickstart, or\n"
                 "  auxfuse data synth posts --count 2000\n"
                 "  auxfuse run experiments/quickstart/attention.yml\n"
                 "Exit codes: 0 done, 1 failed, 2 bad usage or spec, 130 interrupted (after a checkpoint).\n");
}

static int print_verb_help(const axf_verb *verb)
{
    printf("usage: auxfuse %s %s\n\n%s.\n\n%s", verb->name, verb->arguments, verb->summary, verb->help);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    axf_guard_install();
    /* gcc's OpenMP is loaded later, by plugins that use it. With this setting, a waiting thread gives up its core after
     * about 30 µs instead of milliseconds, so that two runs on one machine do not stop each other. */
    setenv("GOMP_SPINCOUNT", "20000", 0);
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (strcmp(name, "help") == 0 && argc == 2)) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        print_version();
        return 0;
    }
    const int wants_help = strcmp(name, "help") == 0;
    name = wants_help ? argv[2] : name;
    axf_closest closest = {.word = name};
    size_t count;
    const axf_verb *const *verbs = axf_verbs(&count);
    for (size_t i = 0; i < count; i++) {
        axf_closest_offer(&closest, verbs[i]->name);
        if (strcmp(verbs[i]->name, name) != 0) {
            continue;
        }
        for (int k = 2; k < argc; k++) {
            if (wants_help || strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0) {
                return print_verb_help(verbs[i]);
            }
            if (strcmp(argv[k], "--") == 0) {
                break;
            }
        }
        const int code = verbs[i]->run(argc - 1, argv + 1);
        if ((fflush(stdout) != 0 || ferror(stdout)) && code == 0) {
            return axf_cli_fail(axf_fail(AXF_ERR_IO, "standard output cannot be written: the results are lost or cut"));
        }
        return code;
    }
    if (closest.name != NULL) {
        axf_fail(AXF_ERR_USAGE, "there is no verb '%s'; did you mean '%s'?", name, closest.name);
    } else {
        axf_fail(AXF_ERR_USAGE, "there is no verb '%s'; auxfuse --help lists them", name);
    }
    return axf_cli_fail(AXF_ERR_USAGE);
}
