/* The rows of an options table, of any stride, with their defaults and what messages say of them. */
#ifndef AXF_SPEC_OPTIONS_ROW_H
#define AXF_SPEC_OPTIONS_ROW_H

#include "auxfuse/options.h"

#include "core/strbuf.h"
#include "spec/node.h"

/* Row i with the fields that a table of another stride does not have left 0. */
axf_option axf_option_row(const axf_options *table, uint32_t i);

/* The default as a node, so that it is read like anything written; NULL for null and for none. The node's source is
 * named after the option. Fails when default_text is not YAML. */
axf_status axf_option_default(const axf_option *option, axf_arena *arena, const axf_node **node);

/* "an integer from 1 to 512", "one of a, b": what a message expects. `type`: the option's, or its elements'. */
void axf_option_expected(const axf_option *option, int32_t type, axf_strbuf *out);

/* The shortest decimal text that reads back as the same number. */
const char *axf_real_text(double value, char text[32]);

#endif
