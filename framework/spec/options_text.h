/* The values of an options table as text: descriptions, the resolved spec, and what a run id depends on. */
#ifndef AXF_SPEC_OPTIONS_TEXT_H
#define AXF_SPEC_OPTIONS_TEXT_H

#include "auxfuse/options.h"

#include "core/strbuf.h"
#include "spec/node.h"

/* Appends a line for each option with its type, range and default, and below it a line with its help. */
void axf_options_describe(const axf_options *table, axf_strbuf *out);

/* Makes a map of every option and its value, for spec.yml. When it is parsed again, it gives the same values. */
axf_node *axf_options_node(const axf_options *table, const void *values, axf_arena *arena);

/* Appends the text that represents the content of a file or folder in the run id. */
typedef axf_status (*axf_content_hasher)(void *self, const char *path, axf_strbuf *out);

/* Appends what the run id depends on: lines `name: value`, sorted by name, of those that are not RUNTIME and
 * differ from their default. FILE options appear with their content, also when they have their default. Other
 * paths do not appear, since the place of a file does not change a result. */
axf_status axf_options_hash_text(const axf_options *table, const void *values, axf_content_hasher content,
                                 void *content_self, axf_strbuf *out);

#endif
