/* Which posts copy each other in one respect, such as their text: groups of equal posts, and for each group and split
 * the nearest other group. */
#ifndef AXF_AUDIT_COPY_GROUPS_H
#define AXF_AUDIT_COPY_GROUPS_H

#include "core/hash.h"
#include "posts/posts.h"

enum { AXF_SPLITS = AXF_SPLIT_TEST + 1 };

typedef struct axf_copy_link {
    int32_t group; /* -1: none */
    double distance;
} axf_copy_link;

/* Memory grows with the posts, not with the pairs: of each group and split only the nearest other group is kept. */
typedef struct axf_copy_groups {
    const axf_posts *posts;
    int32_t *group;                       /* [posts] the first post that equals this one; -1: not compared */
    int32_t (*member)[AXF_SPLITS];        /* [posts] by group: its first post in a split, -1: none */
    axf_copy_link (*nearest)[AXF_SPLITS]; /* [posts] by group */
} axf_copy_groups;

/* Groups the posts by `hash`; those whose `used` is 0 are left out. `posts` outlives it. */
void axf_copy_groups_init(axf_copy_groups *copies, const axf_posts *posts, const axf_hash128 *hash,
                          const uint8_t *used);
void axf_copy_groups_free(axf_copy_groups *copies);

/* Two groups, named by their first posts, are near each other. */
void axf_copy_groups_add_near(axf_copy_groups *copies, int32_t a, int32_t b, double distance);

/* The post of `split` that is most like `post`: an equal one, else one of the nearest group; -1: none. In the post's
 * own split: an equal one before it, or one of a near group. */
int32_t axf_copy_groups_find_copy(const axf_copy_groups *copies, int32_t post, int32_t split);

#endif
