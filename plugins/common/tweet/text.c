#include "common/tweet/text.h"

#include "common/text/classes.h"

static uint8_t classify(uint32_t code)
{
    const uint32_t lower = code | 0x20;
    const bool alpha = (lower >= 'a' && lower <= 'z') || code == 0x130 || code == 0x17F || code == 0x212A;
    if (alpha) {
        return TWEET_W | TWEET_L | TWEET_ALPHA | TWEET_ALNUM | TWEET_HOST | TWEET_MAIL;
    }
    if (code >= '0' && code <= '9') {
        return TWEET_W | TWEET_D | TWEET_ALNUM | TWEET_HOST | TWEET_MAIL;
    }
    if (code == '.' || code == '-') {
        return TWEET_HOST | TWEET_MAIL;
    }
    if (code == '+') {
        return TWEET_MAIL;
    }
    if (axf_code_is_word(code)) {
        const bool digit = axf_code_is_digit(code);
        return (uint8_t)(TWEET_W | TWEET_MAIL | (digit ? TWEET_D : code == '_' ? 0 : TWEET_L));
    }
    return axf_code_is_space(code) ? TWEET_S : 0;
}

void axf_tweet_classify(const uint32_t *code, size_t count, uint8_t *classes)
{
    uint8_t ascii[128];
    for (uint32_t c = 0; c < 128; c++) {
        ascii[c] = classify(c);
    }
    for (size_t i = 0; i < count; i++) {
        classes[i] = code[i] < 128 ? ascii[code[i]] : classify(code[i]);
    }
}
