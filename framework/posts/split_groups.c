#include "posts/split_groups.h"

#include "core/error.h"
#include "core/log.h"
#include "core/philox.h"
#include "core/strbuf.h"
#include "posts/split.h"

#include <stdlib.h>
#include <string.h>

typedef struct group {
    int32_t first, count; /* where its posts are in `order` */
    uint32_t turn;        /* drawn; it decides the order of groups of similar size */
} group;

typedef struct grouping {
    int32_t *order; /* [posts] indices of posts, group by group, and in data order within a group */
    group *groups;
    int32_t count;
} grouping;

typedef struct worded {
    const char *word;
    int32_t post;
} worded;

static int by_word(const void *a, const void *b)
{
    const worded *x = a, *y = b;
    const int order = strcmp(x->word, y->word);
    return order != 0 ? order : (x->post > y->post) - (x->post < y->post);
}

static axf_status find_column(const axf_posts *posts, const char *name, int32_t *column)
{
    axf_strbuf names = {0};
    for (int32_t i = 0; i < posts->facts.columns; i++) {
        if (posts->facts.column[i].type != AXF_COLUMN_TEXT) {
            continue;
        }
        if (strcmp(posts->facts.column[i].name, name) == 0) {
            *column = i;
            axf_strbuf_free(&names);
            return AXF_OK;
        }
        axf_strbuf_printf(&names, "%s%s", names.length > 0 ? ", " : "", posts->facts.column[i].name);
    }
    axf_fail(AXF_ERR_SPEC, "data.split.group: the dataset has no column of words '%s'%s%s", name,
             names.length > 0 ? "; there are: " : ": it gives none to group by", axf_strbuf_text(&names));
    axf_strbuf_free(&names);
    return AXF_ERR_SPEC;
}

static void find_groups(const axf_posts *posts, int32_t column, grouping *g)
{
    const size_t n = (size_t)posts->count;
    worded *words = axf_alloc(n * sizeof *words);
    g->order = axf_alloc(n * sizeof *g->order);
    g->groups = axf_alloc(n * sizeof *g->groups);
    g->count = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        const char *word = posts->items[i].word[column];
        words[i] = (worded){word != NULL ? word : "", i};
    }
    qsort(words, n, sizeof *words, by_word);
    for (int32_t i = 0; i < posts->count; i++) {
        g->order[i] = words[i].post;
        if (i > 0 && words[i].word[0] != '\0' && strcmp(words[i].word, words[i - 1].word) == 0) {
            g->groups[g->count - 1].count++;
        } else {
            g->groups[g->count++] = (group){i, 1, 0};
        }
    }
    free(words);
}

static void grouping_free(grouping *g)
{
    free(g->order);
    free(g->groups);
}

static int by_size(const void *a, const void *b)
{
    const group *x = a, *y = b;
    const int size_x = __builtin_clz((unsigned)x->count), size_y = __builtin_clz((unsigned)y->count);
    if (size_x != size_y) {
        return size_x < size_y ? -1 : 1;
    }
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* Sorts by the power of two of the size, largest first, and in drawn order within it. Large groups are then placed
 * while all splits have room, and the result still depends on the seed. */
static void order_groups(grouping *g, uint64_t seed)
{
    uint32_t *turn = axf_alloc((size_t)g->count * sizeof *turn);
    for (int32_t i = 0; i < g->count; i++) {
        turn[i] = (uint32_t)i;
    }
    axf_random_shuffle(turn, (uint32_t)g->count, axf_random_key_make(seed, "data", "split groups"), 0);
    for (int32_t i = 0; i < g->count; i++) {
        g->groups[turn[i]].turn = (uint32_t)i;
    }
    free(turn);
    qsort(g->groups, (size_t)g->count, sizeof *g->groups, by_size);
}

/* The class of a post. With several labels, or without `stratify`, all posts are of class 0. */
static int32_t class_of(const axf_record *record, int32_t classes)
{
    return record->labels != NULL || record->target < 0 || record->target >= classes ? 0 : record->target;
}

/* How much Σ (placed - wanted)² / wanted over the classes of a split changes when the split gets the group. */
static double cost_of(const double *wanted, const int32_t *placed, const int32_t *of_group, int32_t classes)
{
    double cost = 0;
    for (int32_t k = 0; k < classes; k++) {
        if (of_group[k] > 0) {
            const double before = placed[k] - wanted[k], after = before + of_group[k];
            cost += (after * after - before * before) / wanted[k];
        }
    }
    return cost;
}

static void deal_out(axf_posts *posts, const grouping *g, const double fractions[3], int32_t classes)
{
    const size_t k3 = (size_t)classes * 3;
    double *wanted = axf_alloc_zero(k3, sizeof *wanted);
    int32_t *placed = axf_alloc_zero(k3 + (size_t)classes, sizeof *placed), *of_group = placed + k3;
    for (int32_t i = 0; i < posts->count; i++) {
        for (int s = 0; s < 3; s++) {
            wanted[s * classes + class_of(&posts->items[i], classes)] += fractions[s];
        }
    }
    for (int32_t i = 0; i < g->count; i++) {
        const int32_t *post = g->order + g->groups[i].first;
        memset(of_group, 0, (size_t)classes * sizeof *of_group);
        for (int32_t j = 0; j < g->groups[i].count; j++) {
            of_group[class_of(&posts->items[post[j]], classes)]++;
        }
        int best = -1;
        double best_cost = 0;
        for (int s = 0; s < 3; s++) {
            if (fractions[s] > 0) {
                const double cost =
                    cost_of(wanted + (ptrdiff_t)s * classes, placed + (ptrdiff_t)s * classes, of_group, classes);
                if (best < 0 || cost < best_cost - 1e-9) {
                    best = s;
                    best_cost = cost;
                }
            }
        }
        for (int32_t k = 0; k < classes; k++) {
            placed[best * classes + k] += of_group[k];
        }
        for (int32_t j = 0; j < g->groups[i].count; j++) {
            posts->items[post[j]].split = AXF_SPLIT_TRAIN + best;
        }
    }
    free(wanted);
    free(placed);
}

/* The splits that the data names stay, but the user should know when they divide a group. */
static void warn_of_torn(const axf_posts *posts, const grouping *g, int32_t column)
{
    const axf_record *a = NULL, *b = NULL;
    int32_t torn = 0;
    for (int32_t i = 0; i < g->count; i++) {
        const int32_t *post = g->order + g->groups[i].first;
        int32_t j = 1;
        while (j < g->groups[i].count && posts->items[post[j]].split == posts->items[post[0]].split) {
            j++;
        }
        if (j < g->groups[i].count && torn++ == 0) {
            a = &posts->items[post[0]];
            b = &posts->items[post[j]];
        }
    }
    if (torn > 0) {
        axf_log(AXF_LOG_LEVEL_WARNING,
                "data.split.group: the data gives the splits, and %d of %d groups lie in several: '%s' has post %s in "
                "%s and %s in %s",
                torn, g->count, a->word[column], a->id, axf_split_name(a->split), b->id, axf_split_name(b->split));
    }
}

axf_status axf_split_draw_groups(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify,
                                 const char *column)
{
    int32_t index = 0;
    int given;
    grouping g;
    AXF_TRY(find_column(posts, column, &index));
    AXF_TRY(axf_split_given(posts, &given));
    find_groups(posts, index, &g);
    if (given) {
        warn_of_torn(posts, &g, index);
    } else {
        order_groups(&g, seed);
        deal_out(posts, &g, fractions, stratify && posts->facts.classes > 0 ? posts->facts.classes : 1);
    }
    grouping_free(&g);
    return AXF_OK;
}
