/* The layouts of folders of synthetic posts: where files go and how a post becomes a row. */
#ifndef AXF_SYNTH_LAYOUTS_H
#define AXF_SYNTH_LAYOUTS_H

#include "synth/synth.h"

#include <stdbool.h>
#include <stdio.h>

enum { AXF_SYNTH_TABLES = 3 };

/* One writing of one folder. */
typedef struct axf_synth_writer {
    const char *folder;
    const struct axf_synth_layout *layout;
    FILE *table[AXF_SYNTH_TABLES]; /* NULL: the layout has fewer */
    char *error;
    size_t error_size;
} axf_synth_writer;

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

/* A file of the folder (synth_write.c). */
axf_status axf_synth_write_file(axf_synth_writer *writer, const char *name, const void *bytes, size_t size);

#endif
