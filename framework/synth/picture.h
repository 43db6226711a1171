/* The picture of a synthetic post. */
#ifndef AXF_SYNTH_PICTURE_H
#define AXF_SYNTH_PICTURE_H

#include "auxfuse/status.h"
#include "synth/post.h"

/* Each pixel is red, green and blue; rows have no padding. `pixels` is malloc'ed, and the caller frees it. */
typedef struct axf_synth_picture {
    uint32_t width, height;
    uint8_t *pixels;
} axf_synth_picture;

enum { AXF_SYNTH_MIN_SIDE = 96, AXF_SYNTH_MAX_SIDE = 160 };

/* Draws post->shown from the post's picture stream. Error: AXF_ERR_MEMORY. */
axf_status axf_synth_picture_draw(const axf_synth_post *post, axf_synth_picture *picture);

#endif
