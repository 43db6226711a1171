/* The kinds of component that the host knows: id with revision, size of the vtable, and the entries that must be there. */
#ifndef AXF_PLUGIN_KINDS_H
#define AXF_PLUGIN_KINDS_H

#include <stdint.h>

typedef struct axf_required_entry {
    const char *name;
    uint32_t offset; /* of the function pointer in the vtable */
} axf_required_entry;

typedef struct axf_kind {
    const char *id;    /* "auxfuse.fusion/1" */
    const char *label; /* "fusion": for messages and listings */
    uint32_t vtable_size;
    const axf_required_entry *required; /* ends with name NULL */
} axf_kind;

const axf_kind *axf_kind_find(const char *id); /* NULL: not a kind of this host */
const axf_kind *axf_kind_of_label(const char *label);
const axf_kind *axf_kind_at(int index); /* NULL past the last */

#endif
