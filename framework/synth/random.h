/* Random numbers of the synthetic posts: SplitMix64 whose start is a hash of (seed, post, stream), so that any post,
 * and each part of it, can be drawn alone and no draw of one part shifts those of another. */
#ifndef AXF_SYNTH_RANDOM_H
#define AXF_SYNTH_RANDOM_H

#include <stdint.h>

typedef struct axf_synth_random {
    uint64_t state;
} axf_synth_random;

/* The parts of a post that are drawn independently. */
enum {
    AXF_SYNTH_STREAM_CLASS = 1,
    AXF_SYNTH_STREAM_FACTS,
    AXF_SYNTH_STREAM_TEXT,
    AXF_SYNTH_STREAM_PICTURE,
    AXF_SYNTH_STREAM_FILE,
    AXF_SYNTH_STREAM_ID,
    AXF_SYNTH_STREAM_KIND
};

axf_synth_random axf_synth_random_start(uint64_t seed, uint64_t post, uint32_t stream);

/* Uniform in [0, n); n must not be 0. The bias is below n / 2^32. */
uint32_t axf_synth_random_below(axf_synth_random *random, uint32_t n);

/* Uniform in [low, high], both included. */
int32_t axf_synth_random_between(axf_synth_random *random, int32_t low, int32_t high);

/* Returns 1 in `percent` of 100 draws, and else 0. */
int axf_synth_random_chance(axf_synth_random *random, uint32_t percent);

#endif
