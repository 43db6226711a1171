/* A ring of `depth` slots: item i is loaded into slot i % depth, but only after the caller is done with item i - depth.
 * One lock guards the counters and the slots' `ready`; a slot's other fields belong to the thread that claimed its item
 * until `ready`, and to the caller from then on. */
#include "images/prefetch.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/scratchpad.h"
#include "images/image.h"
#include "images/load.h"
#include "images/transform.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RESERVED = 4 << 20 }; /* pixels of an image for which memory is taken before it is known */

typedef struct slot {
    bool ready;
    axf_status status;
    char message[2048]; /* why it failed; "" when status is AXF_OK */
    int32_t height, width;
    float *pixels;
    size_t capacity; /* floats that `pixels` has room for */
} slot;

struct axf_prefetch {
    axf_arena arena; /* root, items and their paths */
    const char *root;
    const axf_prefetch_item *items;
    axf_pixel_recipe recipe;
    size_t count, depth;
    pthread_mutex_t lock;
    pthread_cond_t slot_free, item_ready;
    size_t claimed;   /* items handed to threads */
    size_t delivered; /* items handed to the caller; it still holds the last of them */
    size_t released;  /* items whose slots are free again */
    bool stopping;
    slot *slots;
    pthread_t *threads;
    int32_t started;
};

static axf_status reserve(slot *s, size_t floats, const char *name)
{
    if (floats > s->capacity) {
        free(s->pixels);
        s->pixels = malloc(floats * sizeof *s->pixels);
        s->capacity = s->pixels != NULL ? floats : 0;
        if (s->pixels == NULL) {
            return axf_fail(AXF_ERR_MEMORY, "%s: no memory for its %zu pixel values", name, floats);
        }
    }
    return AXF_OK;
}

static axf_status fill(const axf_prefetch *p, const char *path, slot *s, axf_scratchpad *memory)
{
    axf_image image;
    axf_image_plan plan;
    AXF_TRY(axf_image_load(p->root, path, &image, memory));
    AXF_TRY(axf_recipe_plan(&p->recipe, image.height, image.width, path, &plan));
    AXF_TRY(reserve(s, (size_t)plan.window.height * (size_t)plan.window.width * 3, path));
    AXF_TRY(axf_image_transform(&p->recipe, &plan, &image, path, s->pixels, memory));
    s->height = plan.window.height;
    s->width = plan.window.width;
    return AXF_OK;
}

static void work_on(const axf_prefetch *p, size_t item, axf_scratchpad *memory)
{
    slot *s = &p->slots[item % p->depth];
    s->message[0] = '\0';
    s->height = s->width = 0;
    s->status = fill(p, p->items[item].path, s, memory);
    if (s->status != AXF_OK) {
        snprintf(s->message, sizeof s->message, "%s", axf_error_message());
    }
    axf_scratchpad_reset(memory);
}

static void *run(void *argument)
{
    axf_prefetch *p = argument;
    axf_scratchpad memory = {0}; /* reset after each image */
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->stopping && p->claimed < p->count && p->claimed - p->released >= p->depth) {
            pthread_cond_wait(&p->slot_free, &p->lock);
        }
        if (p->stopping || p->claimed == p->count) {
            break;
        }
        const size_t item = p->claimed++;
        pthread_mutex_unlock(&p->lock);
        work_on(p, item, &memory);
        pthread_mutex_lock(&p->lock);
        p->slots[item % p->depth].ready = true;
        pthread_cond_signal(&p->item_ready);
    }
    pthread_mutex_unlock(&p->lock);
    axf_scratchpad_free(&memory);
    return NULL;
}

/* Each slot gets the memory of the largest image that the recipe can give, which the system fills only as far as it is
 * used. Without a bound, or without memory, a slot grows with its images. */
static void reserve_slots(axf_prefetch *p)
{
    const int64_t pixels = axf_recipe_most_pixels(&p->recipe);
    for (size_t i = 0; i < p->depth && pixels > 0 && pixels <= MOST_RESERVED; i++) {
        if (reserve(&p->slots[i], 3 * (size_t)pixels, "a slot") != AXF_OK) {
            axf_error_clear();
            break;
        }
    }
}

static void copy_items(axf_prefetch *p, const axf_prefetch_item *items)
{
    axf_prefetch_item *copies = axf_arena_alloc(&p->arena, p->count * sizeof *copies);
    for (size_t i = 0; i < p->count; i++) {
        copies[i] = (axf_prefetch_item){items[i].post, axf_arena_copy(&p->arena, items[i].path)};
    }
    p->items = copies;
}

/* Only the main thread handles signals, so the workers block all of them. */
static axf_status start_threads(axf_prefetch *p, int32_t threads)
{
    sigset_t all, before;
    int number = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (number == 0 && p->started < threads) {
        number = pthread_create(&p->threads[p->started], NULL, run, p);
        p->started += number == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number == 0 || p->started > 0 ? AXF_OK
                                         : axf_fail(AXF_ERR_IO, "cannot start an image thread: %s", strerror(number));
}

axf_status axf_prefetch_start(const char *root, const axf_pixel_recipe *recipe, const axf_prefetch_item *items,
                              size_t count, int32_t threads, int32_t depth, axf_prefetch **prefetch)
{
    *prefetch = NULL;
    if (threads < 1 || depth < 1) {
        return axf_fail(AXF_ERR_INTERNAL, "image prefetch with %d threads and %d images ahead", threads, depth);
    }
    axf_prefetch *p = axf_alloc_zero(1, sizeof *p);
    p->root = axf_arena_copy(&p->arena, root);
    p->recipe = *recipe;
    p->count = count;
    p->depth = (size_t)depth;
    copy_items(p, items);
    p->slots = axf_alloc_zero(p->depth, sizeof *p->slots);
    reserve_slots(p);
    p->threads = axf_alloc_zero((size_t)threads, sizeof *p->threads);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->slot_free, NULL);
    pthread_cond_init(&p->item_ready, NULL);
    const axf_status status = start_threads(p, threads);
    if (status != AXF_OK) {
        axf_prefetch_stop(p);
        return status;
    }
    *prefetch = p;
    return AXF_OK;
}

bool axf_prefetch_next(axf_prefetch *p, axf_prefetch_result *result)
{
    pthread_mutex_lock(&p->lock);
    if (p->released < p->delivered) { /* the item that the caller held until now */
        p->slots[p->released % p->depth].ready = false;
        p->released++;
        pthread_cond_signal(&p->slot_free);
    }
    const size_t item = p->delivered;
    if (item == p->count) {
        pthread_mutex_unlock(&p->lock);
        return false;
    }
    slot *s = &p->slots[item % p->depth];
    while (!s->ready) {
        pthread_cond_wait(&p->item_ready, &p->lock);
    }
    p->delivered++;
    pthread_mutex_unlock(&p->lock);
    *result = (axf_prefetch_result){.post = p->items[item].post,
                                    .status = s->status,
                                    .message = s->message,
                                    .height = s->height,
                                    .width = s->width,
                                    .pixels = s->status == AXF_OK ? s->pixels : NULL};
    return true;
}

void axf_prefetch_stop(axf_prefetch *p)
{
    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->slot_free);
    pthread_mutex_unlock(&p->lock);
    for (int32_t i = 0; i < p->started; i++) {
        pthread_join(p->threads[i], NULL);
    }
    pthread_cond_destroy(&p->item_ready);
    pthread_cond_destroy(&p->slot_free);
    pthread_mutex_destroy(&p->lock);
    for (size_t i = 0; i < p->depth; i++) {
        free(p->slots[i].pixels);
    }
    free(p->slots);
    free(p->threads);
    axf_arena_free(&p->arena);
    free(p);
}
