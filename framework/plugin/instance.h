/* An instance: one component in use, with its own axf_host, memory, options and declared parameters. */
#ifndef AXF_PLUGIN_INSTANCE_H
#define AXF_PLUGIN_INSTANCE_H

#include "core/arena.h"
#include "plugin/registry.h"
#include "tensor/params.h"

typedef struct axf_key_rule {
    int32_t kind; /* AXF_KEY_… */
    const char *from, *to;
} axf_key_rule;

typedef struct axf_instance {
    axf_host host; /* first: the component gets a pointer to it */
    axf_arena arena;
    axf_registered *component;
    const char *prefix;   /* of its parameters and random draws: "text", "losses.itc" */
    const char *position; /* "file:line:column" where the YAML names it, or "" */
    void *options;        /* its options struct, filled */
    const void *vtable;
    void *self; /* NULL until declared */
    uint64_t seed;
    /* What it declares */
    axf_params *params; /* NULL: declaring is not allowed now */
    const char *weights_folder;
    axf_key_rule *rules;
    int32_t rule_count, rule_capacity;
    axf_param **declared; /* declared_folder[i] is the folder that declared[i] was declared under */
    const char **declared_folder;
    int32_t declared_count, declared_capacity;
} axf_instance;

/* Opens the component and sets the rest to zero. The options struct is allocated, and the caller fills it. */
axf_status axf_instance_init(axf_instance *instance, axf_registered *component, const char *prefix, uint64_t seed);

/* Does not destroy instance->self: axf_call_destroy (calls.h) comes first. */
void axf_instance_free(axf_instance *instance);

/* Puts the position in the spec, the kind and the name of the component before the recorded message, unless `status` is
 * AXF_OK. Returns `status`. */
axf_status axf_instance_context(const axf_instance *instance, axf_status status);

/* The parameter name that a name in a weight file stands for after the rules; NULL when a rule ignores it. Written to
 * `buffer`. */
const char *axf_instance_key(const axf_instance *instance, const char *name, char *buffer, size_t size);

#endif
