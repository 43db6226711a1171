/* What the host does with an options table (auxfuse/options.h): fill the struct, and print it back. */
#ifndef AXF_SPEC_OPTIONS_H
#define AXF_SPEC_OPTIONS_H

#include "auxfuse/options.h"

#include "spec/node.h"

/* Finds the folder of a WEIGHTS option's checkpoint; fails with an axf_node_fail. */
typedef axf_status (*axf_weights_finder)(void *self, axf_arena *arena, const axf_node *written, const char **folder);

typedef struct axf_options_context {
    const char *owner;             /* whose options they are, as messages name it: "train", "text encoder bert" */
    const axf_node *where;         /* what errors point at when there is no map; may be NULL */
    const char *const *other_keys; /* keys of the map that somebody else reads, NULL-terminated; may be NULL */
    axf_weights_finder weights;  /* NULL: axf_weights_locate */
    void *weights_self;
} axf_options_context;

/* Zeroes `values` (table->size bytes) and fills it from the map and the defaults; map may be NULL or a null scalar:
 * nothing was written. Null for an option that cannot be null means its default. Text and lists live in the arena.
 * AXF_ERR_SPEC at the value or key that is wrong: unknown key (with the closest name), wrong type, out of range, bad
 * choice, unset variable, checkpoint not found, REQUIRED and not written. */
axf_status axf_options_parse(const axf_options *table, const axf_node *map, axf_arena *arena, void *values,
                             const axf_options_context *context);

/* AXF_ERR_PLUGIN when the table itself is wrong: names, types, offsets outside the struct, clashes, bad defaults. */
axf_status axf_options_check(const axf_options *table, const char *owner);

/* A line an option with its type, range and default, and its help below, for --help and the documentation. */
void axf_options_describe(const axf_options *table, axf_strbuf *out);

/* Every option with its value as a map, for spec.yml: parsed again, it gives the same values. */
axf_node *axf_options_node(const axf_options *table, const void *values, axf_arena *arena);

/* The same as lines of YAML, indented by `indent` spaces. */
void axf_options_emit(const axf_options *table, const void *values, uint32_t indent, axf_strbuf *out);

/* Gives the text that stands for the content of a file or folder in the run id. */
typedef axf_status (*axf_content_hasher)(void *self, const char *path, axf_strbuf *out);

/* What of the options belongs into the run id: lines `name: value`, sorted by name, of those that are not RUNTIME and
 * differ from their default. FILE options stand with their content, whether default or not; other paths not at all,
 * since where something lies changes no result. */
axf_status axf_options_hash_text(const axf_options *table, const void *values, axf_content_hasher content,
                                 void *content_self, axf_strbuf *out);

#endif
