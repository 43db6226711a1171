/* Images ahead of use: threads load and transform a list of posts' images while the caller computes on earlier ones.
 * Results come in the order of the list, whatever the number of threads; memory is bounded by the depth. */
#ifndef AXF_IMAGES_PREFETCH_H
#define AXF_IMAGES_PREFETCH_H

#include "images/load.h"
#include "images/transform.h"

#include <stdbool.h>

typedef struct axf_prefetch axf_prefetch;

typedef struct axf_prefetch_item {
    int64_t post;     /* the caller's index, handed back */
    const char *path; /* relative to the root */
} axf_prefetch_item;

/* What became of an item. A bad image is delivered, not dropped: the caller decides what to do. */
typedef struct axf_prefetch_result {
    int64_t post;
    axf_status status;     /* of axf_image_load, axf_recipe_plan or axf_image_transform */
    const char *message;   /* why, "" when status is AXF_OK */
    int32_t height, width; /* 0 on failure */
    const float *pixels;   /* [3, height, width], NULL on failure */
} axf_prefetch_result;

/* Starts `threads` (>= 1) threads that stay at most `depth` (>= 1) items ahead of the caller, counting the one it
 * holds. `items` (copied with their paths), `root` and `recipe` (checked before) may go away after the call. */
axf_status axf_prefetch_start(const char *root, const axf_pixel_recipe *recipe, const axf_prefetch_item *items,
                              size_t count, int32_t threads, int32_t depth, axf_prefetch **prefetch);

/* Waits for the next item of the list; false when all have been delivered. What *result points to is valid until the
 * next call. To be called by one thread. */
bool axf_prefetch_next(axf_prefetch *prefetch, axf_prefetch_result *result);

/* Stops at any point, waits for images under way, frees everything; NULL is allowed. */
void axf_prefetch_stop(axf_prefetch *prefetch);

#endif
