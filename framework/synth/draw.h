/* Draws the posts: what each one tells and shows. */
#ifndef AXF_SYNTH_DRAW_H
#define AXF_SYNTH_DRAW_H

#include "synth/post.h"

/* Draws post `index`: its class, its split, what it tells and shows, and its text. */
void axf_synth_post_make(uint64_t seed, uint64_t index, axf_synth_post *post);

#endif
