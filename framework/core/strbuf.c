#include "core/strbuf.h"

#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(axf_strbuf *buffer, size_t more)
{
    const size_t need = buffer->length + more + 1;
    if (need > buffer->capacity) {
        size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;
        while (capacity < need) {
            capacity *= 2;
        }
        buffer->data = axf_realloc(buffer->data, capacity);
        buffer->capacity = capacity;
    }
}

void axf_strbuf_add(axf_strbuf *buffer, const void *bytes, size_t count)
{
    reserve(buffer, count);
    if (count > 0) {
        memcpy(buffer->data + buffer->length, bytes, count);
    }
    buffer->length += count;
    buffer->data[buffer->length] = '\0';
}

void axf_strbuf_puts(axf_strbuf *buffer, const char *text)
{
    axf_strbuf_add(buffer, text, strlen(text));
}

void axf_strbuf_putc(axf_strbuf *buffer, char byte)
{
    axf_strbuf_add(buffer, &byte, 1);
}

void axf_strbuf_printf(axf_strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length > 0) {
        reserve(buffer, (size_t)length);
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

const char *axf_strbuf_text(const axf_strbuf *buffer)
{
    return buffer->data != NULL ? buffer->data : "";
}

char *axf_strbuf_take(axf_strbuf *buffer)
{
    reserve(buffer, 0);
    buffer->data[buffer->length] = '\0';
    char *text = buffer->data;
    *buffer = (axf_strbuf){0};
    return text;
}

void axf_strbuf_clear(axf_strbuf *buffer)
{
    buffer->length = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

void axf_strbuf_free(axf_strbuf *buffer)
{
    free(buffer->data);
    *buffer = (axf_strbuf){0};
}
