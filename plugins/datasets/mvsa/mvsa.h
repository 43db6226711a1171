/* MVSA's parts: mvsa.c (options, key file), raw.c (the published folder), text.c (encodings). */
#ifndef AXF_DATASETS_MVSA_MVSA_H
#define AXF_DATASETS_MVSA_MVSA_H

#include "auxfuse/dataset.h"

enum { AXF_MVSA_GB18030 = 0, AXF_MVSA_LATIN1 = 1, AXF_MVSA_UTF8 = 2 };

typedef struct axf_mvsa_options {
    const char *root, *key, *pairs, *images, *image_pattern, *texts;
    int32_t form, encoding;
    bool reference_defects;
    axf_list removed_ids;
} axf_mvsa_options;

typedef struct axf_mvsa_reader {
    const axf_host *host;
    const axf_mvsa_options *o;
    const axf_post_sink *sink;
    axf_dataset_facts *facts;
    int32_t replaced; /* texts in which bytes were replaced */
} axf_mvsa_reader;

/* Posts of the labels' file with their texts. Left out, and counted: posts whose labels of text and image contradict
 * each other, posts on whose text or image no two of three annotators agree, posts without a text file. */
axf_status axf_mvsa_read_raw(axf_mvsa_reader *reader);

/* `bytes` in the encoding as UTF-8, in host memory; what is no character becomes U+FFFD, and *replaced is set. */
axf_status axf_mvsa_decode(const axf_host *host, int32_t encoding, const char *bytes, size_t size, char **text,
                           size_t *length, int *replaced);

/* Sets the post's text from one that was read as Latin-1, as the reference program does: the bytes it came from, read
 * in their encoding. A text that cannot have come about so is taken as it is. */
axf_status axf_mvsa_reread(const axf_mvsa_reader *reader, const char *text, size_t length, axf_post *post);

#endif
