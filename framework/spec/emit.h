/* Turns nodes back into text: canonical YAML (maps in blocks, lists of scalars in flow style, quotes only where they
 * are needed) and JSON. */
#ifndef AXF_SPEC_EMIT_H
#define AXF_SPEC_EMIT_H

#include "core/strbuf.h"
#include "spec/node.h"

/* Appends lines of YAML, indented by `indent` spaces. When they are parsed again, they give an equal tree. */
void axf_node_emit(const axf_node *node, uint32_t indent, axf_strbuf *out);

/* The same on one line: `{a: 1, b: [x, y]}`. */
void axf_node_emit_flow(const axf_node *node, axf_strbuf *out);

/* Appends JSON on one line. Plain scalars that are numbers, true, false or null in JSON are written as they are; all
 * other text becomes a string. */
void axf_node_json(const axf_node *node, axf_strbuf *out);

#endif
