#include "features/image_check.h"

#include "core/error.h"
#include "images/prefetch.h"
#include "model/image_policy.h"
#include "model/sides.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE = 16 }; /* decoded images that wait beside four for each thread */

static axf_status check_pixels(const axf_model *model, const axf_posts *posts, int32_t threads, uint8_t *keep)
{
    axf_prefetch_item *items = axf_alloc((size_t)posts->count * sizeof *items);
    for (int32_t i = 0; i < posts->count; i++) {
        items[i] = (axf_prefetch_item){i, posts->items[i].image != NULL ? posts->items[i].image : ""};
    }
    axf_prefetch *prefetch;
    axf_status status =
        axf_prefetch_start(posts->facts.image_root != NULL ? posts->facts.image_root : ".", &model->image_facts.recipe,
                           items, (size_t)posts->count, threads, 4 * threads + QUEUE, &prefetch);
    free(items);
    AXF_TRY(status);
    axf_prefetch_result result;
    while (status == AXF_OK && axf_prefetch_next(prefetch, &result)) {
        if (result.status != AXF_OK) {
            status =
                axf_image_policy_decide(model, posts, &posts->items[result.post], result.message, &keep[result.post]);
        }
    }
    axf_prefetch_stop(prefetch);
    return status;
}

static axf_status check_features(const axf_model *model, const axf_posts *posts, uint8_t *keep)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; status == AXF_OK && i < posts->count; i++) {
        axf_record *record = &posts->items[i];
        if (axf_side_has_features(model, record->id) != AXF_OK) {
            status = axf_image_policy_decide(model, posts, record, axf_error_message(), &keep[i]);
        }
    }
    return status;
}

axf_status axf_image_check(const axf_model *model, axf_posts *posts, int32_t threads)
{
    if (!axf_image_policy_needs_check(model)) {
        return AXF_OK;
    }
    const int pixels = model->image_facts.from_pixels;
    uint8_t *keep = axf_alloc((size_t)posts->count);
    memset(keep, 1, (size_t)posts->count);
    const axf_status status = pixels ? check_pixels(model, posts, threads, keep) : check_features(model, posts, keep);
    if (status == AXF_OK) {
        axf_posts_filter(posts, keep, pixels ? "image cannot be read" : "image features cannot be read");
    }
    free(keep);
    return status;
}
