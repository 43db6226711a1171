#include "synth/draw.h"

#include "synth/random.h"
#include "synth/text.h"

/* Another value than `value` in [0, n), all equally likely. */
static uint32_t other(axf_synth_random *random, uint32_t value, uint32_t n)
{
    return (value + 1 + axf_synth_random_below(random, n - 1)) % n;
}

/* The class of each post is its place in a shuffle of 0..3 drawn once for its block of four. */
static uint32_t draw_relation(uint64_t seed, uint64_t index)
{
    axf_synth_random random = axf_synth_random_start(seed, index / AXF_SYNTH_CLASSES, AXF_SYNTH_STREAM_CLASS);
    uint32_t order[AXF_SYNTH_CLASSES] = {0, 1, 2, 3};
    for (uint32_t i = AXF_SYNTH_CLASSES - 1; i > 0; i--) {
        const uint32_t j = axf_synth_random_below(&random, i + 1);
        const uint32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    return order[index % AXF_SYNTH_CLASSES];
}

static uint32_t split_of(uint64_t index)
{
    const uint64_t block = index / AXF_SYNTH_CLASSES % 10;
    return block < 8 ? 0 : (uint32_t)(block - 7);
}

/* Colours and scenes come in two families of two: warm and cold, dark and bright. */
static uint32_t draw_of_family(axf_synth_random *random, uint32_t family)
{
    return 2 * family + axf_synth_random_below(random, 2);
}

/* The first family 7 times in 10 where the two inputs agree, else 1 time in 2. Without this lean no colour and no scene
 * would say anything alone, and a small model would see no gradient for hundreds of steps. */
static uint32_t draw_family(axf_synth_random *random, int agree)
{
    return !axf_synth_random_chance(random, agree ? 70 : 50);
}

void axf_synth_post_make(uint64_t seed, uint64_t index, axf_synth_post *post)
{
    axf_synth_random random = axf_synth_random_start(seed, index, AXF_SYNTH_STREAM_FACTS);
    *post = (axf_synth_post){.seed = seed, .index = index};
    post->relation = draw_relation(seed, index);
    post->split = split_of(index);
    const int adds = post->relation < 2;
    const int represented = post->relation % 2 == 0;
    post->told.colour = draw_of_family(&random, draw_family(&random, represented));
    post->told.shape = axf_synth_random_below(&random, AXF_SYNTH_SHAPES);
    post->told.scene = draw_of_family(&random, draw_family(&random, !adds));
    post->shown = post->told;
    if (!represented) {
        post->shown.colour = draw_of_family(&random, !(post->told.colour / 2));
        post->shown.shape = other(&random, post->told.shape, AXF_SYNTH_SHAPES);
    }
    if (adds) {
        post->shown.scene = draw_of_family(&random, !(post->told.scene / 2));
    }
    axf_synth_text_write(post);
}
