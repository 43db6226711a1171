#include "audit/audit.h"

#include "core/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- lengths ---- */

static int by_number(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

void axf_check_lengths_count(axf_check_lengths *lengths, int32_t *values, int32_t count)
{
    static const int32_t bounds[AXF_CHECK_BINS] = {1, 10, 20, 40, 60, 80, 100, 140, 200, 280, 512, INT32_MAX};
    *lengths = (axf_check_lengths){0};
    memcpy(lengths->bound, bounds, sizeof bounds);
    if (count == 0) {
        return;
    }
    qsort(values, (size_t)count, sizeof *values, by_number);
    int bin = 0;
    for (int32_t i = 0; i < count; i++) {
        while (bin < AXF_CHECK_BINS - 1 && values[i] >= bounds[bin]) {
            bin++;
        }
        lengths->count[bin]++;
    }
    lengths->least = values[0];
    lengths->median = values[count / 2];
    lengths->p95 = values[(int64_t)count * 95 / 100];
    lengths->most = values[count - 1];
}

static int32_t characters_of(const axf_record *post)
{
    return (int32_t)axf_utf8_count(post->text, post->text_length);
}

int axf_check_is_empty(const axf_record *post)
{
    return strspn(post->text, " \t\r\n\v\f") >= post->text_length;
}

static void count_texts(axf_check *check)
{
    const axf_posts *posts = check->posts;
    int32_t *length = axf_alloc((size_t)posts->count * sizeof *length);
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        const int empty = axf_check_is_empty(post);
        length[i] = characters_of(post);
        check->empty += empty;
        check->missing_value += !empty && axf_check_is_missing_value(post->text, post->text_length);
    }
    axf_check_lengths_count(&check->characters, length, posts->count);
    free(length);
}

/* ---- labels and images ---- */

static void count_labels(axf_check *check)
{
    const axf_posts *posts = check->posts;
    const int32_t classes = posts->facts.classes > 0 ? posts->facts.classes : 0;
    check->labels = axf_alloc_zero(((size_t)classes + 1) * AXF_SPLITS, sizeof *check->labels);
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        check->split[post->split]++;
        int labelled = 0;
        for (int32_t k = 0; post->labels != NULL && k < classes; k++) {
            check->labels[k * AXF_SPLITS + post->split] += post->labels[k] != 0;
            labelled |= post->labels[k] != 0;
        }
        const int32_t k = post->labels == NULL && post->target >= 0 && post->target < classes ? post->target : classes;
        check->labels[k * AXF_SPLITS + post->split] += !labelled;
    }
}

int axf_check_is_tiny(const axf_check *check, int32_t post)
{
    const axf_picture *picture = &check->images.item[post];
    const int32_t side = picture->height < picture->width ? picture->height : picture->width;
    return picture->state == AXF_PICTURE_GOOD && side < check->settings.tiny;
}

static void count_images(axf_check *check)
{
    for (int32_t i = 0; check->images.item != NULL && i < check->posts->count; i++) {
        check->picture[check->images.item[i].state]++;
        check->tiny += axf_check_is_tiny(check, i);
    }
}

/* ---- pairs ---- */

static int labels_differ(const axf_posts *posts, const axf_record *a, const axf_record *b)
{
    if (a->labels != NULL && b->labels != NULL) {
        return memcmp(a->labels, b->labels, (size_t)posts->facts.classes) != 0;
    }
    return a->target != b->target && a->target >= 0 && b->target >= 0;
}

static void add_pair(axf_check *check, int32_t a, int32_t b)
{
    if (check->pair_count == check->pair_capacity) {
        check->pair_capacity = check->pair_capacity > 0 ? check->pair_capacity * 2 : 256;
        check->pairs = axf_realloc(check->pairs, (size_t)check->pair_capacity * sizeof *check->pairs);
    }
    const axf_record *post = check->posts->items;
    axf_check_pair *pair = &check->pairs[check->pair_count++];
    *pair = (axf_check_pair){.a = a,
                             .b = b,
                             .leak = post[a].split != post[b].split,
                             .hamming = 64,
                             .labels_differ = labels_differ(check->posts, &post[a], &post[b])};
    const axf_check_texts *texts = &check->texts;
    pair->jaccard = axf_check_jaccard(texts, a, b);
    if (texts->alike.group[a] >= 0 && texts->alike.group[a] == texts->alike.group[b]) {
        pair->text = AXF_LIKE_EQUAL;
    } else if (pair->jaccard >= check->settings.text_near) {
        pair->text = AXF_LIKE_NEAR;
    }
    const axf_check_pictures *images = &check->images;
    if (images->item == NULL) {
        return;
    }
    pair->hamming = axf_check_image_distance(images, a, b);
    if (images->alike.group[a] >= 0 && images->alike.group[a] == images->alike.group[b]) {
        pair->image = AXF_LIKE_EQUAL;
    } else if (pair->hamming <= check->settings.image_near) {
        pair->image = AXF_LIKE_NEAR;
    }
}

/* A post's likes in its own split (each pair from its later post) and in the splits before it. */
static void find_pairs_of(axf_check *check, int32_t post)
{
    const int32_t own = check->posts->items[post].split;
    for (int32_t split = AXF_SPLIT_TRAIN; split <= own; split++) {
        const int32_t by_text = axf_alike_partner(&check->texts.alike, post, split);
        const int32_t by_image = check->images.item != NULL ? axf_alike_partner(&check->images.alike, post, split) : -1;
        const int32_t found[2] = {by_text, by_image != by_text ? by_image : -1};
        for (int i = 0; i < 2; i++) {
            if (found[i] >= 0 && split < own) {
                add_pair(check, post, found[i]);
            } else if (found[i] >= 0) {
                add_pair(check, post > found[i] ? post : found[i], post > found[i] ? found[i] : post);
            }
        }
        check->leaks[own][split] += split < own && (by_text >= 0 || by_image >= 0);
    }
}

static int same_pair(const axf_check_pair *x, const axf_check_pair *y)
{
    return x->a == y->a && x->b == y->b;
}

static int by_posts(const void *a, const void *b)
{
    const axf_check_pair *x = a, *y = b;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* Worst first: a leak before none; what is measured on (test) before what is chosen by (val); more alike first. */
static int weight_of(const axf_check *check, const axf_check_pair *pair)
{
    const int32_t later = check->posts->items[pair->a].split, earlier = check->posts->items[pair->b].split;
    const int leak = !pair->leak                                             ? 0
                     : later == AXF_SPLIT_TEST && earlier == AXF_SPLIT_TRAIN ? 3
                     : later == AXF_SPLIT_VAL                                ? 2
                                                                             : 1;
    return leak * 64 + (pair->text + pair->image) * 8 + (pair->image == AXF_LIKE_EQUAL) * 4 +
           (pair->text == AXF_LIKE_EQUAL) * 2 + pair->labels_differ;
}

typedef struct weighed {
    int weight;
    axf_check_pair pair;
} weighed;

static int by_weight(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    const double like_x = x->pair.jaccard - x->pair.hamming / 64.0, like_y = y->pair.jaccard - y->pair.hamming / 64.0;
    if (like_x != like_y) {
        return like_x > like_y ? -1 : 1;
    }
    return by_posts(&x->pair, &y->pair);
}

static void find_pairs(axf_check *check)
{
    for (int32_t i = 0; i < check->posts->count; i++) {
        find_pairs_of(check, i);
    }
    if (check->pair_count == 0) {
        return;
    }
    qsort(check->pairs, (size_t)check->pair_count, sizeof *check->pairs, by_posts);
    weighed *order = axf_alloc((size_t)check->pair_count * sizeof *order);
    int32_t kept = 0;
    for (int32_t i = 0; i < check->pair_count; i++) {
        const axf_check_pair *pair = &check->pairs[i];
        if (i == 0 || !same_pair(pair, pair - 1)) {
            order[kept++] = (weighed){weight_of(check, pair), *pair};
            check->repeats[check->posts->items[pair->a].split] += !pair->leak;
        }
    }
    qsort(order, (size_t)kept, sizeof *order, by_weight);
    for (int32_t i = 0; i < kept; i++) {
        check->pairs[i] = order[i].pair;
    }
    check->pair_count = kept;
    free(order);
}

int64_t axf_check_leaking(const axf_check *check)
{
    return check->leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN] + check->leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN] +
           check->leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL];
}

void axf_check_init(axf_check *check, const axf_posts *posts, const axf_check_settings *settings)
{
    *check = (axf_check){.posts = posts, .settings = *settings};
    count_texts(check);
    count_labels(check);
    axf_check_texts_init(&check->texts, posts, settings->text_near);
    if (settings->images && posts->facts.image_root != NULL) {
        axf_check_pictures_init(&check->images, posts, settings->image_near, settings->threads);
    }
    count_images(check);
    find_pairs(check);
}

void axf_check_free(axf_check *check)
{
    axf_check_texts_free(&check->texts);
    axf_check_pictures_free(&check->images);
    free(check->pairs);
    free(check->labels);
    *check = (axf_check){0};
}
