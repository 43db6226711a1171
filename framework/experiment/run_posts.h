/* The posts of a run. The run itself and a sweep that plans it get the same ones. */
#ifndef AXF_EXPERIMENT_RUN_POSTS_H
#define AXF_EXPERIMENT_RUN_POSTS_H

#include "experiment/contents.h"
#include "posts/posts.h"

/* Reads the posts (not their images), draws their splits, leaves out those outside of data.subset, and shuffles labels
 * where data.shuffle_labels asks for it. The caller frees `posts`, also after a failure. */
axf_status axf_run_posts_read(axf_posts *posts, const axf_experiment *experiment);

/* Draws the splits of posts that have none, as data.split says. */
axf_status axf_run_posts_draw(axf_posts *posts, const axf_experiment *experiment);

#endif
