/* Synthetic posts: drawn pictures with tweet-like texts whose four-way label follows the text-image relations of TIR.
 *
 * A text names one object (a colour and a shape) and one scene; the picture shows one object in one scene.
 *   the text is represented  = the object shown is the one named
 *   the image adds           = the scene shown is not the one told of
 * Each is an agreement of the two inputs. Where they differ, the colour is of the other family (red, yellow : green,
 * blue), the scene too (night, forest : snow, beach). The first family of each stands 7 times in 10 where the inputs
 * agree, else 1 time in 2: a lean small enough that the best guess from one input alone is right for 0.36 of the posts,
 * and large enough that a small model learns the agreements within a few epochs. The class is a permutation within
 * every four posts in a row, so classes (and the splits, drawn by blocks of four) are balanced exactly.
 *
 * Everything is a function of (seed, index); image files also of the versions of libjpeg, libpng and zlib. */
#ifndef AXF_SYNTH_POST_H
#define AXF_SYNTH_POST_H

#include <stdint.h>

enum { AXF_SYNTH_CLASSES = 4, AXF_SYNTH_COLOURS = 4, AXF_SYNTH_SHAPES = 5, AXF_SYNTH_SCENES = 4 };
enum { AXF_SYNTH_TEXT_SIZE = 400, AXF_SYNTH_ID_SIZE = 24 };

/* What a picture shows, or a text tells of: indices into axf_synth_{colour,shape,scene}_name. */
typedef struct axf_synth_facts {
    uint32_t colour, shape, scene;
} axf_synth_facts;

typedef struct axf_synth_post {
    uint64_t seed, index;
    uint32_t relation;              /* 0..3: the class, in the order of axf_synth_class_name */
    uint32_t split;                 /* 0 train, 1 val, 2 test: blocks of 4 posts, 80 : 10 : 10 */
    axf_synth_facts told, shown;    /* in the text, in the picture */
    char text[AXF_SYNTH_TEXT_SIZE]; /* UTF-8, one line */
} axf_synth_post;

/* TIR's class names in TIR's order: image_adds_text_repr, image_adds_text_notrepr, image_notadds_text_repr,
 * image_notadds_text_notrepr. NULL past the end, as the three below. */
const char *axf_synth_class_name(uint32_t relation);
const char *axf_synth_split_name(uint32_t split);
const char *axf_synth_colour_name(uint32_t colour);
const char *axf_synth_shape_name(uint32_t shape);
const char *axf_synth_scene_name(uint32_t scene);

#endif
