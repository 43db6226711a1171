#include "common/tokenizers/special_tokens.h"

#include "common/text/code_points.h"

#include <stdint.h>
#include <string.h>

const char *const axf_special_texts[AXF_SPECIALS] = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"};

/* Unicode's property White_Space. */
static const axf_code_range WHITE[] = {{0x9, 0xD},       {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},
                                       {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                                       {0x205F, 0x205F}, {0x3000, 0x3000}};

/* Where the white space that ends at `end` begins, not before `at`. */
static size_t skip_back(const char *text, size_t at, size_t end)
{
    while (end > at) {
        size_t begin = end - 1;
        while (begin > at && end - begin < 4 && ((unsigned char)text[begin] & 0xC0) == 0x80) {
            begin--;
        }
        uint32_t code;
        if (axf_code_decode(text + begin, end - begin, &code) != end - begin ||
            !axf_code_find(WHITE, sizeof WHITE / sizeof WHITE[0], code, NULL)) {
            break;
        }
        end = begin;
    }
    return end;
}

int axf_special_find(const char *text, size_t length, size_t at, size_t *begin, size_t *end)
{
    for (size_t i = at; i < length; i++) {
        const char *found = memchr(text + i, '<', length - i);
        if (found == NULL) {
            break;
        }
        i = (size_t)(found - text);
        for (int token = 0; token < AXF_SPECIALS; token++) {
            const size_t size = strlen(axf_special_texts[token]);
            if (size <= length - i && memcmp(found, axf_special_texts[token], size) == 0) {
                *begin = token == AXF_SPECIAL_MASK ? skip_back(text, at, i) : i;
                *end = i + size;
                return token;
            }
        }
    }
    *begin = *end = length;
    return -1;
}
