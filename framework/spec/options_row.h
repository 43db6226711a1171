/* The rows of an options table of any stride, their defaults, and the words by which messages describe them. */
#ifndef AXF_SPEC_OPTIONS_ROW_H
#define AXF_SPEC_OPTIONS_ROW_H

#include "auxfuse/options.h"

#include "core/strbuf.h"
#include "spec/node.h"

/* Gives row i. Fields that a table with a smaller stride does not have are 0. */
axf_option axf_option_row(const axf_options *table, uint32_t i);

/* Gives the default as a node, so that it is read like a written value; NULL when the default is null, or when there is
 * none. The node's source is named after the option. Fails when default_text is not YAML. */
axf_status axf_option_default(const axf_option *option, axf_arena *arena, const axf_node **node);

/* Appends the words for a value that is allowed: "an integer from 1 to 512", "one of a, b". `type` is the type of the
 * option or of its elements. */
void axf_option_expected(const axf_option *option, int32_t type, axf_strbuf *out);

/* The shortest decimal text that reads back as the same number. */
const char *axf_real_text(double value, char text[32]);

#endif
