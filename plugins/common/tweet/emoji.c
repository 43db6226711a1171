#include "common/tweet/emoji.h"

#include <stddef.h>

#include "common/tweet/emoji.inc"

const char *axf_tweet_emoji_name(uint32_t code)
{
    size_t low = 0;
    size_t high = sizeof(EMOJI) / sizeof(EMOJI[0]);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (EMOJI[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sizeof(EMOJI) / sizeof(EMOJI[0]) && EMOJI[low].code == code ? EMOJI[low].name : NULL;
}
