#include "synth/post.h"

#include <stddef.h>

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
