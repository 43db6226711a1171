/* The text of a synthetic post. */
#ifndef AXF_SYNTH_TEXT_H
#define AXF_SYNTH_TEXT_H

#include "synth/post.h"

/* Fills post->text from post->told and the post's text stream. */
void axf_synth_text_write(axf_synth_post *post);

/* Writes the text with every emoji replaced by ASCII ("red heart", ":)"), for files in Latin-1. `out` must have room
 * for AXF_SYNTH_TEXT_SIZE bytes. */
void axf_synth_text_ascii(const char *text, char *out);

#endif
