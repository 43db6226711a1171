#include "posts/posts.h"

#include "core/error.h"
#include "core/map.h"
#include "plugin/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *axf_split_name(int32_t split)
{
    static const char *const names[] = {"none", "train", "val", "test"};
    return split >= 0 && split <= AXF_SPLIT_TEST ? names[split] : "?";
}

int32_t axf_split_of_name(const char *name)
{
    for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
        if (strcmp(name, axf_split_name(split)) == 0) {
            return split;
        }
    }
    return AXF_SPLIT_NONE;
}

static axf_record *new_record(axf_posts *posts)
{
    if (posts->count == posts->capacity) {
        posts->capacity = posts->capacity > 0 ? posts->capacity * 2 : 1024;
        posts->items = axf_realloc(posts->items, (size_t)posts->capacity * sizeof *posts->items);
    }
    axf_record *record = &posts->items[posts->count++];
    *record = (axf_record){0};
    return record;
}

static axf_status take_post(void *context, const axf_post *post)
{
    axf_posts *posts = context;
    axf_arena *arena = &posts->arena;
    const int32_t columns = posts->facts.columns;
    if (post->id == NULL || post->id[0] == '\0') {
        return axf_fail(AXF_ERR_DATA, "%s:%lld: a post without an id", post->file, (long long)post->line);
    }
    if (post->text_length > 1u << 24 || posts->count == INT32_MAX / 2) {
        return axf_fail(AXF_ERR_DATA, "%s:%lld: post %s: a text of %zu bytes is too long", post->file,
                        (long long)post->line, post->id, post->text_length);
    }
    axf_record *record = new_record(posts);
    record->id = axf_arena_copy(arena, post->id);
    record->text = axf_arena_copy_n(arena, post->text != NULL ? post->text : "", post->text_length);
    record->text_length = (uint32_t)post->text_length;
    record->image = post->image != NULL ? axf_arena_copy(arena, post->image) : NULL;
    record->target = post->labels != NULL ? 0 : post->target;
    record->split = post->split;
    record->file = posts->count > 1 && strcmp(post->file, record[-1].file) == 0 ? record[-1].file
                                                                                : axf_arena_copy(arena, post->file);
    record->line = post->line;
    if (post->labels != NULL) {
        if (posts->facts.classes <= 0) {
            return axf_fail(AXF_ERR_PLUGIN, "post %s: labels without a number of classes", post->id);
        }
        record->labels =
            (const uint8_t *)axf_arena_copy_n(arena, (const char *)post->labels, (size_t)posts->facts.classes);
    }
    if (columns > 0) {
        record->real = axf_arena_alloc(arena, (size_t)columns * sizeof *record->real);
        record->word = axf_arena_alloc(arena, (size_t)columns * sizeof *record->word);
        for (int32_t i = 0; i < columns; i++) {
            record->real[i] = post->real[i];
            record->word[i] = post->word[i] != NULL ? axf_arena_copy(arena, post->word[i]) : NULL;
        }
    }
    return AXF_OK;
}

static void count_skip(axf_posts *posts, const char *reason, const char *file, int64_t line, const char *id)
{
    int32_t index = 0;
    while (index < posts->skip_count && strcmp(posts->skips[index].reason, reason) != 0) {
        index++;
    }
    if (index == posts->skip_count) {
        posts->skips = axf_realloc(posts->skips, (size_t)(posts->skip_count + 1) * sizeof *posts->skips);
        posts->skips[posts->skip_count++] =
            (axf_skip_reason){axf_arena_copy(&posts->arena, reason), 0,
                              axf_arena_printf(&posts->arena, "%s:%lld%s%s%s", file, (long long)line,
                                               id != NULL ? " (" : "", id != NULL ? id : "", id != NULL ? ")" : "")};
    }
    posts->skips[index].count++;
    if (posts->left_out_count == posts->left_out_capacity) {
        posts->left_out_capacity = posts->left_out_capacity > 0 ? posts->left_out_capacity * 2 : 64;
        posts->left_out = axf_realloc(posts->left_out, (size_t)posts->left_out_capacity * sizeof *posts->left_out);
    }
    const axf_left_out *last = posts->left_out_count > 0 ? &posts->left_out[posts->left_out_count - 1] : NULL;
    const char *kept = last != NULL && strcmp(last->file, file) == 0 ? last->file : axf_arena_copy(&posts->arena, file);
    posts->left_out[posts->left_out_count++] =
        (axf_left_out){id != NULL ? axf_arena_copy(&posts->arena, id) : NULL, kept, line, index};
}

static void skip_record(void *context, const char *file, int64_t line, const char *id, const char *reason)
{
    count_skip(context, reason, file, line, id);
}

void axf_posts_filter(axf_posts *posts, const uint8_t *keep, const char *reason)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (keep[i]) {
            posts->items[kept++] = *record;
        } else {
            count_skip(posts, reason, record->file, record->line, record->id);
        }
    }
    posts->count = kept;
}

static axf_status check_unique(const axf_posts *posts)
{
    axf_map ids = {0};
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < posts->count && status == AXF_OK; i++) {
        const axf_record *record = &posts->items[i];
        const axf_hash128 id = axf_map_text(record->id);
        const int64_t place = axf_map_find(&ids, id);
        if (place >= 0) {
            const axf_record *first = &posts->items[place];
            status = axf_fail(AXF_ERR_DATA, "%s:%lld: post id '%s' is there twice; first at %s:%lld", record->file,
                              (long long)record->line, record->id, first->file, (long long)first->line);
        }
        axf_map_add(&ids, id);
    }
    axf_map_free(&ids);
    return status;
}

static axf_status check_targets(const axf_posts *posts, int labelled)
{
    const int32_t classes = posts->facts.classes;
    if (labelled && (classes < 2 || classes > 1000000)) {
        return axf_fail(AXF_ERR_DATA, "the dataset has %d classes: at least 2 are needed%s", classes,
                        classes == 0 ? "; no post has a label: is the column of labels named right?" : "");
    }
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        const int missing = record->target == -1 && !labelled;
        if (record->labels == NULL && !missing && (record->target < 0 || record->target >= classes)) {
            return axf_fail(AXF_ERR_DATA, "%s:%lld: post %s: label %d is outside the label set (0 to %d)", record->file,
                            (long long)record->line, record->id, record->target, classes - 1);
        }
        if (record->split < AXF_SPLIT_NONE || record->split > AXF_SPLIT_TEST) {
            return axf_fail(AXF_ERR_PLUGIN, "%s:%lld: post %s: split %d", record->file, (long long)record->line,
                            record->id, record->split);
        }
    }
    return AXF_OK;
}

axf_status axf_posts_read(axf_posts *posts, axf_instance *loader, int labelled)
{
    const axf_post_sink sink = {sizeof sink, posts, take_post, skip_record};
    posts->facts = (axf_dataset_facts){.struct_size = sizeof posts->facts};
    AXF_TRY(axf_call_dataset_describe(loader, &posts->facts));
    AXF_TRY(axf_call_dataset_read(loader, &sink, &posts->facts));
    if (posts->count == 0) {
        return axf_instance_context(loader, axf_fail(AXF_ERR_DATA, "no posts were read"));
    }
    AXF_TRY(axf_instance_context(loader, check_unique(posts)));
    return axf_instance_context(loader, check_targets(posts, labelled));
}

void axf_posts_free(axf_posts *posts)
{
    free(posts->items);
    free(posts->skips);
    free(posts->left_out);
    axf_arena_free(&posts->arena);
    *posts = (axf_posts){0};
}

int32_t *axf_posts_of_split(const axf_posts *posts, int32_t split, int32_t *count)
{
    int32_t *index = axf_alloc((size_t)posts->count * sizeof *index);
    *count = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        if (posts->items[i].split == split) {
            index[(*count)++] = i;
        }
    }
    return index;
}
