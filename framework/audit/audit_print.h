/* The report of an audit for a person. */
#ifndef AXF_AUDIT_AUDIT_PRINT_H
#define AXF_AUDIT_AUDIT_PRINT_H

#include "audit/audit.h"

/* Appends a screen of text with the worst pairs first, at most `most` of them. Text of posts is escaped for a terminal. */
void axf_audit_print(const axf_audit *audit, const axf_audit_tokens *tokens, int32_t most, axf_strbuf *out);

#endif
