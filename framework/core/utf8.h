/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef AXF_CORE_UTF8_H
#define AXF_CORE_UTF8_H

#include "core/strbuf.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point at `text` (1 to 4) and its value, or 0 when no valid one stands there (or length is 0). */
size_t axf_utf8_next(const char *text, size_t length, uint32_t *code_point);

/* Bytes up to the first invalid one; `length` when all is valid. */
size_t axf_utf8_valid_length(const char *text, size_t length);

/* The largest number of bytes, at most `length`, after which no code point of a valid text is cut in two. The byte
 * text[length] must exist; it may be the NUL. */
size_t axf_utf8_floor(const char *text, size_t length);

/* Code points of a valid text. */
size_t axf_utf8_count(const char *text, size_t length);

/* Appends a code point; what is none (surrogates, too large) becomes U+FFFD. */
void axf_utf8_put(axf_strbuf *out, uint32_t code_point);

/* Appends a copy in which each maximal invalid piece is U+FFFD, as Python's errors="replace" does (Unicode 3.9, U+FFFD
 * substitution of maximal subparts). */
void axf_utf8_copy_lossy(axf_strbuf *out, const char *text, size_t length);

#endif
