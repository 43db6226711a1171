/* The text of a synthetic post. */
#ifndef AXF_SYNTH_TEXT_H
#define AXF_SYNTH_TEXT_H

#include "synth/synth.h"

/* Fills post->text from post->told and the post's text stream. */
void axf_synth_text_write(axf_synth_post *post);

#endif
