/* Loading images before they are needed: threads load and transform the images of a list of posts while the caller
 * computes with earlier ones. Results come in the order of the list, whatever the number of threads. `depth` bounds the
 * memory. */
#ifndef AXF_IMAGES_PREFETCH_H
#define AXF_IMAGES_PREFETCH_H

#include "auxfuse/image.h"
#include "auxfuse/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct axf_prefetch axf_prefetch;

typedef struct axf_prefetch_item {
    int64_t post;     /* an index of the caller's, which comes back in the result */
    const char *path; /* relative to the root */
} axf_prefetch_item;

/* The result of an item. There is a result for a bad image, too: the caller decides what to do. */
typedef struct axf_prefetch_result {
    int64_t post;
    axf_status status;     /* from axf_image_load, axf_recipe_plan or axf_image_transform */
    const char *message;   /* the reason of a failure, "" when status is AXF_OK */
    int32_t height, width; /* 0 on failure */
    const float *pixels;   /* [3, height, width], NULL on failure */
} axf_prefetch_result;

/* Starts `threads` (>= 1) threads that are at most `depth` (>= 1) items ahead of the caller, the one that it holds
 * included. `items` with their paths, `root` and `recipe` are copied. The recipe must have passed axf_recipe_check. */
axf_status axf_prefetch_start(const char *root, const axf_pixel_recipe *recipe, const axf_prefetch_item *items,
                              size_t count, int32_t threads, int32_t depth, axf_prefetch **prefetch);

/* Waits for the next item of the list; returns false when all have been delivered. What *result points to is valid
 * until the next call. Only one thread may call it. */
bool axf_prefetch_next(axf_prefetch *prefetch, axf_prefetch_result *result);

/* May be called at any time: waits for the images that threads work on, and frees everything. NULL is allowed. */
void axf_prefetch_stop(axf_prefetch *prefetch);

#endif
