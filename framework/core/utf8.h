/* Strict UTF-8: overlong forms, surrogates and values above U+10FFFF are invalid. */
#ifndef AXF_CORE_UTF8_H
#define AXF_CORE_UTF8_H

#include "core/strbuf.h"

#include <stddef.h>
#include <stdint.h>

/* Returns the number of bytes (1 to 4) of the code point at `text` and gives its value, or returns 0 when there is
 * no valid one, or when length is 0. */
size_t axf_utf8_next(const char *text, size_t length, uint32_t *code_point);

/* Returns the number of bytes before the first invalid one, which is `length` when all are valid. */
size_t axf_utf8_valid_length(const char *text, size_t length);

/* Returns the largest number of bytes, at most `length`, that does not cut a code point of a valid text in two. The
 * byte text[length] must exist; it may be the NUL. */
size_t axf_utf8_floor(const char *text, size_t length);

/* Returns the number of code points of a valid text. */
size_t axf_utf8_count(const char *text, size_t length);

/* Appends a code point. A value that is not one (a surrogate, or too large) becomes U+FFFD. */
void axf_utf8_put(axf_strbuf *out, uint32_t code_point);

/* Appends a copy in which every invalid piece of the greatest possible length becomes one U+FFFD, as Python's
 * errors="replace" does (Unicode 3.9, substitution of maximal subparts). */
void axf_utf8_copy_lossy(axf_strbuf *out, const char *text, size_t length);

#endif
