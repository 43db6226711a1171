/* Inside the tweet normaliser: the English names of emoji, as the Python package emoji 2.2.0 has them. */
#ifndef AXF_COMMON_TWEET_EMOJI_H
#define AXF_COMMON_TWEET_EMOJI_H

#include <stdint.h>

/* Returns the name of an emoji of one code point with its colons, such as ":red_heart:", or NULL when it has none. */
const char *axf_tweet_emoji_name(uint32_t code);

#endif
