/* The files that data prepare writes: the key, the list of records that were left out, and the manifest. */
#ifndef AXF_CLI_DATA_KEY_H
#define AXF_CLI_DATA_KEY_H

#include "core/strbuf.h"
#include "posts/posts.h"

#include <jansson.h>

/* Writes tweet_id,text,label,class,split,image and the other columns of the dataset; label is the index of the class.
 * For posts with several labels, there is a column of 0 and 1 for each class instead of label and class. */
void axf_key_text(const axf_posts *posts, axf_strbuf *out);

/* Writes id,file,line,reason of every record that was left out. */
void axf_left_out_text(const axf_posts *posts, axf_strbuf *out);

typedef struct axf_image_count {
    int64_t present, missing;
} axf_image_count;

/* {"train": {"posts": n, "classes": {name: n, …}, "images": {"present": n, "missing": n}}, …}; a picture that is
 * there as .png instead of .jpg counts as present. Pictures are not decoded. */
json_t *axf_key_splits(const axf_posts *posts);

/* [{"reason", "count", "first"}, …] */
json_t *axf_key_reasons(const axf_posts *posts);

#endif
