/* The report of an audit as text, for a person who reads it. */
#ifndef AXF_AUDIT_AUDIT_PRINT_H
#define AXF_AUDIT_AUDIT_PRINT_H

#include "audit/audit.h"

/* Appends a page of text with at most `most` pairs, the worst first. Text of posts is escaped for a terminal. */
void axf_audit_print(const axf_audit *audit, const axf_audit_tokens *tokens, int32_t most, axf_strbuf *out);

#endif
