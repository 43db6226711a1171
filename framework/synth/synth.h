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
#ifndef AXF_SYNTH_SYNTH_H
#define AXF_SYNTH_SYNTH_H

#include "auxfuse/status.h"

#include <stddef.h>
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

/* Class, split and facts of post `index`, and its text. */
void axf_synth_post_make(uint64_t seed, uint64_t index, axf_synth_post *post);

/* TIR's class names in TIR's order: image_adds_text_repr, image_adds_text_notrepr, image_notadds_text_repr,
 * image_notadds_text_notrepr. NULL past the end, as the three below. */
const char *axf_synth_class_name(uint32_t relation);
const char *axf_synth_split_name(uint32_t split);
const char *axf_synth_colour_name(uint32_t colour);
const char *axf_synth_shape_name(uint32_t shape);
const char *axf_synth_scene_name(uint32_t scene);

/* The text with every emoji replaced by ASCII ("red heart", ":)"), for files in Latin-1; `out` holds
 * AXF_SYNTH_TEXT_SIZE bytes. */
void axf_synth_text_ascii(const char *text, char *out);

typedef enum axf_synth_format {
    AXF_SYNTH_TABLE = 1,     /* posts.csv (id,text,label,split,image) and images/: JPEG and PNG files */
    AXF_SYNTH_MVSA,          /* data/<id>.jpg, data/<id>.txt, labelResultAll.txt, valid_pairlist.txt, and the key */
    AXF_SYNTH_TIR,           /* textimage-data.csv as published, images/T<id>.jpg */
    AXF_SYNTH_MVSA_MULTIPLE, /* as MVSA, by three annotators, some of whose posts contradict themselves; no key */
    AXF_SYNTH_MHP,           /* Train/, Validation/ and Test/dog_whistle_….csv, Images/<id>.jpg */
    AXF_SYNTH_MICD,          /* data_key_mic.csv with texts, text_data_mic.csv, images/<id>_1.jpg */
    AXF_SYNTH_MSD,           /* train.txt, valid2.txt, test2.txt, dataset_image/<id>.jpg */
    AXF_SYNTH_MVSA_KEY,      /* the reference program's key files, with their images: data_key_mvsa.csv */
    AXF_SYNTH_TIR_KEY,       /* data_key_imgtxt_random.csv */
    AXF_SYNTH_MHP_KEY,       /* data_key_mhp.csv */
    AXF_SYNTH_MSD_KEY        /* data_key_msd.csv */
} axf_synth_format;

enum { AXF_SYNTH_LAST = AXF_SYNTH_MSD_KEY };

/* "table", "mvsa", …, as `auxfuse data synth --format` takes it. */
const char *axf_synth_format_name(axf_synth_format format);

enum { AXF_SYNTH_MAX_POSTS = 1000000 };

/* Writes posts 0 … count-1 into `folder`, which is made with its parents. A folder that already holds the table of
 * this format is refused. The table is renamed into place last: where it is, everything is.
 * Errors: AXF_ERR_USAGE (count or format out of range), AXF_ERR_DATA (the table exists), AXF_ERR_IO, AXF_ERR_MEMORY;
 * then `error` (error_size bytes, not 0) holds the message, else it is left alone. */
axf_status axf_synth_write(const char *folder, uint64_t count, uint64_t seed, axf_synth_format format, char *error,
                           size_t error_size);

#endif
