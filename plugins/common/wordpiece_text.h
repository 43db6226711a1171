/* Inside the WordPiece tokenizer: what its normaliser does to single code points, by the tables of tokenizers 0.13.3,
 * which are of several old Unicode versions and so no present library's. */
#ifndef AXF_COMMON_WORDPIECE_TEXT_H
#define AXF_COMMON_WORDPIECE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECE_MAX_PARTS 3

bool axf_piece_is_dropped(uint32_t code);     /* control, format and private-use characters */
bool axf_piece_is_blank(uint32_t code);       /* becomes a blank */
bool axf_piece_is_chinese(uint32_t code);     /* gets blanks around it */
bool axf_piece_is_punctuation(uint32_t code); /* a word of its own */

/* Canonical decomposition without its marks: the number of parts, 0 to PIECE_MAX_PARTS. */
size_t axf_piece_decompose(uint32_t code, uint32_t parts[PIECE_MAX_PARTS]);

/* Whether `code` is a mark that goes with the accents though its combining class is 0, so that others do not change
 * places across it; the combining class of what stays. */
bool axf_piece_is_fixed_mark(uint32_t code);
uint32_t axf_piece_class(uint32_t code);

/* Lower case, one or two code points; returns their number. */
size_t axf_piece_lower(uint32_t code, uint32_t lower[2]);

#endif
