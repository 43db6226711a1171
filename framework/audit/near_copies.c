#include "audit/near_copies.h"

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

void axf_alike_init(axf_alike *alike, const axf_posts *posts, const axf_hash128 *hash, const uint8_t *used)
{
    const size_t count = (size_t)posts->count;
    *alike = (axf_alike){.posts = posts};
    alike->group = axf_alloc(count * sizeof *alike->group);
    alike->member = axf_alloc(count * sizeof *alike->member);
    alike->nearest = axf_alloc(count * sizeof *alike->nearest);
    entry *order = axf_alloc(count * sizeof *order);
    size_t n = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        alike->group[i] = -1;
        for (int split = 0; split < AXF_SPLITS; split++) {
            alike->member[i][split] = -1;
            alike->nearest[i][split] = (axf_alike_link){-1, 0};
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
        const int32_t group = same ? alike->group[order[i - 1].post] : post;
        alike->group[post] = group;
        if (alike->member[group][split] < 0) {
            alike->member[group][split] = post;
        }
    }
    free(order);
}

void axf_alike_free(axf_alike *alike)
{
    free(alike->group);
    free(alike->member);
    free(alike->nearest);
    *alike = (axf_alike){0};
}

static void link_one_way(axf_alike *alike, int32_t from, int32_t to, double distance)
{
    for (int split = 0; split < AXF_SPLITS; split++) {
        axf_alike_link *link = &alike->nearest[from][split];
        const int nearer = link->group < 0 || distance < link->distance ||
                           (distance == link->distance && to < link->group); /* whatever the order of the offers */
        if (alike->member[to][split] >= 0 && nearer) {
            *link = (axf_alike_link){to, distance};
        }
    }
}

void axf_alike_offer(axf_alike *alike, int32_t a, int32_t b, double distance)
{
    link_one_way(alike, a, b, distance);
    link_one_way(alike, b, a, distance);
}

int32_t axf_alike_partner(const axf_alike *alike, int32_t post, int32_t split)
{
    const int32_t group = alike->group[post];
    if (group < 0) {
        return -1;
    }
    const int32_t equal = alike->member[group][split];
    if (equal >= 0 && equal != post) {
        return equal;
    }
    const int32_t near = alike->nearest[group][split].group;
    return near >= 0 ? alike->member[near][split] : -1;
}
