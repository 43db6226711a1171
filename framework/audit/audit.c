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

void axf_audit_lengths_count(axf_audit_lengths *lengths, int32_t *values, int32_t count)
{
    static const int32_t bounds[AXF_AUDIT_BINS] = {1, 10, 20, 40, 60, 80, 100, 140, 200, 280, 512, INT32_MAX};
    *lengths = (axf_audit_lengths){0};
    memcpy(lengths->bound, bounds, sizeof bounds);
    if (count == 0) {
        return;
    }
    qsort(values, (size_t)count, sizeof *values, by_number);
    int bin = 0;
    for (int32_t i = 0; i < count; i++) {
        while (bin < AXF_AUDIT_BINS - 1 && values[i] >= bounds[bin]) {
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

int axf_audit_is_empty(const axf_record *post)
{
    return strspn(post->text, " \t\r\n\v\f") >= post->text_length;
}

static void count_texts(axf_audit *audit)
{
    const axf_posts *posts = audit->posts;
    int32_t *length = axf_alloc((size_t)posts->count * sizeof *length);
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        const int empty = axf_audit_is_empty(post);
        length[i] = characters_of(post);
        audit->empty += empty;
        audit->missing_value += !empty && axf_audit_is_missing_value(post->text, post->text_length);
    }
    axf_audit_lengths_count(&audit->characters, length, posts->count);
    free(length);
}

/* ---- labels and images ---- */

static void count_labels(axf_audit *audit)
{
    const axf_posts *posts = audit->posts;
    const int32_t classes = posts->facts.classes > 0 ? posts->facts.classes : 0;
    audit->labels = axf_alloc_zero(((size_t)classes + 1) * AXF_SPLITS, sizeof *audit->labels);
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        audit->split[post->split]++;
        int labelled = 0;
        for (int32_t k = 0; post->labels != NULL && k < classes; k++) {
            audit->labels[k * AXF_SPLITS + post->split] += post->labels[k] != 0;
            labelled |= post->labels[k] != 0;
        }
        const int32_t k = post->labels == NULL && post->target >= 0 && post->target < classes ? post->target : classes;
        audit->labels[k * AXF_SPLITS + post->split] += !labelled;
    }
}

int axf_audit_is_tiny(const axf_audit *audit, int32_t post)
{
    const axf_picture *picture = &audit->images.item[post];
    const int32_t side = picture->height < picture->width ? picture->height : picture->width;
    return picture->state == AXF_PICTURE_GOOD && side < audit->settings.tiny;
}

static void count_images(axf_audit *audit)
{
    for (int32_t i = 0; audit->images.item != NULL && i < audit->posts->count; i++) {
        audit->picture[audit->images.item[i].state]++;
        audit->tiny += axf_audit_is_tiny(audit, i);
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

static void add_pair(axf_audit *audit, int32_t a, int32_t b)
{
    if (audit->pair_count == audit->pair_capacity) {
        audit->pair_capacity = audit->pair_capacity > 0 ? audit->pair_capacity * 2 : 256;
        audit->pairs = axf_realloc(audit->pairs, (size_t)audit->pair_capacity * sizeof *audit->pairs);
    }
    const axf_record *post = audit->posts->items;
    axf_audit_pair *pair = &audit->pairs[audit->pair_count++];
    *pair = (axf_audit_pair){.a = a,
                             .b = b,
                             .leak = post[a].split != post[b].split,
                             .hamming = 64,
                             .labels_differ = labels_differ(audit->posts, &post[a], &post[b])};
    const axf_audit_texts *texts = &audit->texts;
    pair->jaccard = axf_audit_jaccard(texts, a, b);
    if (texts->copies.group[a] >= 0 && texts->copies.group[a] == texts->copies.group[b]) {
        pair->text = AXF_SIMILAR_EQUAL;
    } else if (pair->jaccard >= audit->settings.text_near) {
        pair->text = AXF_SIMILAR_NEAR;
    }
    const axf_audit_pictures *images = &audit->images;
    if (images->item == NULL) {
        return;
    }
    pair->hamming = axf_audit_image_distance(images, a, b);
    if (images->copies.group[a] >= 0 && images->copies.group[a] == images->copies.group[b]) {
        pair->image = AXF_SIMILAR_EQUAL;
    } else if (pair->hamming <= audit->settings.image_near) {
        pair->image = AXF_SIMILAR_NEAR;
    }
}

/* Adds the pairs of a post with its copies in its own split and in the splits before it. A pair within a split is added
 * by its later post only. */
static void find_pairs_of(axf_audit *audit, int32_t post)
{
    const int32_t own = audit->posts->items[post].split;
    for (int32_t split = AXF_SPLIT_TRAIN; split <= own; split++) {
        const int32_t by_text = axf_copy_groups_find_copy(&audit->texts.copies, post, split);
        const int32_t by_image =
            audit->images.item != NULL ? axf_copy_groups_find_copy(&audit->images.copies, post, split) : -1;
        const int32_t found[2] = {by_text, by_image != by_text ? by_image : -1};
        for (int i = 0; i < 2; i++) {
            if (found[i] >= 0 && split < own) {
                add_pair(audit, post, found[i]);
            } else if (found[i] >= 0) {
                add_pair(audit, post > found[i] ? post : found[i], post > found[i] ? found[i] : post);
            }
        }
        audit->leaks[own][split] += split < own && (by_text >= 0 || by_image >= 0);
    }
}

static int same_pair(const axf_audit_pair *x, const axf_audit_pair *y)
{
    return x->a == y->a && x->b == y->b;
}

static int by_posts(const void *a, const void *b)
{
    const axf_audit_pair *x = a, *y = b;
    return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* The worst pair comes first: a leak before a repeat, then test before val, because results are measured on test; then
 * the pair that is more alike. */
static int weight_of(const axf_audit *audit, const axf_audit_pair *pair)
{
    const int32_t later = audit->posts->items[pair->a].split, earlier = audit->posts->items[pair->b].split;
    const int leak = !pair->leak                                             ? 0
                     : later == AXF_SPLIT_TEST && earlier == AXF_SPLIT_TRAIN ? 3
                     : later == AXF_SPLIT_VAL                                ? 2
                                                                             : 1;
    return leak * 64 + (pair->text + pair->image) * 8 + (pair->image == AXF_SIMILAR_EQUAL) * 4 +
           (pair->text == AXF_SIMILAR_EQUAL) * 2 + pair->labels_differ;
}

typedef struct weighed {
    int weight;
    axf_audit_pair pair;
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

static void find_pairs(axf_audit *audit)
{
    for (int32_t i = 0; i < audit->posts->count; i++) {
        find_pairs_of(audit, i);
    }
    if (audit->pair_count == 0) {
        return;
    }
    qsort(audit->pairs, (size_t)audit->pair_count, sizeof *audit->pairs, by_posts);
    weighed *order = axf_alloc((size_t)audit->pair_count * sizeof *order);
    int32_t kept = 0;
    for (int32_t i = 0; i < audit->pair_count; i++) {
        const axf_audit_pair *pair = &audit->pairs[i];
        if (i == 0 || !same_pair(pair, pair - 1)) {
            order[kept++] = (weighed){weight_of(audit, pair), *pair};
            audit->repeats[audit->posts->items[pair->a].split] += !pair->leak;
        }
    }
    qsort(order, (size_t)kept, sizeof *order, by_weight);
    for (int32_t i = 0; i < kept; i++) {
        audit->pairs[i] = order[i].pair;
    }
    audit->pair_count = kept;
    free(order);
}

int64_t axf_audit_leaking(const axf_audit *audit)
{
    return audit->leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN] + audit->leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN] +
           audit->leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL];
}

void axf_audit_init(axf_audit *audit, const axf_posts *posts, const axf_audit_settings *settings)
{
    *audit = (axf_audit){.posts = posts, .settings = *settings};
    count_texts(audit);
    count_labels(audit);
    axf_audit_texts_init(&audit->texts, posts, settings->text_near);
    if (settings->images && posts->facts.image_root != NULL) {
        axf_audit_pictures_init(&audit->images, posts, settings->image_near, settings->threads);
    }
    count_images(audit);
    find_pairs(audit);
}

void axf_audit_free(axf_audit *audit)
{
    axf_audit_texts_free(&audit->texts);
    axf_audit_pictures_free(&audit->images);
    free(audit->pairs);
    free(audit->labels);
    *audit = (axf_audit){0};
}
