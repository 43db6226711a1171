/* What happens to a post that has no image, or whose image (or features) cannot be read: data.missing_image and
 * data.on_bad_image. All decisions about such posts are made here. */
#ifndef AXF_MODEL_IMAGE_POLICY_H
#define AXF_MODEL_IMAGE_POLICY_H

#include "model/model.h"
#include "posts/posts.h"

/* 1: the images of all posts must be looked at before the first batch, since a post may have to leave, or since a policy
 * other than `error` must be recorded with the post. 0: the feed finds the first bad image, which is an error. */
int axf_image_policy_needs_check(const axf_model *model);

/* Decides about a post whose image or features cannot be read, and records the decision. `why` is the message of the
 * reader.
 *   error    fails with file, line, id and reason
 *   skip     logs, and sets *keep to 0
 *   blank    logs, and sets record->blank to AXF_BLANK_PICTURE
 *   learned  logs, and sets record->blank to AXF_BLANK_LEARNED
 * `keep` NULL: the post cannot leave any more, so that `skip` fails as well; a decision that was recorded before holds,
 * and is not logged again. */
axf_status axf_image_policy_decide(const axf_model *model, const axf_posts *posts, axf_record *record, const char *why,
                                   uint8_t *keep);

/* What a batch shows in the place of an image. */
typedef struct axf_image_blank {
    int32_t height, width; /* 0: not made yet */
    float *pixels;         /* [3, height, width] after the image encoder's recipe; NULL: zeros; whoever made it frees */
} axf_image_blank;

/* Makes the blank of a kind, AXF_BLANK_PICTURE or AXF_BLANK_LEARNED, unless *blank is made already: data.empty_image
 * where that is set and a picture is asked for, else zeros. Zeros are as few as the recipe allows; those that a learned
 * vector replaces have as many places as a square picture, as where train.image_dropout takes an image away. */
axf_status axf_image_blank_make(const axf_model *model, int32_t kind, axf_image_blank *blank);

#endif
