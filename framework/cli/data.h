/* The subverbs of `auxfuse data`, one file each: a function (argc, argv) with argv[0] the subverb. */
#ifndef AXF_CLI_DATA_H
#define AXF_CLI_DATA_H

#include "plugin/instance.h"

#include <stdint.h>

int axf_data_synth(int argc, char **argv);
int axf_data_prepare(int argc, char **argv);
int axf_data_check(int argc, char **argv);

/* A whole number up to `most` after --name; `fallback` where it was not given (text NULL). */
axf_status axf_data_number(const char *name, const char *text, uint64_t fallback, uint64_t most, uint64_t *value);

#endif
