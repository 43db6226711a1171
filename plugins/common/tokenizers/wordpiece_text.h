/* Inside the WordPiece tokenizer: what its normaliser does to single code points. The tables are those of the two
 * reference tokenizers, whose Unicode versions are older than those of present libraries. */
#ifndef AXF_COMMON_TOKENIZERS_WORDPIECE_TEXT_H
#define AXF_COMMON_TOKENIZERS_WORDPIECE_TEXT_H

#include "common/text/code_points.h"

enum { PIECE_MAX_PARTS = 3 };

typedef struct axf_piece_ranges {
    const axf_code_range *ranges; /* [count], ascending */
    size_t count;
} axf_piece_ranges;

typedef struct axf_piece_maps {
    const uint32_t *rows; /* [count, stride]: a code point, ascending, and what it becomes, filled up with 0 */
    size_t count, stride;
} axf_piece_maps;

typedef struct axf_piece_tables {
    axf_piece_ranges dropped;     /* control, format and private-use characters */
    axf_piece_ranges blank;       /* becomes a blank */
    axf_piece_ranges chinese;     /* gets blanks around it */
    axf_piece_ranges punctuation; /* a word of its own */
    axf_piece_ranges mark;        /* goes with the accents */
    /* Those of combining class 0: others do not change places across them. */
    axf_piece_ranges fixed_mark;
    axf_piece_maps parts; /* canonical decomposition without marks */
    axf_piece_maps class; /* combining class of what stays */
    axf_piece_maps lower;
} axf_piece_tables;

extern const axf_piece_tables axf_piece_fast; /* tokenizers 0.13.3 */
extern const axf_piece_tables axf_piece_slow; /* Python 3.8 */

bool axf_piece_in(const axf_piece_ranges *ranges, uint32_t code);

/* Writes the canonical decomposition without its marks to `parts`, and returns the number of parts, 0 to
 * PIECE_MAX_PARTS. */
size_t axf_piece_decompose(const axf_piece_tables *tables, uint32_t code, uint32_t parts[PIECE_MAX_PARTS]);

/* The combining class of a code point that axf_piece_decompose leaves. */
uint32_t axf_piece_class(const axf_piece_tables *tables, uint32_t code);

/* Writes the lower case, which has one or two code points, and returns their number. */
size_t axf_piece_lower(const axf_piece_tables *tables, uint32_t code, uint32_t lower[2]);

#endif
