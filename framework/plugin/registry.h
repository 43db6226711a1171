/* The registry: plugins found and checked, and the components they bring. */
#ifndef AXF_PLUGIN_REGISTRY_H
#define AXF_PLUGIN_REGISTRY_H

#include "auxfuse/plugin.h"
#include "core/arena.h"
#include "plugin/kinds.h"

typedef struct axf_registered {
    const axf_kind *kind;
    axf_component component; /* copied at the size the plugin has; vtable NULL until opened */
    const char *file;        /* the shared object */
    const char *plugin_name, *plugin_version, *licence, *build;
    void *vtable; /* the host's zero-filled copy, of the kind's full size; NULL until axf_component_open */
    /* The same for what a plugin with an implementation file can already tell by itself (a backend's score); else the
     * vtable. NULL entries are absent. */
    void *described;
} axf_registered;

typedef struct axf_registry {
    axf_arena arena;
    axf_registered **items;
    int count, capacity;
    char **problems; /* messages of files on the search path that were refused */
    int problem_count;
} axf_registry;

/* Opens one shared object, checks its ABI and registers its components. Errors name the file, both sides of what does
 * not fit, and the command that rebuilds the plugin. */
axf_status axf_registry_add_file(axf_registry *registry, const char *path);

/* AUXFUSE_PLUGIN_PATH (folders or files, separated by ':'), the folder ../lib/auxfuse beside the binary, and
 * ~/.local/lib/auxfuse. A file that is refused is recorded under `problems`; a name clash is an error. */
axf_status axf_registry_add_defaults(axf_registry *registry);

/* The component of this kind and name, or NULL. */
axf_registered *axf_registry_find(const axf_registry *registry, const char *kind_id, const char *name);
/* The same, but an absent component is an error that tells the closest name, or all names of the kind, and the files that
 * were refused. */
axf_status axf_registry_get(const axf_registry *registry, const char *kind_id, const char *name,
                            axf_registered **component);

/* Makes the vtable ready, for which the implementation file is opened where there is one. */
axf_status axf_component_open(axf_registered *component, const void **vtable);

/* Shared objects stay open. */
void axf_registry_free(axf_registry *registry);

#endif
