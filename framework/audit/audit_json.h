/* The report of an audit in JSON, for programs that read it. */
#ifndef AXF_AUDIT_AUDIT_JSON_H
#define AXF_AUDIT_AUDIT_JSON_H

#include "audit/audit.h"

/* Appends one JSON document with everything that the audit found. */
void axf_audit_json(const axf_audit *audit, const axf_audit_tokens *tokens, axf_strbuf *out);

#endif
