/* MVSA as published: a folder of texts and pictures, and a file of labels. */
#ifndef AXF_DATASETS_MVSA_RAW_H
#define AXF_DATASETS_MVSA_RAW_H

#include "auxfuse/dataset.h"

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

/* Hands on the posts of the file of labels, with their texts. Three kinds of posts are left out and counted: those
 * whose labels of text and image contradict each other, those on whose text or image no two of three annotators agree,
 * and those without a text file. */
axf_status axf_mvsa_read_raw(axf_mvsa_reader *reader);

#endif
