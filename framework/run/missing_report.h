/* How many posts of each split and label have no image that could be read: for the log and for done.json. */
#ifndef AXF_RUN_MISSING_REPORT_H
#define AXF_RUN_MISSING_REPORT_H

#include "posts/posts.h"

struct json_t;

/* Logs a line for each split that has such posts. */
void axf_missing_log(const axf_posts *posts);

/* {split: {posts, without_image, labels: {name: count}}} of all three splits; the caller owns it. */
struct json_t *axf_missing_json(const axf_posts *posts);

#endif
