/* Text as Python sees it: its white space, and strings as it prints them. Some datasets are published in that form. */
#ifndef AXF_COMMON_TEXT_PYTHON_H
#define AXF_COMMON_TEXT_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether str.split(), str.strip() and \s of Python's regular expressions take this for white space: Unicode's white
 * space, and U+001C to U+001F. */
bool axf_python_is_space(uint32_t code);

/* Reads the string literal that `text` begins with ('…' or "…" with backslash escapes), and returns how many bytes it
 * takes, or 0 when `text` does not begin with one. `out` must have room for as many bytes as the literal has; *length
 * bytes of it are written, which are UTF-8 where the literal is. When `bytes` is not 0, the literal is what follows the
 * b of a b'…': its \xNN and octal escapes are bytes then, not code points. */
size_t axf_python_string(const char *text, size_t size, int bytes, char *out, size_t *length);

/* Writes bytes as Python prints them: b'…', or b"…" where they hold ' and no ". What is not printable ASCII becomes \t,
 * \n, \r, \\ or \xNN. `out` must have room for 4 * size + 4 bytes. Returns the length, without the NUL at the end. */
size_t axf_python_bytes(const char *bytes, size_t size, char *out);

/* Returns 1 when one of the words that str.split() would give is among `words`, a list that ends with NULL. */
int axf_python_has_word(const char *text, size_t size, const char *const *words);

#endif
