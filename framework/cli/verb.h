/* A verb of the command line. Each verb is a file of its own with one function (argc, argv), where argv[0] is the verb.
 * Exit codes: 0 done, 1 failed, 2 bad usage or spec, 130 interrupted. */
#ifndef AXF_CLI_VERB_H
#define AXF_CLI_VERB_H

typedef struct axf_verb {
    const char *name;
    const char *arguments; /* "SPEC… [options]" */
    const char *summary;   /* one line */
    int (*run)(int argc, char **argv);
    const char *help; /* what --help prints below usage: options, examples */
} axf_verb;

/* Each verb is defined in the file of its name. */
extern const axf_verb axf_verb_run, axf_verb_validate, axf_verb_plugins, axf_verb_predict, axf_verb_cache,
    axf_verb_data, axf_verb_sweep, axf_verb_compare, axf_verb_runs, axf_verb_bench, axf_verb_completion,
    axf_verb_export, axf_verb_extract, axf_verb_weights;

#endif
