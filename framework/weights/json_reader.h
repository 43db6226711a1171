/* A strict JSON reader for hostile headers. It builds no tree: however deeply the text is nested, memory is only
 * what the caller keeps. (files/json.h builds trees, for texts of moderate size.) Every error is AXF_ERR_FORMAT with
 * the file and the byte. */
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

/* Skips blanks and returns the next byte, or '\0' at the end. */
char axf_json_peek(axf_json_reader *reader);

/* Skips blanks. When `byte` is next, it steps over it and returns 1. */
int axf_json_take(axf_json_reader *reader, char byte);

/* The same where `byte` must be next. `what` names it in the message, such as "':' after a key". */
axf_status axf_json_expect(axf_json_reader *reader, char byte, const char *what);

/* Reads a string in place of the content of `out`. Control characters, invalid UTF-8, lone surrogates and U+0000 are
 * refused. */
axf_status axf_json_string(axf_json_reader *reader, axf_strbuf *out);

/* Reads a whole number from 0 to INT64_MAX, without fraction, exponent or leading zeros. */
axf_status axf_json_integer(axf_json_reader *reader, int64_t *value);

/* Steps over a value of any kind that is at most 64 levels deep. */
axf_status axf_json_skip(axf_json_reader *reader);

/* Refuses anything but blanks up to the end of the text. */
axf_status axf_json_end(axf_json_reader *reader);

/* Records AXF_ERR_FORMAT with the place of the reader. */
axf_status axf_json_fail(const axf_json_reader *reader, const char *format, ...) AXF_PRINTF(2, 3);

#endif
