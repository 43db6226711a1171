#include "audit/audit_image.h"

#include "core/error.h"
#include "core/log.h"
#include "images/load.h"
#include "images/perceptual_hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct work {
    const axf_posts *posts;
    axf_picture *item;
    atomic_int next;
} work;

static void look_at(const axf_posts *posts, const axf_record *post, axf_picture *picture, axf_scratchpad *memory)
{
    axf_image image;
    if (post->image == NULL || posts->facts.image_root == NULL) {
        picture->state = AXF_PICTURE_NONE;
        return;
    }
    axf_status status = axf_image_load_hashed(posts->facts.image_root, post->image, &image, &picture->bytes, memory);
    if (status == AXF_OK) {
        picture->height = image.height;
        picture->width = image.width;
        status = axf_phash(&image, post->image, &picture->phash, memory);
    }
    if (status != AXF_OK) {
        picture->state = status == AXF_ERR_IO ? AXF_PICTURE_MISSING : AXF_PICTURE_CORRUPT;
        picture->message = axf_copy(axf_error_message());
    }
    axf_scratchpad_reset(memory);
}

static void *run(void *argument)
{
    work *w = argument;
    axf_scratchpad memory = {0};
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->posts->count;) {
        look_at(w->posts, &w->posts->items[i], &w->item[i], &memory);
    }
    axf_scratchpad_free(&memory);
    return NULL;
}

/* The calling thread takes part in the work, and shows the progress. */
static void look_at_all(work *w, int32_t threads)
{
    pthread_t *thread = axf_alloc((size_t)threads * sizeof *thread);
    int32_t started = 0;
    axf_scratchpad memory = {0};
    while (started < threads - 1 && pthread_create(&thread[started], NULL, run, w) == 0) {
        started++;
    }
    axf_progress progress;
    axf_progress_begin(&progress, "images", "images", 0, (uint64_t)w->posts->count);
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->posts->count;) {
        look_at(w->posts, &w->posts->items[i], &w->item[i], &memory);
        axf_progress_update(&progress, (uint64_t)i);
    }
    axf_progress_end(&progress);
    for (int32_t i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
    }
    free(thread);
    axf_scratchpad_free(&memory);
}

typedef struct offer {
    axf_copy_groups *copies;
    const int32_t *post;
} offer;

static void take_pair(void *context, int32_t a, int32_t b, int32_t distance)
{
    const offer *o = context;
    axf_copy_groups_add_near(o->copies, o->post[a], o->post[b], distance);
}

void axf_audit_pictures_init(axf_audit_pictures *images, const axf_posts *posts, int32_t bound, int32_t threads)
{
    const size_t count = (size_t)posts->count;
    *images = (axf_audit_pictures){.item = axf_alloc_zero(count, sizeof *images->item), .count = posts->count};
    work w = {.posts = posts, .item = images->item};
    look_at_all(&w, threads);
    axf_hash128 *bytes = axf_alloc(count * sizeof *bytes);
    uint64_t *hash = axf_alloc(count * sizeof *hash);
    int32_t *post = axf_alloc(count * sizeof *post), groups = 0;
    uint8_t *used = axf_alloc(count);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = images->item[i].bytes;
        used[i] = images->item[i].state == AXF_PICTURE_GOOD;
    }
    axf_copy_groups_init(&images->copies, posts, bytes, used);
    for (int32_t i = 0; i < posts->count; i++) {
        if (images->copies.group[i] == i) {
            hash[groups] = images->item[i].phash;
            post[groups++] = i;
        }
    }
    offer o = {&images->copies, post};
    axf_phash_near(hash, groups, bound, take_pair, &o);
    free(bytes);
    free(hash);
    free(post);
    free(used);
}

void axf_audit_pictures_free(axf_audit_pictures *images)
{
    for (int32_t i = 0; i < images->count; i++) {
        free(images->item[i].message);
    }
    free(images->item);
    axf_copy_groups_free(&images->copies);
    *images = (axf_audit_pictures){0};
}

int32_t axf_audit_image_distance(const axf_audit_pictures *images, int32_t a, int32_t b)
{
    if (images->item[a].state != AXF_PICTURE_GOOD || images->item[b].state != AXF_PICTURE_GOOD) {
        return 64;
    }
    return axf_phash_distance(images->item[a].phash, images->item[b].phash);
}
