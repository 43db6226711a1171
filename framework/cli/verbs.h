/* The list of verbs. */
#ifndef AXF_CLI_VERBS_H
#define AXF_CLI_VERBS_H

#include "cli/verb.h"

#include <stddef.h>

/* Every verb, in the order of the help. */
const axf_verb *const *axf_verbs(size_t *count);

#endif
