/* Python's idea of text: its white space, and strings as it prints them, which some datasets are published in. */
#ifndef AXF_COMMON_TEXT_PYTHON_H
#define AXF_COMMON_TEXT_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* White space as str.split(), str.strip() and \s of its regular expressions have it: Unicode's and U+001C to U+001F. */
bool axf_python_is_space(uint32_t code);

/* Reads the string literal that `text` begins with ('…' or "…" with backslash escapes) and returns how many bytes it
 * takes, 0 when none stands there. `out` holds as many bytes as the literal; its value, *length bytes, is UTF-8 where
 * the literal is. bytes: of a b'…' behind its b, \xNN and octal escapes being bytes, not code points. */
size_t axf_python_string(const char *text, size_t size, int bytes, char *out, size_t *length);

/* Bytes as Python prints them: b'…', or b"…" where they hold ' and no "; \t, \n, \r, \\ and \xNN for what is not
 * printable ASCII. `out` holds 4 * size + 4 bytes; returns the length, a NUL stands behind it. */
size_t axf_python_bytes(const char *bytes, size_t size, char *out);

/* 1 when one of the words between blanks of a text (as str.split() has them) is among `words`, which ends with NULL. */
int axf_python_has_word(const char *text, size_t size, const char *const *words);

#endif
