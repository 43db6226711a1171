/* The options of a verb. */
#ifndef AXF_CLI_FLAGS_H
#define AXF_CLI_FLAGS_H

#include "auxfuse/status.h"

#include <stdbool.h>
#include <stdint.h>

/* An option of a verb: `--name VALUE` or `--name=VALUE`, or a flag when `value` is NULL. Ends with name NULL. */
typedef struct axf_flag {
    const char *name;   /* without dashes */
    char letter;        /* short form, or 0 */
    bool *flag;         /* set to true when given */
    const char **value; /* takes an argument */
    const char ***list; /* takes an argument and may be repeated: a list that ends with NULL */
} axf_flag;

/* Splits argv into options and the other arguments (*rest points into argv and has *rest_count elements). An unknown
 * option gives AXF_ERR_USAGE with the closest name. `--` ends the options. */
axf_status axf_flags_parse(int argc, char **argv, const axf_flag *flags, char ***rest, int *rest_count);

/* Reads a whole number from 0 to `most` that was given after --name. When `text` is NULL, it was not given, and *value
 * becomes `fallback`. AXF_ERR_USAGE for any other text. */
axf_status axf_flag_number(const char *name, const char *text, uint64_t fallback, uint64_t most, uint64_t *value);

#endif
