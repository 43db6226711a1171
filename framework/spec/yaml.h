/* Parses YAML text into nodes, by the events of libyaml. The text is treated as hostile. */
#ifndef AXF_SPEC_YAML_H
#define AXF_SPEC_YAML_H

#include "spec/node.h"

enum {
    AXF_YAML_MAX_BYTES = 1 << 20,
    AXF_YAML_MAX_DEPTH = 64,
    AXF_YAML_MAX_NODES = 100000, /* counted with every alias expanded */
    AXF_YAML_MAX_ANCHORS = 1000,
    AXF_YAML_MAX_KEYS = 1000, /* of one map */
    /* Bytes of a key: YAML allows 1,024 characters in a key without "? ", and a byte may need six characters when it
     * is written again. */
    AXF_YAML_MAX_KEY = 160,
};

/* Parses source->text, which must be one document; the source must live as long as the nodes. Refused with
 * AXF_ERR_SPEC: a second document, duplicate or empty keys, keys that are not scalars, values that are left empty,
 * tags, `<<`, NUL, text that is not UTF-8, an alias inside the node that it names, and all that exceeds the limits
 * above. */
axf_status axf_yaml_parse(axf_arena *arena, const axf_source *source, const axf_node **root);

/* Reads a regular file. `shown` is its name in messages. AXF_ERR_IO when it cannot be read, AXF_ERR_FORMAT when it is
 * too large. */
axf_status axf_yaml_read(axf_arena *arena, const char *path, const char *shown, const axf_node **root);

#endif
