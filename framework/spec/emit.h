/* Nodes back to text: canonical YAML (block maps, flow lists of scalars, quoted only where needed) and JSON. */
#ifndef AXF_SPEC_EMIT_H
#define AXF_SPEC_EMIT_H

#include "spec/node.h"

/* Lines of YAML, indented by `indent` spaces; parsed again, they give an equal tree. */
void axf_node_emit(const axf_node *node, uint32_t indent, axf_strbuf *out);

/* On one line: `{a: 1, b: [x, y]}`. */
void axf_node_emit_flow(const axf_node *node, axf_strbuf *out);

/* JSON on one line. Plain scalars that are numbers, true, false or null in JSON stay so, all other text is a string. */
void axf_node_json(const axf_node *node, axf_strbuf *out);

#endif
