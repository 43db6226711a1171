/* The picture of a synthetic post: drawn, then encoded as a JPEG or PNG file in memory. */
#ifndef AXF_SYNTH_PICTURE_H
#define AXF_SYNTH_PICTURE_H

#include "synth/synth.h"

/* Red, green and blue a pixel, rows without padding. `pixels` is malloc'd: the caller frees it. */
typedef struct axf_synth_picture {
    uint32_t width, height;
    uint8_t *pixels;
} axf_synth_picture;

enum { AXF_SYNTH_MIN_SIDE = 96, AXF_SYNTH_MAX_SIDE = 160 };

/* Draws post->shown from the post's picture stream. Error: AXF_ERR_MEMORY. */
axf_status axf_synth_picture_draw(const axf_synth_post *post, axf_synth_picture *picture);

/* An image file in memory; `bytes` is malloc'd: the caller frees it. */
typedef struct axf_synth_file {
    unsigned char *bytes;
    size_t size;
} axf_synth_file;

/* A colour JPEG, or one in 30 times a grey one; quality and chroma subsampling vary by the post's file stream.
 * Errors: AXF_ERR_MEMORY, AXF_ERR_INTERNAL (libjpeg refused). */
axf_status axf_synth_jpeg_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file);

/* A PNG, by the post's file stream of RGB, of RGB with alpha, or of a palette of 6 x 6 x 6 colours.
 * Errors: AXF_ERR_MEMORY, AXF_ERR_INTERNAL (libpng refused). */
axf_status axf_synth_png_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file);

#endif
