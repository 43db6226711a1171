#include "common/tokenizers/wordpiece_text.h"

#include "common/tokenizers/wordpiece_slow_tables.inc"
#include "common/tokenizers/wordpiece_tables.inc"

#define RANGES(table)                                                                                                  \
    {                                                                                                                  \
        table, sizeof(table) / sizeof((table)[0])                                                                      \
    }
#define MAPS(table)                                                                                                    \
    {                                                                                                                  \
        (table)[0], sizeof(table) / sizeof((table)[0]), sizeof((table)[0]) / sizeof((table)[0][0])                     \
    }

const axf_piece_tables axf_piece_fast = {
    .dropped = RANGES(PIECE_DROPPED),
    .blank = RANGES(PIECE_BLANK),
    .chinese = RANGES(PIECE_CHINESE),
    .punctuation = RANGES(PIECE_PUNCTUATION),
    .mark = RANGES(PIECE_MARK),
    .fixed_mark = RANGES(PIECE_MARK_STARTER),
    .parts = MAPS(PIECE_PARTS),
    .class = MAPS(PIECE_CLASS),
    .lower = MAPS(PIECE_LOWER),
};

const axf_piece_tables axf_piece_slow = {
    .dropped = RANGES(SLOW_DROPPED),
    .blank = RANGES(SLOW_BLANK),
    .chinese = RANGES(SLOW_CHINESE),
    .punctuation = RANGES(SLOW_PUNCTUATION),
    .mark = RANGES(SLOW_MARK),
    .fixed_mark = RANGES(SLOW_MARK_STARTER),
    .parts = MAPS(SLOW_PARTS),
    .class = MAPS(SLOW_CLASS),
    .lower = MAPS(SLOW_LOWER),
};

bool axf_piece_in(const axf_piece_ranges *ranges, uint32_t code)
{
    return axf_code_find(ranges->ranges, ranges->count, code, NULL);
}

/* The row of the table for `code`; NULL when there is none. */
static const uint32_t *find_row(const axf_piece_maps *maps, uint32_t code)
{
    size_t low = 0;
    size_t high = maps->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t *row = maps->rows + middle * maps->stride;
        if (row[0] == code) {
            return row;
        }
        if (row[0] < code) {
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

size_t axf_piece_decompose(const axf_piece_tables *tables, uint32_t code, uint32_t parts[PIECE_MAX_PARTS])
{
    if (code >= 0xAC00 && code <= 0xD7A3) {
        return decompose_hangul(code, parts);
    }
    const uint32_t *row = find_row(&tables->parts, code);
    if (!row) {
        parts[0] = code;
        return axf_piece_in(&tables->mark, code) ? 0 : 1;
    }
    size_t count = 0;
    while (count + 1 < tables->parts.stride && row[1 + count]) {
        parts[count] = row[1 + count];
        count++;
    }
    return count;
}

uint32_t axf_piece_class(const axf_piece_tables *tables, uint32_t code)
{
    const uint32_t *row = find_row(&tables->class, code);
    return row ? row[1] : 0;
}

size_t axf_piece_lower(const axf_piece_tables *tables, uint32_t code, uint32_t lower[2])
{
    const uint32_t *row = find_row(&tables->lower, code);
    lower[0] = row ? row[1] : code;
    lower[1] = row ? row[2] : 0;
    return lower[1] ? 2 : 1;
}
