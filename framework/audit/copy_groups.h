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

/* For each group and split only the nearest other group is kept, so that memory grows with the number of posts and not
 * with the number of pairs. */
typedef struct axf_copy_groups {
    const axf_posts *posts;
    int32_t *group;                       /* [posts] the first post that equals this one; -1: not compared */
    int32_t (*member)[AXF_SPLITS];        /* [posts] for each group its first post in each split, -1: none */
    axf_copy_link (*nearest)[AXF_SPLITS]; /* [posts] for each group the nearest other group in each split */
} axf_copy_groups;

/* Makes a group of all posts with the same `hash`. Posts whose `used` is 0 are not compared. `posts` must live as long
 * as the groups. */
void axf_copy_groups_init(axf_copy_groups *copies, const axf_posts *posts, const axf_hash128 *hash,
                          const uint8_t *used);
void axf_copy_groups_free(axf_copy_groups *copies);

/* Notes that two groups, named by their first posts, are near each other. */
void axf_copy_groups_add_near(axf_copy_groups *copies, int32_t a, int32_t b, double distance);

/* Returns the post of `split` that is most like `post`: an equal one, else one of the nearest group; -1 when there is
 * none. In the post's own split an equal one must come before it. */
int32_t axf_copy_groups_find_copy(const axf_copy_groups *copies, int32_t post, int32_t split);

#endif
