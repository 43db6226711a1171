#include "experiment/run_posts.h"

#include "core/arena.h"
#include "posts/shuffle_labels.h"
#include "posts/split.h"
#include "posts/split_groups.h"

#include <stdlib.h>

axf_status axf_run_posts_draw(axf_posts *posts, const axf_experiment *experiment)
{
    const axf_settings_split *split = &experiment->split;
    return split->group == NULL ? axf_split_draw(posts, (uint64_t)split->seed, split->fractions.items, split->stratify)
                                : axf_split_draw_groups(posts, (uint64_t)split->seed, split->fractions.items,
                                                        split->stratify, split->group);
}

axf_status axf_run_posts_read(axf_posts *posts, const axf_experiment *experiment)
{
    AXF_TRY(axf_posts_read(posts, experiment->dataset.instance, 1));
    AXF_TRY(axf_run_posts_draw(posts, experiment));
    if (experiment->data.subset != AXF_NULL_INT) {
        AXF_TRY(axf_split_subset(posts, (uint64_t)experiment->split.seed, (int32_t)experiment->data.subset));
    }
    uint8_t *keep = axf_alloc((size_t)posts->count);
    int32_t out = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        keep[i] = posts->items[i].split != AXF_SPLIT_NONE;
        out += !keep[i];
    }
    if (out > 0) {
        axf_posts_filter(posts, keep, "outside of data.subset");
    }
    free(keep);
    /* Labels are shuffled last, so that a subset has the same posts with and without it. */
    if (experiment->data.shuffle_labels != AXF_SHUFFLE_NONE) {
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_TRAIN);
    }
    if (experiment->data.shuffle_labels == AXF_SHUFFLE_ALL) {
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_VAL);
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_TEST);
    }
    return AXF_OK;
}
