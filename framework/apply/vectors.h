/* What a model computes of posts, as a file for other programs and for the image encoder `features` (docs/formats.md).
 */
#ifndef AXF_APPLY_VECTORS_H
#define AXF_APPLY_VECTORS_H

#include "workbench/workbench.h"

typedef struct axf_vectors_request {
    int32_t fused;   /* 1: what the classifier reads, before its dropout */
    uint32_t wanted; /* else of one side: AXF_WANT_ROWS, FIRST or POOLED, or ROWS and POOLED */
    int32_t text;    /* 1: of the text, not of the image */
    int32_t either;  /* 1: no side was named: the image's, or the text's in a model without an image */
} axf_vectors_request;

/* `what` is "fused", or for one side "rows", "first", "pooled" or "rows,pooled"; `side` is "text", "image" or NULL.
 * AXF_ERR_USAGE. */
axf_status axf_vectors_request_parse(axf_vectors_request *request, const char *what, const char *side);

/* A model with the first values of a spec, and its posts: what axf_finished_open is for a finished run. */
axf_status axf_vectors_open(axf_workbench *bench, axf_registry *registry, const axf_node *spec, uint64_t seed);

/* Reads the posts of the experiment's own data unless they are there, and keeps those of these splits ("train,val";
 * NULL: all). */
axf_status axf_vectors_read_posts(axf_workbench *bench, const char *splits);

/* Computes the posts in evaluation mode and writes the vectors durably to `path`, whose folder is made. The encoders
 * have declared all that they give (axf_workbench_model.whole). A post without an image follows data.on_bad_image. */
axf_status axf_vectors_write(axf_workbench *bench, const axf_vectors_request *request, const char *path);

#endif
