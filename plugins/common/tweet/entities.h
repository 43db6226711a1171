/* Inside the tweet normaliser: HTML entities, such as &amp; and &#8217;. */
#ifndef AXF_COMMON_TWEET_ENTITIES_H
#define AXF_COMMON_TWEET_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

/* Replaces the entities among the `count` code points by what they stand for, in place. Returns the new count. */
size_t axf_tweet_decode_entities(uint32_t *code, size_t count);

#endif
