/* Who reads an options table, and how the folders of checkpoints are found. */
#ifndef AXF_SPEC_OPTIONS_CONTEXT_H
#define AXF_SPEC_OPTIONS_CONTEXT_H

#include "auxfuse/options.h"

#include "spec/node.h"

/* Finds the folder of the checkpoint of a WEIGHTS option. Fails by axf_node_fail. */
typedef axf_status (*axf_weights_finder)(void *self, axf_arena *arena, const axf_node *written, const char **folder);

typedef struct axf_options_context {
    const char *owner;             /* whose options they are, as messages name it: "train", "text encoder bert" */
    const axf_node *where;         /* what errors point at when there is no map; may be NULL */
    const char *const *other_keys; /* keys of the map that other code reads, NULL-terminated; may be NULL */
    axf_weights_finder weights;    /* NULL: axf_weights_locate */
    void *weights_self;
} axf_options_context;

#endif
