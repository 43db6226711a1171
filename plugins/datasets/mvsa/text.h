/* The encodings of MVSA's text files. */
#ifndef AXF_DATASETS_MVSA_TEXT_H
#define AXF_DATASETS_MVSA_TEXT_H

#include "auxfuse/dataset.h"

enum { AXF_MVSA_GB18030 = 0, AXF_MVSA_LATIN1 = 1, AXF_MVSA_UTF8 = 2 };

/* Converts bytes in one of the encodings to UTF-8, in memory of the host. Bytes that are not a character become U+FFFD,
 * and *replaced is set to 1. */
axf_status axf_mvsa_decode(const axf_host *host, int32_t encoding, const char *bytes, size_t size, char **text,
                           size_t *length, int *replaced);

/* The reference program reads texts as Latin-1, whatever their encoding. This goes back to the bytes of such a text,
 * reads them in their own encoding, and sets the post's text. A text that cannot come from Latin-1 is not changed. */
axf_status axf_mvsa_reread(const axf_host *host, int32_t encoding, const char *text, size_t length, axf_post *post);

#endif
