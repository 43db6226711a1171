#include "posts/split.h"

#include "core/error.h"
#include "core/log.h"
#include "core/philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int32_t class_of(const axf_record *record, int32_t classes)
{
    return record->labels != NULL || record->target < 0 || record->target >= classes ? 0 : record->target;
}

/* How many posts of each class go into a part of `total` posts: the floor of the ideal number, and one more for the
 * largest remainders (the lower class where they are equal), but never more than `room`. */
static void apportion(const int32_t *class_count, const int32_t *room, int32_t classes, double fraction, int32_t total,
                      int32_t *take)
{
    int32_t sum = 0;
    double *remainder = axf_alloc((size_t)classes * sizeof *remainder);
    for (int32_t k = 0; k < classes; k++) {
        const double ideal = fraction * class_count[k];
        take[k] = (int32_t)floor(ideal + 1e-9);
        take[k] = take[k] < room[k] ? take[k] : room[k];
        remainder[k] = ideal - take[k];
        sum += take[k];
    }
    while (sum < total) {
        int32_t best = -1;
        for (int32_t k = 0; k < classes; k++) {
            if (take[k] < room[k] && (best < 0 || remainder[k] > remainder[best] + 1e-12)) {
                best = k;
            }
        }
        if (best < 0) {
            break;
        }
        take[best]++;
        remainder[best] -= 1.0;
        sum++;
    }
    free(remainder);
}

axf_status axf_split_given(const axf_posts *posts, int *given)
{
    const axf_record *with = NULL, *without = NULL;
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (record->split != AXF_SPLIT_NONE) {
            with = with != NULL ? with : record;
        } else {
            without = without != NULL ? without : record;
        }
    }
    *given = with != NULL;
    if (with != NULL && without != NULL) {
        return axf_fail(AXF_ERR_DATA, "%s:%lld: post %s has no split, while post %s (line %lld) is in '%s'",
                        without->file, (long long)without->line, without->id, with->id, (long long)with->line,
                        axf_split_name(with->split));
    }
    return AXF_OK;
}

axf_status axf_split_draw(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify)
{
    int given;
    AXF_TRY(axf_split_given(posts, &given));
    if (given) {
        return AXF_OK;
    }
    const int32_t n = posts->count;
    const int32_t classes = stratify && posts->facts.classes > 0 ? posts->facts.classes : 1;
    uint32_t *order = axf_alloc((size_t)n * sizeof *order);
    for (int32_t i = 0; i < n; i++) {
        order[i] = (uint32_t)i;
    }
    axf_random_shuffle(order, (uint32_t)n, axf_random_key_make(seed, "data", "split"), 0);
    int32_t *count = axf_alloc_zero((size_t)classes * 4, sizeof *count);
    int32_t *room = count + classes, *train = room + classes, *val = train + classes;
    for (int32_t i = 0; i < n; i++) {
        count[class_of(&posts->items[i], classes)]++;
    }
    memcpy(room, count, (size_t)classes * sizeof *room);
    apportion(count, room, classes, fractions[0], (int32_t)floor(fractions[0] * n + 1e-9), train);
    for (int32_t k = 0; k < classes; k++) {
        room[k] -= train[k];
    }
    apportion(count, room, classes, fractions[1], (int32_t)floor(fractions[1] * n + 1e-9), val);
    for (int32_t i = 0; i < n; i++) {
        axf_record *record = &posts->items[order[i]];
        const int32_t k = class_of(record, classes);
        if (train[k] > 0) {
            train[k]--;
            record->split = AXF_SPLIT_TRAIN;
        } else if (val[k] > 0) {
            val[k]--;
            record->split = AXF_SPLIT_VAL;
        } else {
            record->split = AXF_SPLIT_TEST;
        }
    }
    free(count);
    free(order);
    return AXF_OK;
}

typedef struct ranked {
    double priority; /* (rank within the class + 1/2) / class size, so that any prefix is stratified */
    int32_t class_index, post;
} ranked;

static int by_priority(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->priority != y->priority) {
        return x->priority < y->priority ? -1 : 1;
    }
    return x->class_index != y->class_index ? x->class_index - y->class_index : x->post - y->post;
}

axf_status axf_split_subset(axf_posts *posts, uint64_t seed, int32_t size)
{
    int32_t n;
    int32_t *train = axf_posts_of_split(posts, AXF_SPLIT_TRAIN, &n);
    if (size > n) {
        free(train);
        return axf_fail(AXF_ERR_SPEC, "data.subset asks for %d train posts, there are %d", size, n);
    }
    const int32_t classes = posts->facts.classes > 0 ? posts->facts.classes : 1;
    axf_random_shuffle((uint32_t *)train, (uint32_t)n, axf_random_key_make(seed, "data", "subset"), 0);
    int32_t *total = axf_alloc_zero((size_t)classes * 2, sizeof *total), *rank = total + classes;
    for (int32_t i = 0; i < n; i++) {
        total[class_of(&posts->items[train[i]], classes)]++;
    }
    ranked *order = axf_alloc((size_t)n * sizeof *order);
    for (int32_t i = 0; i < n; i++) {
        const int32_t k = class_of(&posts->items[train[i]], classes);
        order[i] = (ranked){(rank[k]++ + 0.5) / total[k], k, train[i]};
    }
    qsort(order, (size_t)n, sizeof *order, by_priority);
    for (int32_t i = size; i < n; i++) {
        posts->items[order[i].post].split = AXF_SPLIT_NONE;
    }
    free(order);
    free(total);
    free(train);
    return AXF_OK;
}

void axf_order_shuffle(int32_t *index, int32_t count, uint64_t seed, int32_t epoch)
{
    axf_random_shuffle((uint32_t *)index, (uint32_t)count, axf_random_key_make(seed, "data", "order"), (uint32_t)epoch);
}

void axf_class_weights(const axf_posts *posts, float *weights)
{
    const int32_t classes = posts->facts.classes;
    int64_t *count = axf_alloc_zero((size_t)classes, sizeof *count);
    int64_t n = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        if (posts->items[i].split == AXF_SPLIT_TRAIN && posts->items[i].labels == NULL) {
            count[posts->items[i].target]++;
            n++;
        }
    }
    for (int32_t k = 0; k < classes; k++) {
        weights[k] = count[k] > 0 ? (float)((double)n / ((double)classes * (double)count[k])) : 0.0f;
        if (count[k] == 0) {
            axf_log(AXF_LOG_LEVEL_WARNING, "class '%s' has no train post: its weight is 0",
                    posts->facts.class_names[k]);
        }
    }
    free(count);
}

void axf_label_weights(const axf_posts *posts, float *weights)
{
    const int32_t labels = posts->facts.classes;
    int64_t *count = axf_alloc_zero((size_t)labels, sizeof *count);
    int64_t n = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (record->split != AXF_SPLIT_TRAIN || record->labels == NULL) {
            continue;
        }
        n++;
        for (int32_t k = 0; k < labels; k++) {
            count[k] += record->labels[k] != 0;
        }
    }
    for (int32_t k = 0; k < labels; k++) {
        weights[k] = count[k] > 0 ? (float)((double)(n - count[k]) / (double)count[k]) : 1.0f;
        if (count[k] == 0) {
            axf_log(AXF_LOG_LEVEL_WARNING, "label '%s' has no train post: posts with it count as those without",
                    posts->facts.class_names[k]);
        }
    }
    free(count);
}
