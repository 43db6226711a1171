#include "audit/copy_groups.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    axf_hash128 hash;
    int32_t post;
} entry;

static int by_hash(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->hash.high != y->hash.high) {
        return x->hash.high < y->hash.high ? -1 : 1;
    }
    if (x->hash.low != y->hash.low) {
        return x->hash.low < y->hash.low ? -1 : 1;
    }
    return (x->post > y->post) - (x->post < y->post);
}

void axf_copy_groups_init(axf_copy_groups *copies, const axf_posts *posts, const axf_hash128 *hash, const uint8_t *used)
{
    const size_t count = (size_t)posts->count;
    *copies = (axf_copy_groups){.posts = posts};
    copies->group = axf_alloc(count * sizeof *copies->group);
    copies->member = axf_alloc(count * sizeof *copies->member);
    copies->nearest = axf_alloc(count * sizeof *copies->nearest);
    entry *order = axf_alloc(count * sizeof *order);
    size_t n = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        copies->group[i] = -1;
        for (int split = 0; split < AXF_SPLITS; split++) {
            copies->member[i][split] = -1;
            copies->nearest[i][split] = (axf_copy_link){-1, 0};
        }
        if (used[i]) {
            order[n++] = (entry){hash[i], i};
        }
    }
    if (n > 0) {
        qsort(order, n, sizeof *order, by_hash);
    }
    for (size_t i = 0; i < n; i++) {
        const int32_t post = order[i].post, split = posts->items[post].split;
        const int same = i > 0 && axf_hash_equal(order[i].hash, order[i - 1].hash);
        const int32_t group = same ? copies->group[order[i - 1].post] : post;
        copies->group[post] = group;
        if (copies->member[group][split] < 0) {
            copies->member[group][split] = post;
        }
    }
    free(order);
}

void axf_copy_groups_free(axf_copy_groups *copies)
{
    free(copies->group);
    free(copies->member);
    free(copies->nearest);
    *copies = (axf_copy_groups){0};
}

static void link_one_way(axf_copy_groups *copies, int32_t from, int32_t to, double distance)
{
    for (int split = 0; split < AXF_SPLITS; split++) {
        axf_copy_link *link = &copies->nearest[from][split];
        const int nearer = link->group < 0 || distance < link->distance ||
                           (distance == link->distance && to < link->group); /* so the order of calls does not matter */
        if (copies->member[to][split] >= 0 && nearer) {
            *link = (axf_copy_link){to, distance};
        }
    }
}

void axf_copy_groups_add_near(axf_copy_groups *copies, int32_t a, int32_t b, double distance)
{
    link_one_way(copies, a, b, distance);
    link_one_way(copies, b, a, distance);
}

int32_t axf_copy_groups_find_copy(const axf_copy_groups *copies, int32_t post, int32_t split)
{
    const int32_t group = copies->group[post];
    if (group < 0) {
        return -1;
    }
    const int32_t equal = copies->member[group][split];
    if (equal >= 0 && equal != post) {
        return equal;
    }
    const int32_t near = copies->nearest[group][split].group;
    return near >= 0 ? copies->member[near][split] : -1;
}
