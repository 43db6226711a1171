/* The command line: one file a verb, each a function (argc, argv) with argv[0] the verb. Exit codes: 0 done, 1 failed,
 * 2 bad usage or spec, 130 interrupted. */
#ifndef AXF_CLI_H
#define AXF_CLI_H

#include "plugin/registry.h"
#include "spec/node.h"

#include <stdbool.h>

typedef struct axf_verb {
    const char *name;
    const char *arguments; /* "SPEC… [options]" */
    const char *summary;   /* one line */
    int (*run)(int argc, char **argv);
    const char *help; /* what --help prints below usage: options, examples */
} axf_verb;

/* Every verb, in the order of the help. */
const axf_verb *const *axf_verbs(size_t *count);

/* An option of a verb: `--name VALUE` or `--name=VALUE`, or a flag when `value` is NULL. Ends with name NULL. */
typedef struct axf_flag {
    const char *name;   /* without dashes */
    char letter;        /* short form, or 0 */
    bool *flag;         /* set to true when given */
    const char **value; /* takes an argument */
    const char ***list; /* takes an argument, may be repeated: grows a list ending with NULL */
} axf_flag;

/* Splits argv into options and the rest (*rest: argv pointers, *rest_count). Unknown options: AXF_ERR_USAGE with the
 * closest name. `--` ends options. */
axf_status axf_flags_parse(int argc, char **argv, const axf_flag *flags, char ***rest, int *rest_count);

/* The registry with --plugin FILEs and the default search path. */
axf_status axf_cli_registry(axf_registry *registry, const char *const *plugin_files);

/* SPEC files and -s settings merged. */
axf_status axf_cli_spec(axf_arena *arena, char **files, int file_count, const char *const *settings,
                        const axf_node **spec);

/* Prints the recorded message to standard error and returns the exit code for the status. */
int axf_cli_fail(axf_status status);

extern const axf_verb axf_verb_run, axf_verb_validate, axf_verb_plugins, axf_verb_predict, axf_verb_cache,
    axf_verb_data, axf_verb_sweep, axf_verb_compare, axf_verb_runs, axf_verb_bench, axf_verb_completion,
    axf_verb_export, axf_verb_extract, axf_verb_weights;

#endif
