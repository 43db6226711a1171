#include "experiment/run_id.h"

#include "core/error.h"
#include "experiment/identity.h"
#include "images/image_hash.h"

#include <string.h>

static void add_post(axf_hasher *hasher, const axf_record *record, int32_t classes)
{
    axf_hasher_add_text(hasher, record->id);
    axf_hasher_add_number(hasher, record->text_length);
    axf_hasher_add(hasher, record->text, record->text_length);
    axf_hasher_add_number(hasher, (uint64_t)(int64_t)record->target);
    axf_hasher_add_number(hasher, (uint64_t)record->split);
    if (record->labels != NULL) {
        axf_hasher_add(hasher, record->labels, (size_t)classes);
    }
}

static axf_hash128 hash_posts(const axf_posts *posts, axf_hash_cache *hashes, int with_images)
{
    axf_hasher *hasher = axf_hasher_new();
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (record->split == AXF_SPLIT_NONE) {
            continue;
        }
        add_post(hasher, record, posts->facts.classes);
        axf_hash128 image = {0};
        if (with_images && record->image != NULL && posts->facts.image_root != NULL &&
            axf_image_hash(hashes, posts->facts.image_root, record->image, &image) != AXF_OK) {
            axf_error_clear(); /* later, data.on_bad_image decides what happens to such a post */
        }
        axf_hasher_add_number(hasher, image.high);
        axf_hasher_add_number(hasher, image.low);
    }
    const axf_hash128 hash = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    return hash;
}

/* Makes the id of the first digits of the hash of both. */
static void make_id(const char *identity, axf_hash128 data, char id[AXF_RUN_ID])
{
    axf_hasher *hasher = axf_hasher_new();
    axf_hasher_add_text(hasher, identity);
    axf_hasher_add_number(hasher, data.high);
    axf_hasher_add_number(hasher, data.low);
    char hex[AXF_HASH_HEX];
    axf_hash_hex(axf_hasher_result(hasher), hex);
    axf_hasher_free(hasher);
    memcpy(id, hex, AXF_RUN_ID - 1);
    id[AXF_RUN_ID - 1] = '\0';
}

axf_status axf_run_identify(const axf_experiment *experiment, const axf_posts *posts, axf_hash_cache *hashes,
                            axf_hash128 *data, char id[AXF_RUN_ID])
{
    axf_strbuf identity = {0};
    axf_status status = axf_identity_text(experiment, hashes, &identity);
    if (status == AXF_OK) {
        const int images = experiment->image.instance != NULL || experiment->joint.instance != NULL;
        *data = hash_posts(posts, hashes, images);
        make_id(axf_strbuf_text(&identity), *data, id);
    }
    axf_strbuf_free(&identity);
    return status;
}
