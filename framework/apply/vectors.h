/* What a model makes of posts, as a file for other programs and for the image encoder `features` (docs/formats.md). */
#ifndef AXF_APPLY_VECTORS_H
#define AXF_APPLY_VECTORS_H

#include "train/session.h"

typedef struct axf_feature_request {
    int32_t fused;   /* 1: what the classifier reads, before its dropout */
    uint32_t wanted; /* else of one side: AXF_WANT_ROWS, FIRST or POOLED, or ROWS and POOLED */
    int32_t text;    /* 1: of the text, not of the image */
    int32_t either;  /* 1: no side was named: of the image, of the text in a model without one */
} axf_feature_request;

/* "fused", or of a side "rows", "first", "pooled" or "rows,pooled"; `side` may be NULL. AXF_ERR_USAGE. */
axf_status axf_feature_request_parse(axf_feature_request *request, const char *what, const char *side);

/* A model with the first values of a spec, and its posts: what axf_finished_open is for a finished run. */
axf_status axf_feature_session_open(axf_session *session, axf_registry *registry, const axf_node *spec, uint64_t seed);

/* The posts of the session's own data, of these splits alone ("train,val"; NULL: all). */
axf_status axf_feature_session_read(axf_session *session, const char *splits);

/* Computes the posts of the session in evaluation mode and writes them to `path`, durably; its folder is made. Encoders have declared all
 * that they give. A post without an image follows data.on_bad_image. */
axf_status axf_feature_file_write(axf_session *session, const axf_feature_request *request, const char *path);

#endif
