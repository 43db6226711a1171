#include "feed/feed.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>

axf_status axf_feed_open(axf_feed *feed, axf_model *model, axf_posts *posts, int32_t threads)
{
    *feed = (axf_feed){.model = model, .posts = posts, .threads = threads};
    return model->has_text ? axf_text_tokens_make(&feed->tokens, model, posts, threads) : AXF_OK;
}

void axf_feed_close(axf_feed *feed)
{
    axf_prefetch_stop(feed->prefetch);
    axf_feature_set_free(&feed->set);
    axf_text_tokens_free(&feed->tokens);
    void *const owned[] = {feed->slots,        feed->labels,
                           feed->ids,          feed->column_values,
                           feed->ids_buffer,   feed->types_buffer,
                           feed->pixels,       feed->feature_buffer,
                           feed->pixel_offset, feed->blank[AXF_BLANK_PICTURE].pixels};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        free(owned[i]);
    }
    *feed = (axf_feed){0};
}

void axf_feed_use_features(axf_feed *feed, const axf_feature_set *set)
{
    feed->has_features = 1;
    feed->set = *set;
}

static void grow(axf_feed *feed, int32_t posts)
{
    if (posts <= feed->capacity) {
        return;
    }
    const size_t n = (size_t)posts;
    const size_t classes = (size_t)feed->model->classes, columns = (size_t)feed->posts->facts.columns;
    feed->slots = axf_realloc(feed->slots, (6 * n + 1) * sizeof *feed->slots); /* six lists in one piece */
    feed->targets = feed->slots + n;
    feed->height = feed->targets + n;
    feed->width = feed->height + n;
    feed->learned = feed->width + n;
    feed->token_offset = feed->learned + n;
    feed->pixel_offset = axf_realloc(feed->pixel_offset, (n + 1) * sizeof *feed->pixel_offset);
    feed->ids = axf_realloc(feed->ids, 2 * n * sizeof *feed->ids); /* two lists in one piece */
    feed->feature_ids = feed->ids + n;
    feed->labels = axf_realloc(feed->labels, (n * classes + 1) * sizeof *feed->labels);
    feed->column_values = axf_realloc(feed->column_values, (n * columns + 1) * sizeof *feed->column_values);
    size_t values = 0;
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        values += feed->set.store[kind] != NULL ? axf_feature_values(&feed->model->image_facts, kind) : 0;
    }
    feed->feature_buffer = axf_realloc(feed->feature_buffer, (n * values + 1) * sizeof *feed->feature_buffer);
    feed->capacity = posts;
}

axf_status axf_feed_start(axf_feed *feed, const int32_t *order, int32_t count, int32_t from)
{
    axf_prefetch_stop(feed->prefetch);
    feed->prefetch = NULL;
    feed->order = order;
    feed->order_count = count;
    feed->position = from;
    const int pixels = feed->model->has_image && feed->model->image_facts.from_pixels && !feed->has_features;
    if (!pixels || from >= count) {
        return AXF_OK;
    }
    axf_prefetch_item *items = axf_alloc((size_t)(count - from) * sizeof *items);
    for (int32_t i = from; i < count; i++) {
        const char *image = feed->posts->items[order[i]].image;
        items[i - from] = (axf_prefetch_item){order[i], image != NULL ? image : ""};
    }
    const axf_status status = axf_prefetch_start(
        feed->posts->facts.image_root != NULL ? feed->posts->facts.image_root : ".", &feed->model->image_facts.recipe,
        items, (size_t)(count - from), feed->threads, 4 * feed->threads + 32, &feed->prefetch);
    free(items);
    return status;
}

static void take_texts(axf_feed *feed, const int32_t *post, int32_t n, axf_batch *batch)
{
    const axf_text_tokens *tokens = &feed->tokens;
    int64_t total = 0;
    for (int32_t i = 0; i < n; i++) {
        feed->token_offset[i] = (int32_t)total;
        total += tokens->start[post[i] + 1] - tokens->start[post[i]];
    }
    feed->token_offset[n] = (int32_t)total;
    if (total > feed->ids_capacity) {
        feed->ids_capacity = total + total / 4;
        feed->ids_buffer = axf_realloc(feed->ids_buffer, (size_t)feed->ids_capacity * sizeof *feed->ids_buffer);
        feed->types_buffer = axf_realloc(feed->types_buffer, (size_t)feed->ids_capacity * sizeof *feed->types_buffer);
    }
    for (int32_t i = 0; i < n; i++) {
        const int64_t start = tokens->start[post[i]];
        const size_t bytes = (size_t)(tokens->start[post[i] + 1] - start) * sizeof(int32_t);
        memcpy(feed->ids_buffer + feed->token_offset[i], tokens->ids + start, bytes);
        memcpy(feed->types_buffer + feed->token_offset[i], tokens->types + start, bytes);
    }
    batch->token_offset = feed->token_offset;
    batch->token_ids = feed->ids_buffer;
    batch->token_types = feed->types_buffer;
}

static axf_status take_kind(axf_feed *feed, int kind, const int32_t *post, int32_t n, float **at, const float **values)
{
    const size_t size = axf_feature_values(&feed->model->image_facts, kind);
    if (feed->set.store[kind] == NULL) {
        return AXF_OK;
    }
    *values = *at;
    for (int32_t i = 0; i < n; i++, *at += size) {
        const int64_t record = feed->set.record[kind][post[i]];
        if (record < 0) {
            memset(*at, 0, size * sizeof **at);
        } else {
            AXF_TRY(axf_features_read(feed->set.store[kind], record, *at));
        }
    }
    return AXF_OK;
}

static axf_status take_features(axf_feed *feed, const int32_t *post, int32_t n, axf_batch *batch)
{
    const axf_image_facts *facts = &feed->model->image_facts;
    axf_features *features = &feed->features;
    float *at = feed->feature_buffer;
    *features = (axf_features){.rows = facts->rows, .width = facts->width, .pooled_width = facts->pooled_width};
    AXF_TRY(take_kind(feed, AXF_FEATURE_ROWS, post, n, &at, &features->row_values));
    AXF_TRY(take_kind(feed, AXF_FEATURE_FIRST, post, n, &at, &features->first_values));
    AXF_TRY(take_kind(feed, AXF_FEATURE_POOLED, post, n, &at, &features->pooled_values));
    batch->features = features;
    return AXF_OK;
}

static void room_for_pixels(axf_feed *feed, int64_t elements)
{
    if (elements > feed->pixel_capacity) {
        feed->pixel_capacity = elements + elements / 4;
        feed->pixels = axf_realloc(feed->pixels, (size_t)feed->pixel_capacity * sizeof *feed->pixels);
    }
}

/* What is shown in the place of a bad image. */
static axf_status take_blank(axf_feed *feed, axf_record *record, axf_prefetch_result *result)
{
    AXF_TRY(axf_image_policy_decide(feed->model, feed->posts, record, result->message, NULL));
    axf_image_blank *blank = &feed->blank[record->blank];
    AXF_TRY(axf_image_blank_make(feed->model, record->blank, blank));
    result->pixels = blank->pixels;
    result->height = blank->height;
    result->width = blank->width;
    return AXF_OK;
}

static axf_status take_pixels(axf_feed *feed, const int32_t *post, int32_t n, axf_batch *batch)
{
    int64_t at = 0;
    for (int32_t i = 0; i < n; i++) {
        axf_record *record = &feed->posts->items[post[i]];
        axf_prefetch_result result;
        if (!axf_prefetch_next(feed->prefetch, &result)) {
            return axf_fail(AXF_ERR_INTERNAL, "the image queue ended before its posts");
        }
        if (result.status != AXF_OK) {
            AXF_TRY(take_blank(feed, record, &result));
        }
        feed->height[i] = result.height;
        feed->width[i] = result.width;
        const int64_t elements = 3 * (int64_t)feed->height[i] * feed->width[i];
        room_for_pixels(feed, at + elements);
        if (result.pixels == NULL) {
            memset(feed->pixels + at, 0, (size_t)elements * sizeof *feed->pixels);
        } else {
            memcpy(feed->pixels + at, result.pixels, (size_t)elements * sizeof *feed->pixels);
        }
        feed->pixel_offset[i] = at;
        at += elements;
    }
    feed->pixel_offset[n] = at;
    batch->pixels = feed->pixels;
    batch->height = feed->height;
    batch->width = feed->width;
    batch->pixel_offset = feed->pixel_offset;
    return AXF_OK;
}

static void take_targets(axf_feed *feed, const int32_t *post, int32_t n, axf_batch *batch)
{
    const axf_model *model = feed->model;
    const axf_dataset_facts *facts = &feed->posts->facts;
    int known = 1;
    for (int32_t i = 0; i < n; i++) {
        const axf_record *record = &feed->posts->items[post[i]];
        feed->targets[i] = record->target;
        known &= model->multi_label ? record->labels != NULL : record->target >= 0;
        for (int32_t k = 0; record->labels != NULL && k < model->classes; k++) {
            feed->labels[i * model->classes + k] = record->labels[k];
        }
        for (int32_t c = 0; c < facts->columns; c++) {
            feed->column_values[c * n + i] = (float)record->real[c];
        }
    }
    for (int32_t c = 0; c < facts->columns; c++) {
        feed->columns[c] = feed->column_values + (ptrdiff_t)c * n;
    }
    batch->targets = known && !model->multi_label ? feed->targets : NULL;
    batch->labels = known && model->multi_label ? feed->labels : NULL;
    batch->columns = feed->columns;
    batch->dataset = facts;
}

axf_status axf_feed_next(axf_feed *feed, int32_t posts, int32_t first_slot, axf_batch *batch)
{
    const int32_t left = feed->order_count - feed->position, n = posts < left ? posts : left;
    const int32_t *post = feed->order + feed->position;
    *batch = (axf_batch){.posts = n, .batch_posts = n};
    if (n == 0) {
        return AXF_OK;
    }
    grow(feed, n);
    for (int32_t i = 0; i < n; i++) {
        feed->slots[i] = first_slot + i;
        const axf_record *record = &feed->posts->items[post[i]];
        feed->ids[i] = record->id;
        feed->feature_ids[i] = record->blank == AXF_BLANK_NO ? record->id : NULL;
    }
    batch->slots = feed->slots;
    batch->ids = feed->ids;
    batch->feature_ids = feed->feature_ids;
    if (feed->model->has_text) {
        take_texts(feed, post, n, batch);
    }
    if (feed->has_features) {
        AXF_TRY(take_features(feed, post, n, batch));
    } else if (feed->prefetch != NULL) {
        AXF_TRY(take_pixels(feed, post, n, batch));
    }
    for (int32_t i = 0; i < n; i++) {
        feed->learned[i] = feed->posts->items[post[i]].blank == AXF_BLANK_LEARNED;
    }
    batch->learned = feed->learned;
    take_targets(feed, post, n, batch);
    feed->position += n;
    return AXF_OK;
}
