/* The first and the last steps of most verbs: finding plugins, loading a spec, and reporting a failure. */
#ifndef AXF_CLI_COMMON_H
#define AXF_CLI_COMMON_H

#include "plugin/registry.h"
#include "spec/node.h"

/* Fills the registry with the files of --plugin and those of the default search path. */
axf_status axf_cli_registry(axf_registry *registry, const char *const *plugin_files);

/* Merges the SPEC files and, on top of them, the -s settings. The list of settings ends with NULL; it may be NULL
 * itself. */
axf_status axf_cli_spec(axf_arena *arena, char **files, int file_count, const char *const *settings,
                        const axf_node **spec);

/* Prints the recorded message to standard error and returns the exit code for the status. */
int axf_cli_fail(axf_status status);

/* Ends a verb: frees the lists that its options -s and --plugin filled, prints the message of a failure, and returns the
 * exit code. */
int axf_cli_end(axf_status status, const char **settings, const char **plugins);

#endif
