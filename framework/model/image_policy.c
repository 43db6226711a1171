#include "model/image_policy.h"

#include "core/error.h"
#include "core/log.h"
#include "files/path.h"
#include "images/load.h"
#include "images/transform.h"

#include <stdlib.h>

enum { LEAST_SIDE = 32 }; /* of a blank, where the recipe leaves the size open */

int axf_image_policy_needs_check(const axf_model *model)
{
    const axf_settings_data *data = &model->experiment->data;
    if (!model->has_image) {
        return 0;
    }
    return !model->image_facts.from_pixels || data->on_bad_image != AXF_BAD_IMAGE_ERROR ||
           data->missing_image != AXF_BAD_IMAGE_SAME;
}

static int names_image(const axf_posts *posts, const axf_record *record)
{
    return record->image != NULL && posts->facts.image_root != NULL;
}

/* AXF_BAD_IMAGE_…, but never SAME. */
static int32_t policy_of(const axf_experiment *experiment, const axf_posts *posts, const axf_record *record)
{
    const axf_settings_data *data = &experiment->data;
    const int32_t missing = data->missing_image != AXF_BAD_IMAGE_SAME ? data->missing_image : data->on_bad_image;
    return names_image(posts, record) ? data->on_bad_image : missing;
}

axf_status axf_image_policy_decide(const axf_model *model, const axf_posts *posts, axf_record *record, const char *why,
                                   uint8_t *keep)
{
    if (keep == NULL && record->blank != AXF_BLANK_NO) {
        return AXF_OK;
    }
    const int32_t policy = policy_of(model->experiment, posts, record);
    const char *reason = model->image_facts.from_pixels && !names_image(posts, record) ? "the post has no image" : why;
    if (policy == AXF_BAD_IMAGE_ERROR || (policy == AXF_BAD_IMAGE_SKIP && keep == NULL)) {
        return axf_fail(AXF_ERR_DATA, "%s:%lld: post %s: %s (data.on_bad_image: skip or blank goes on without it)",
                        record->file, (long long)record->line, record->id, reason);
    }
    static const char *const does[] = {[AXF_BAD_IMAGE_SKIP] = "left out",
                                       [AXF_BAD_IMAGE_BLANK] = "a blank image instead",
                                       [AXF_BAD_IMAGE_LEARNED] = "the learned vector instead"};
    static const int32_t blanks[] = {[AXF_BAD_IMAGE_SKIP] = AXF_BLANK_NO,
                                     [AXF_BAD_IMAGE_BLANK] = AXF_BLANK_PICTURE,
                                     [AXF_BAD_IMAGE_LEARNED] = AXF_BLANK_LEARNED};
    axf_log(AXF_LOG_WARNING, "post %s: %s: %s", record->id, reason, does[policy]);
    record->blank = blanks[policy];
    if (policy == AXF_BAD_IMAGE_SKIP) {
        *keep = 0;
    }
    return AXF_OK;
}

static axf_status load_picture(const axf_model *model, axf_image_blank *blank)
{
    const char *path = model->experiment->data.empty_image;
    const axf_pixel_recipe *recipe = &model->image_facts.recipe;
    char *folder = axf_path_folder(path);
    axf_image image;
    axf_image_plan plan;
    axf_scratchpad memory = {0};
    axf_status status = axf_image_load(folder, axf_path_name(path), &image, &memory);
    free(folder);
    if (status == AXF_OK) {
        status = axf_recipe_plan(recipe, image.height, image.width, path, &plan);
        if (status == AXF_OK) {
            blank->height = plan.window.height;
            blank->width = plan.window.width;
            blank->pixels = axf_alloc(3 * (size_t)blank->height * (size_t)blank->width * sizeof *blank->pixels);
            status = axf_image_transform(recipe, &plan, &image, path, blank->pixels, &memory);
        }
    }
    axf_scratchpad_free(&memory);
    return status == AXF_OK ? AXF_OK : axf_context(status, "data.empty_image");
}

/* Height and width of zeros, where the recipe does not bring all images to one size. */
static int32_t side_of_zeros(const axf_pixel_recipe *recipe, int32_t kind)
{
    if (recipe->resize != AXF_RESIZE_SHORT_CAPPED) {
        return LEAST_SIDE;
    }
    const int32_t multiple = recipe->multiple;
    const int as_picture = kind == AXF_BLANK_LEARNED && recipe->short_side > multiple;
    return as_picture ? recipe->short_side / multiple * multiple : multiple;
}

axf_status axf_image_blank_make(const axf_model *model, int32_t kind, axf_image_blank *blank)
{
    if (blank->height > 0) {
        return AXF_OK;
    }
    if (model->experiment->data.empty_image != NULL && kind == AXF_BLANK_PICTURE) {
        return load_picture(model, blank);
    }
    const axf_pixel_recipe *recipe = &model->image_facts.recipe;
    const int32_t side = side_of_zeros(recipe, kind);
    blank->height = recipe->one_size ? recipe->out_height : side;
    blank->width = recipe->one_size ? recipe->out_width : side;
    return AXF_OK;
}
