/* Reads one component from the node of a spec that names it. */
#ifndef AXF_EXPERIMENT_COMPONENT_H
#define AXF_EXPERIMENT_COMPONENT_H

#include "experiment/contents.h"

typedef struct axf_component_request {
    const char *kind;
    const char *path;              /* the path in the spec, for messages: "model.text" */
    const char *key;               /* the key that names the component: "encoder" */
    const char *prefix;            /* the names of its parameters begin with this */
    const char *fallback;          /* the name to use when none is written; NULL: a name must be written */
    const axf_options *host_table; /* options that the host has in the same map; NULL: none */
    void *host_values;
    const char *const *children; /* keys of the map that are sections of their own, ending with NULL; may be NULL */
    int describe_only;           /* 1: do not open the implementation now */
} axf_component_request;

/* Makes the instance, and fills its options and those of the host from `node`, which is a map, the name alone, or NULL.
 * All text lives in the experiment's arena. use->instance is set before anything in it can fail, so that
 * axf_experiment_free frees it. Errors have a position in the spec. */
axf_status axf_component_read(axf_experiment *experiment, const axf_component_request *ask, const axf_node *node,
                              axf_component_use *use);

#endif
