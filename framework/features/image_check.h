/* A look at the image of every post, or at its features, before any batch is made. */
#ifndef AXF_FEATURES_IMAGE_CHECK_H
#define AXF_FEATURES_IMAGE_CHECK_H

#include "model/model.h"
#include "posts/posts.h"

/* Decodes every post's image once with `threads` threads, or asks an encoder that reads features by post id, which is
 * declared then, for every post. A post whose image is missing or bad follows the image policy (model/image_policy.h):
 * it is an error, the post is marked, or it leaves `posts`. Does nothing where no post can be affected. */
axf_status axf_image_check(const axf_model *model, axf_posts *posts, int32_t threads);

#endif
