/* Code points: UTF-8 in and out, and look-up in tables of ranges. */
#ifndef AXF_COMMON_TEXT_CODE_POINTS_H
#define AXF_COMMON_TEXT_CODE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct axf_code_range {
    uint32_t first, last; /* inclusive */
} axf_code_range;

/* Returns whether `code` is in one of `count` ascending ranges. If so, and if `index` is not NULL, *index tells which
 * one. */
bool axf_code_find(const axf_code_range *ranges, size_t count, uint32_t code, size_t *index);

/* Reads one code point from the `length` > 0 bytes at `text` into `code` and returns how many bytes it took (1-4).
 * Bytes that are not UTF-8 become U+FFFD, one for each longest prefix of a valid sequence, as in Python's
 * bytes.decode("utf-8", "replace"). Surrogates and overlong forms count as invalid. */
size_t axf_code_decode(const char *text, size_t length, uint32_t *code);

/* Returns whether all `length` bytes are UTF-8. If not, *position is the index of the first byte that is not. */
bool axf_code_valid(const char *text, size_t length, size_t *position);

/* Writes `code` as UTF-8 and returns the number of bytes (1-4). A surrogate, which has no UTF-8 form, or a value above
 * U+10FFFF is written as U+FFFD. */
size_t axf_code_encode(uint32_t code, char bytes[4]);

#endif
