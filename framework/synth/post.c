#include "synth/synth.h"

#include "synth/random.h"
#include "synth/text.h"

#include <string.h>

static const char *const class_names[] = {"image_adds_text_repr", "image_adds_text_notrepr", "image_notadds_text_repr",
                                          "image_notadds_text_notrepr"};
static const char *const split_names[] = {"train", "val", "test"};
static const char *const colour_names[] = {"red", "yellow", "green", "blue"};
static const char *const shape_names[] = {"circle", "square", "triangle", "star", "heart"};
static const char *const scene_names[] = {"night", "forest", "snow", "beach"};

static const char *name_at(const char *const *names, size_t count, uint32_t index)
{
    return index < count ? names[index] : NULL;
}

const char *axf_synth_class_name(uint32_t relation)
{
    return name_at(class_names, AXF_SYNTH_CLASSES, relation);
}

const char *axf_synth_split_name(uint32_t split)
{
    return name_at(split_names, sizeof split_names / sizeof *split_names, split);
}

const char *axf_synth_colour_name(uint32_t colour)
{
    return name_at(colour_names, AXF_SYNTH_COLOURS, colour);
}

const char *axf_synth_shape_name(uint32_t shape)
{
    return name_at(shape_names, AXF_SYNTH_SHAPES, shape);
}

const char *axf_synth_scene_name(uint32_t scene)
{
    return name_at(scene_names, AXF_SYNTH_SCENES, scene);
}

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
