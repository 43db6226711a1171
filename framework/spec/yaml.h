/* YAML text to nodes, through libyaml's events. The text is treated as hostile. */
#ifndef AXF_SPEC_YAML_H
#define AXF_SPEC_YAML_H

#include "spec/node.h"

enum {
    AXF_YAML_MAX_BYTES = 1 << 20,
    AXF_YAML_MAX_DEPTH = 64,
    AXF_YAML_MAX_NODES = 100000, /* counted with every alias expanded */
    AXF_YAML_MAX_ANCHORS = 1000,
    AXF_YAML_MAX_KEYS = 1000, /* of one map */
    /* Bytes of a key: YAML takes 1,024 characters of one without "? ", and a byte may need six when it is written
       again. */
    AXF_YAML_MAX_KEY = 160,
};

/* The one document in source->text; the source must live as long as the nodes. Refused with AXF_ERR_SPEC: a second
 * document, duplicate or empty keys, keys that are not scalars, values left empty, tags, `<<`, NUL, text that is not
 * UTF-8, aliases to what encloses them, and whatever exceeds the limits above. */
axf_status axf_yaml_parse(axf_arena *arena, const axf_source *source, const axf_node **root);

/* Reads a regular file. `shown` is its name in messages. AXF_ERR_IO when it cannot be read, AXF_ERR_FORMAT when it is
 * too large. */
axf_status axf_yaml_read(axf_arena *arena, const char *path, const char *shown, const axf_node **root);

#endif
