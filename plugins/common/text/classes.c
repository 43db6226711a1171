#include "common/text/classes.h"

#include "common/text/code_points.h"

#include "common/text/classes.inc"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool axf_code_is_word(uint32_t code)
{
    return axf_code_find(CODE_WORD, COUNT(CODE_WORD), code, NULL);
}

bool axf_code_is_digit(uint32_t code)
{
    return axf_code_find(CODE_DIGIT, COUNT(CODE_DIGIT), code, NULL);
}

bool axf_code_is_space(uint32_t code)
{
    if (code < 0x80) {
        return code == ' ' || (code >= 9 && code <= 13);
    }
    return axf_code_find(CODE_SPACE, COUNT(CODE_SPACE), code, NULL);
}

/* Every range of digits begins with a zero, so that the distance from its first code point gives the value. */
int axf_code_digit_value(uint32_t code)
{
    size_t range;
    if (!axf_code_find(CODE_DIGIT, COUNT(CODE_DIGIT), code, &range)) {
        return -1;
    }
    return (int)((code - CODE_DIGIT[range].first) % 10);
}
