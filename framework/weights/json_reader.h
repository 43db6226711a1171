/* A strict JSON reader that builds no tree, for hostile headers: memory is what the caller keeps, however the text is
 * nested. (jansson builds trees, for texts we wrote ourselves.) Every error is AXF_ERR_FORMAT with file and byte. */
#ifndef AXF_WEIGHTS_JSON_READER_H
#define AXF_WEIGHTS_JSON_READER_H

#include "core/strbuf.h"

#include <stddef.h>
#include <stdint.h>

typedef struct axf_json_reader {
    const char *source; /* the file's name, for messages */
    const char *text;   /* needs no NUL at its end */
    size_t length, at;
} axf_json_reader;

/* Skips blanks; the next byte, or '\0' at the end. */
char axf_json_peek(axf_json_reader *reader);

/* Skips blanks; steps over `byte` and returns 1 when it is next. */
int axf_json_take(axf_json_reader *reader, char byte);

/* The same where it must be next; `what` names it in the message, e.g. "':' after a key". */
axf_status axf_json_expect(axf_json_reader *reader, char byte, const char *what);

/* Reads a string, replacing the content of `out`. Refuses control characters, invalid UTF-8, lone surrogates and
 * U+0000. */
axf_status axf_json_string(axf_json_reader *reader, axf_strbuf *out);

/* Reads a non-negative integer without fraction, exponent or leading zeros, at most INT64_MAX. */
axf_status axf_json_integer(axf_json_reader *reader, int64_t *value);

/* Steps over any value, at most 64 levels deep. */
axf_status axf_json_skip(axf_json_reader *reader);

/* Refuses anything but blanks up to the end. */
axf_status axf_json_end(axf_json_reader *reader);

/* AXF_ERR_FORMAT at the reader's place. */
axf_status axf_json_fail(const axf_json_reader *reader, const char *format, ...) AXF_PRINTF(2, 3);

#endif
