/* The layouts of folders of synthetic posts: where files go and how a post becomes a row. */
#ifndef AXF_SYNTH_LAYOUTS_H
#define AXF_SYNTH_LAYOUTS_H

#include "synth/files.h"
#include "synth/post.h"

#include <stdbool.h>

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

typedef struct axf_synth_layout {
    const char *format;
    struct {
        const char *name, *header;
    } table[AXF_SYNTH_TABLES]; /* the first says that the folder is complete; name NULL: no more */
    const char *images;
    bool png;                                           /* PNG files among the JPEG ones */
    void (*name)(const axf_synth_post *post, char *id); /* its id, AXF_SYNTH_ID_SIZE bytes */
    const char *image_prefix, *image_suffix;            /* before and behind the id in an image's name */
    bool (*pictured)(const axf_synth_post *post);       /* NULL: all have a picture */
    axf_status (*add)(axf_synth_writer *writer, const axf_synth_post *post, const char *id, const char *image);
} axf_synth_layout;

extern const axf_synth_layout axf_synth_layouts[AXF_SYNTH_LAST + 1]; /* by axf_synth_format */

#endif
