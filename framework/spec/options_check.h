/* Checking an options table itself, which a plugin brings. */
#ifndef AXF_SPEC_OPTIONS_CHECK_H
#define AXF_SPEC_OPTIONS_CHECK_H

#include "auxfuse/options.h"
#include "auxfuse/status.h"

/* AXF_ERR_PLUGIN when the table itself is wrong: names, types, offsets outside the struct, clashes, bad defaults. */
axf_status axf_options_check(const axf_options *table, const char *owner);

#endif
