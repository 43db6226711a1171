/* What data prepare writes: the key, the list of what was left out, the manifest. */
#ifndef AXF_CLI_DATA_KEY_H
#define AXF_CLI_DATA_KEY_H

#include "core/strbuf.h"
#include "posts/posts.h"

#include <jansson.h>

/* tweet_id,text,label,class,split,image and the dataset's further columns; label is the class index. Several labels a
 * post: a column of 0 and 1 for each class instead of label and class. */
void axf_key_text(const axf_posts *posts, axf_strbuf *out);

/* id,file,line,reason of every record left out. */
void axf_left_out_text(const axf_posts *posts, axf_strbuf *out);

typedef struct axf_image_count {
    int64_t present, missing;
} axf_image_count;

/* {"train": {"posts": n, "classes": {name: n, …}, "images": {"present": n, "missing": n}}, …}; a picture that is there
 * under .png instead of .jpg is present, whether it can be decoded is not looked at. */
json_t *axf_key_splits(const axf_posts *posts);

/* [{"reason", "count", "first"}, …] */
json_t *axf_key_reasons(const axf_posts *posts);

#endif
