/* Checks an options table itself, since a plugin brings it. */
#ifndef AXF_SPEC_OPTIONS_CHECK_H
#define AXF_SPEC_OPTIONS_CHECK_H

#include "auxfuse/options.h"
#include "auxfuse/status.h"

/* Fails with AXF_ERR_PLUGIN when the table is wrong: a bad name, type or default, an offset outside the struct, or two
 * options that have the same name or share memory. */
axf_status axf_options_check(const axf_options *table, const char *owner);

#endif
