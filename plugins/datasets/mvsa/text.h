/* The encodings of MVSA's text files. */
#ifndef AXF_DATASETS_MVSA_TEXT_H
#define AXF_DATASETS_MVSA_TEXT_H

#include "auxfuse/dataset.h"

enum { AXF_MVSA_GB18030 = 0, AXF_MVSA_LATIN1 = 1, AXF_MVSA_UTF8 = 2 };

/* `bytes` in the encoding as UTF-8, in host memory; what is no character becomes U+FFFD, and *replaced is set. */
axf_status axf_mvsa_decode(const axf_host *host, int32_t encoding, const char *bytes, size_t size, char **text,
                           size_t *length, int *replaced);

/* Sets the post's text from one that was read as Latin-1, as the reference program does: the bytes it came from, read
 * in their encoding. A text that cannot have come about so is taken as it is. */
axf_status axf_mvsa_reread(const axf_host *host, int32_t encoding, const char *text, size_t length, axf_post *post);

#endif
