#include "posts/shuffle_labels.h"

#include "core/philox.h"

#include <stdlib.h>

void axf_labels_shuffle(axf_posts *posts, uint64_t seed, int32_t split)
{
    int32_t n;
    int32_t *index = axf_posts_of_split(posts, split, &n);
    uint32_t *from = axf_alloc((size_t)n * sizeof *from);
    axf_record *copy = axf_alloc((size_t)n * sizeof *copy);
    for (int32_t i = 0; i < n; i++) {
        from[i] = (uint32_t)i;
        copy[i] = posts->items[index[i]];
    }
    axf_random_shuffle(from, (uint32_t)n, axf_random_key_make(seed, "data", "labels"), (uint32_t)split);
    for (int32_t i = 0; i < n; i++) {
        posts->items[index[i]].target = copy[from[i]].target;
        posts->items[index[i]].labels = copy[from[i]].labels;
    }
    free(index);
    free(from);
    free(copy);
}
