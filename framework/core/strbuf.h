/* Growing text. Once anything was added, data[length] is NUL. {0} is an empty buffer. */
#ifndef AXF_CORE_STRBUF_H
#define AXF_CORE_STRBUF_H

#include "auxfuse/status.h"

#include <stddef.h>

typedef struct axf_strbuf {
    char *data; /* NULL while nothing was ever added: use axf_strbuf_text */
    size_t length, capacity;
} axf_strbuf;

void axf_strbuf_add(axf_strbuf *buffer, const void *bytes, size_t count);
void axf_strbuf_puts(axf_strbuf *buffer, const char *text);
void axf_strbuf_putc(axf_strbuf *buffer, char byte);
void axf_strbuf_printf(axf_strbuf *buffer, const char *format, ...) AXF_PRINTF(2, 3);
const char *axf_strbuf_text(const axf_strbuf *buffer); /* borrowed; "" when empty */
char *axf_strbuf_take(axf_strbuf *buffer);             /* the caller frees; the buffer is empty again */
void axf_strbuf_clear(axf_strbuf *buffer);             /* length 0, memory kept */
void axf_strbuf_free(axf_strbuf *buffer);

#endif
