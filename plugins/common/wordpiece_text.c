#include "wordpiece_text.h"

#include "code_points.h"

#include "wordpiece_tables.inc"

#define FIND(table, code) axf_code_find(table, sizeof(table) / sizeof((table)[0]), code, NULL)

bool axf_piece_is_dropped(uint32_t code)
{
    return FIND(PIECE_DROPPED, code);
}

bool axf_piece_is_blank(uint32_t code)
{
    return FIND(PIECE_BLANK, code);
}

bool axf_piece_is_chinese(uint32_t code)
{
    return FIND(PIECE_CHINESE, code);
}

bool axf_piece_is_punctuation(uint32_t code)
{
    return FIND(PIECE_PUNCTUATION, code);
}

bool axf_piece_is_fixed_mark(uint32_t code)
{
    return FIND(PIECE_MARK_STARTER, code);
}

/* The row of a table of maps, `stride` words wide and led by its code point, that is for `code`; NULL: none. */
static const uint32_t *find_row(const uint32_t *rows, size_t bytes, size_t stride, uint32_t code)
{
    size_t low = 0;
    size_t high = bytes / sizeof(uint32_t) / stride;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows[middle * stride] == code) { /* NOLINT: the analyser loses the table's size in the division above */
            return rows + middle * stride;
        }
        if (rows[middle * stride] < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static size_t decompose_hangul(uint32_t code, uint32_t parts[PIECE_MAX_PARTS])
{
    const uint32_t index = code - 0xAC00;
    parts[0] = 0x1100 + index / 588;
    parts[1] = 0x1161 + index % 588 / 28;
    parts[2] = 0x11A7 + index % 28;
    return index % 28 ? 3 : 2;
}

size_t axf_piece_decompose(uint32_t code, uint32_t parts[PIECE_MAX_PARTS])
{
    if (code >= 0xAC00 && code <= 0xD7A3) {
        return decompose_hangul(code, parts);
    }
    const uint32_t *row = find_row(PIECE_PARTS[0], sizeof(PIECE_PARTS), 1 + PIECE_MAX_PARTS, code);
    if (!row) {
        parts[0] = code;
        return FIND(PIECE_MARK, code) ? 0 : 1;
    }
    size_t count = 0;
    while (count < PIECE_MAX_PARTS && row[1 + count]) {
        parts[count] = row[1 + count];
        count++;
    }
    return count;
}

uint32_t axf_piece_class(uint32_t code)
{
    const uint32_t *row = find_row(PIECE_CLASS[0], sizeof(PIECE_CLASS), 2, code);
    return row ? row[1] : 0;
}

size_t axf_piece_lower(uint32_t code, uint32_t lower[2])
{
    const uint32_t *row = find_row(PIECE_LOWER[0], sizeof(PIECE_LOWER), 3, code);
    lower[0] = row ? row[1] : code;
    lower[1] = row ? row[2] : 0;
    return lower[1] ? 2 : 1;
}
