#include "feed/tokens.h"

#include "core/error.h"
#include "model/sides.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64, LEAST_POSTS = 128 /* of a thread: fewer are done sooner than a thread starts */ };

/* Posts from … to-1 and what a thread made of them. */
typedef struct part {
    const axf_model *model;
    const axf_posts *posts;
    int32_t from, to;
    int64_t *length; /* [posts] of the whole, filled from … to-1 */
    int32_t *ids, *types;
    int64_t count, capacity;
    axf_status status;
    axf_kept_error *error;
    pthread_t thread;
    int32_t started; /* 1: `thread` runs it */
} part;

static axf_status check(const axf_model *model, const char *post, const int32_t *ids, int32_t count)
{
    const axf_instance *instance = axf_side_instance(model, AXF_SIDE_TEXT);
    const axf_text_facts *facts = &model->text_facts;
    if (count < 1 || count > facts->max_length) {
        axf_fail(AXF_ERR_PLUGIN, "gave %d tokens for post %s (1 to %d expected)", count, post, facts->max_length);
        return axf_instance_context(instance, AXF_ERR_PLUGIN);
    }
    for (int32_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= facts->vocabulary) {
            axf_fail(AXF_ERR_PLUGIN, "gave token id %d for post %s, the vocabulary has %d", ids[i], post,
                     facts->vocabulary);
            return axf_instance_context(instance, AXF_ERR_PLUGIN);
        }
    }
    return AXF_OK;
}

static void make_room(part *p, int32_t longest)
{
    if (p->ids == NULL || p->count + longest > p->capacity) {
        p->capacity =
            p->capacity > 0 ? p->capacity + p->capacity / 2 + longest : 64 * (int64_t)(p->to - p->from) + longest;
        p->ids = axf_realloc(p->ids, (size_t)p->capacity * sizeof *p->ids);
        p->types = axf_realloc(p->types, (size_t)p->capacity * sizeof *p->types);
    }
}

static axf_status tokenize(part *p)
{
    const int32_t longest = p->model->text_facts.max_length;
    for (int32_t i = p->from; i < p->to; i++) {
        const axf_record *record = &p->posts->items[i];
        int32_t count = 0;
        make_room(p, longest);
        int32_t *ids = p->ids + p->count, *types = p->types + p->count;
        memset(types, 0, (size_t)longest * sizeof *types);
        AXF_TRY(axf_side_tokenize(p->model, record->id, record->text, record->text_length, ids, types, &count));
        AXF_TRY(check(p->model, record->id, ids, count));
        p->length[i] = count;
        p->count += count;
    }
    return AXF_OK;
}

/* Errors belong to the thread that records them, so they are taken along. */
static void *run_part(void *context)
{
    part *p = context;
    p->status = tokenize(p);
    if (p->status != AXF_OK) {
        p->error = axf_error_keep();
    }
    return NULL;
}

/* Puts the parts together in the order of the posts, and frees them; the first error is the caller's. */
static axf_status join(axf_text_tokens *tokens, part *parts, int32_t count, const int64_t *length, int32_t posts)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < posts; i++) {
        tokens->start[i + 1] = tokens->start[i] + length[i];
    }
    tokens->ids = axf_alloc((size_t)tokens->start[posts] * sizeof *tokens->ids + 1);
    tokens->types = axf_alloc((size_t)tokens->start[posts] * sizeof *tokens->types + 1);
    for (int32_t i = 0; i < count; i++) {
        part *p = &parts[i];
        if (p->status != AXF_OK && status == AXF_OK) {
            status = p->status;
            axf_error_restore(p->error);
            p->error = NULL;
        } else if (p->status == AXF_OK && p->count > 0) {
            memcpy(tokens->ids + tokens->start[p->from], p->ids, (size_t)p->count * sizeof *p->ids);
            memcpy(tokens->types + tokens->start[p->from], p->types, (size_t)p->count * sizeof *p->types);
        }
        axf_error_drop(p->error);
        free(p->ids);
        free(p->types);
    }
    return status;
}

axf_status axf_text_tokens_make(axf_text_tokens *tokens, const axf_model *model, const axf_posts *posts,
                                int32_t threads)
{
    const int32_t useful = posts->count / LEAST_POSTS, wanted = threads < useful ? threads : useful;
    const int32_t count = wanted < 1 ? 1 : wanted > MOST_THREADS ? MOST_THREADS : wanted;
    part parts[MOST_THREADS];
    int64_t *length = axf_alloc_zero((size_t)posts->count + 1, sizeof *length);
    *tokens = (axf_text_tokens){.start = axf_alloc_zero((size_t)posts->count + 1, sizeof *tokens->start)};
    for (int32_t i = 0; i < count; i++) {
        part *p = &parts[i];
        *p = (part){.model = model,
                    .posts = posts,
                    .from = (int32_t)((int64_t)posts->count * i / count),
                    .to = (int32_t)((int64_t)posts->count * (i + 1) / count),
                    .length = length};
        p->started = i > 0 && pthread_create(&p->thread, NULL, run_part, p) == 0;
    }
    for (int32_t i = 0; i < count; i++) {
        if (parts[i].started) {
            pthread_join(parts[i].thread, NULL);
        } else {
            run_part(&parts[i]); /* the first part, and those for which the system gave no thread */
        }
    }
    const axf_status status = join(tokens, parts, count, length, posts->count);
    free(length);
    return status;
}

void axf_text_tokens_free(axf_text_tokens *tokens)
{
    free(tokens->start);
    free(tokens->ids);
    free(tokens->types);
    *tokens = (axf_text_tokens){0};
}
