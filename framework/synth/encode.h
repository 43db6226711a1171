/* The picture of a synthetic post as a JPEG or PNG file in memory. */
#ifndef AXF_SYNTH_ENCODE_H
#define AXF_SYNTH_ENCODE_H

#include "synth/picture.h"

#include <stddef.h>

/* An image file in memory; `bytes` is malloc'd: the caller frees it. */
typedef struct axf_synth_file {
    unsigned char *bytes;
    size_t size;
} axf_synth_file;

/* Makes a JPEG in colour, or in one of 30 posts in grey. Quality and chroma subsampling vary by the post's file stream.
 * Errors: AXF_ERR_MEMORY, AXF_ERR_INTERNAL (libjpeg refused). */
axf_status axf_synth_jpeg_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file);

/* Makes a PNG of RGB, of RGB with alpha, or of a palette of 6 x 6 x 6 colours, which the post's file stream decides.
 * Errors: AXF_ERR_MEMORY, AXF_ERR_INTERNAL (libpng refused). */
axf_status axf_synth_png_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file);

#endif
