/* The posts of a run and its id: the same for the run itself and for a sweep that plans it. */
#include "posts/split.h"
#include "experiment/run_id.h"

#include <stdlib.h>

axf_status axf_run_posts_draw(axf_posts *posts, const axf_experiment *experiment)
{
    const axf_settings_split *split = &experiment->split;
    return split->group == NULL
               ? axf_split_draw(posts, (uint64_t)split->seed, split->fractions.items, split->stratify)
               : axf_split_draw_groups(posts, (uint64_t)split->seed, split->fractions.items, split->stratify,
                                       split->group);
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
    if (experiment->data.shuffle_labels != AXF_SHUFFLE_NONE) { /* last, so that a subset's posts are the same ones */
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_TRAIN);
    }
    if (experiment->data.shuffle_labels == AXF_SHUFFLE_ALL) {
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_VAL);
        axf_labels_shuffle(posts, (uint64_t)experiment->split.seed, AXF_SPLIT_TEST);
    }
    return AXF_OK;
}

axf_status axf_run_identify(const axf_experiment *experiment, const axf_posts *posts, axf_hash_cache *hashes,
                            axf_hash128 *data, char id[AXF_RUN_ID])
{
    axf_strbuf identity = {0};
    axf_status status = axf_identity_text(experiment, hashes, &identity);
    if (status == AXF_OK) {
        const int images = experiment->image.instance != NULL || experiment->joint.instance != NULL;
        status = axf_data_hash(posts, hashes, images, data);
    }
    if (status == AXF_OK) {
        axf_run_id(axf_strbuf_text(&identity), *data, id);
    }
    axf_strbuf_free(&identity);
    return status;
}

char *axf_run_folder(const axf_experiment *experiment, const char *axis_values, const char *id, uint64_t seed)
{
    const char *axes = axis_values != NULL ? axis_values : "";
    axf_strbuf path = {0};
    axf_strbuf_printf(&path, "%s/%s/%s%s%s/s%llu", experiment->top.output, experiment->top.name, axes,
                      axes[0] != '\0' ? "-" : "", id, (unsigned long long)seed);
    return axf_strbuf_take(&path);
}
