#include "common/text/code_points.h"

bool axf_code_find(const axf_code_range *ranges, size_t count, uint32_t code, size_t *index)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == count || ranges[low].first > code) {
        return false;
    }
    if (index) {
        *index = low;
    }
    return true;
}

/* The length of the sequence that begins with the byte `lead` (0: no sequence does), and the range of its second byte.
 * The range excludes overlong forms, surrogates and values above U+10FFFF. */
static size_t sequence_length(uint8_t lead, uint8_t *second_min, uint8_t *second_max)
{
    *second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

size_t axf_code_decode(const char *text, size_t length, uint32_t *code)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    uint8_t low;
    uint8_t high;
    const size_t wanted = sequence_length(bytes[0], &low, &high);
    *code = 0xFFFD;
    if (wanted == 0) {
        return 1;
    }
    uint32_t value = bytes[0] & (0x7F >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if (i >= length || bytes[i] < low || bytes[i] > high) {
            return i;
        }
        value = value << 6 | (bytes[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *code = value;
    return wanted;
}

bool axf_code_valid(const char *text, size_t length, size_t *position)
{
    size_t at = 0;
    while (at < length) {
        uint32_t code;
        const size_t taken = axf_code_decode(text + at, length - at, &code);
        if (code == 0xFFFD && (taken != 3 || (uint8_t)text[at] != 0xEF || (uint8_t)text[at + 2] != 0xBD)) {
            *position = at;
            return false;
        }
        at += taken;
    }
    return true;
}

size_t axf_code_encode(uint32_t code, char bytes[4])
{
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        code = 0xFFFD;
    }
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    bytes[0] = (char)(lead[length] | code);
    return length;
}
