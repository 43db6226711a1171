#include "apply/vectors.h"

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/strbuf.h"
#include "experiment/run_posts.h"
#include "features/image_check.h"
#include "files/durable.h"
#include "files/path.h"
#include "model/pass.h"
#include "model/sides.h"
#include "model/state.h"
#include "tensor/shape.h"
#include "tensor/transfers.h"
#include "weights/safetensors_write.h"
#include "workbench/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IDS = 15 * 1024 * 1024 }; /* bytes of all ids: the header that holds them is bounded */

axf_status axf_vectors_request_parse(axf_vectors_request *request, const char *what, const char *side)
{
    static const struct {
        const char *name;
        uint32_t wanted;
    } kinds[] = {{"fused", 0},
                 {"rows", AXF_WANT_ROWS},
                 {"first", AXF_WANT_FIRST},
                 {"pooled", AXF_WANT_POOLED},
                 {"rows,pooled", AXF_WANT_ROWS | AXF_WANT_POOLED}};
    const int text = side != NULL && strcmp(side, "text") == 0;
    if (side != NULL && !text && strcmp(side, "image") != 0) {
        return axf_fail(AXF_ERR_USAGE, "--side %s: text or image", side);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, what) == 0) {
            *request = (axf_vectors_request){kinds[i].wanted == 0, kinds[i].wanted, text, side == NULL};
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_USAGE, "--what %s: fused, rows, first, pooled, or rows,pooled", what);
}

/* ---- the workbench ---- */

axf_status axf_vectors_open(axf_workbench *bench, axf_registry *registry, const axf_node *spec, uint64_t seed)
{
    *bench = (axf_workbench){0};
    AXF_TRY(axf_workbench_open(bench, registry, spec, seed));
    AXF_TRY(axf_run_posts_read(&bench->posts, &bench->experiment));
    const axf_dataset_facts *facts = &bench->posts.facts;
    const axf_workbench_model wanted = {
        .classes = facts->classes, .multi_label = facts->target == AXF_TARGET_LABELS, .whole = 1};
    return axf_workbench_build(bench, &wanted);
}

axf_status axf_vectors_read_posts(axf_workbench *bench, const char *splits)
{
    axf_posts *posts = &bench->posts;
    int wanted[4] = {0};
    if (posts->count == 0) {
        AXF_TRY(axf_run_posts_read(posts, &bench->experiment));
    }
    if (splits == NULL) {
        return AXF_OK;
    }
    for (const char *at = splits; *at != '\0';) {
        char name[8] = "";
        const size_t length = strcspn(at, ",");
        memcpy(name, at, length < sizeof name ? length : 0);
        const int32_t split = axf_split_of_name(name);
        if (split == AXF_SPLIT_NONE) {
            return axf_fail(AXF_ERR_USAGE, "--split %s: of train, val, test", splits);
        }
        wanted[split] = 1;
        at += length + (at[length] == ',');
    }
    uint8_t *keep = axf_alloc((size_t)posts->count);
    for (int32_t i = 0; i < posts->count; i++) {
        keep[i] = (uint8_t)wanted[posts->items[i].split];
    }
    axf_posts_filter(posts, keep, "of another split");
    free(keep);
    return AXF_OK;
}

/* ---- the file ---- */

typedef struct output {
    axf_workbench *bench;
    axf_vectors_request request;
    int32_t rows;                /* of each post; 0: vectors */
    int64_t width, pooled_width; /* pooled_width 0: no second tensor */
    axf_safetensors_writer *writer;
    float *piece; /* of a batch */
    int64_t room;
    float *pooled; /* [posts, pooled_width] until the rows are written */
} output;

static axf_status check_given(const axf_model *model, const axf_vectors_request *request)
{
    static const struct {
        uint32_t bit;
        const char *name, *word;
    } kinds[] = {{AXF_WANT_ROWS, "rows", "rows"},
                 {AXF_WANT_FIRST, "a first row", "first"},
                 {AXF_WANT_POOLED, "a pooled vector", "pooled"}};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    const uint32_t gives =
        request->text ? model->text_facts.gives & ~(uint32_t)AXF_WANT_ROWS : model->image_facts.gives;
    const char *lacks = NULL;
    axf_strbuf words = {0};
    for (size_t i = 0; i < KINDS; i++) {
        if (gives & kinds[i].bit) {
            axf_strbuf_printf(&words, "%s%s", words.length > 0 ? " or " : "", kinds[i].word);
        } else if (lacks == NULL && (request->wanted & kinds[i].bit)) {
            lacks = kinds[i].name;
        }
    }
    axf_status status = AXF_OK;
    if (request->text && (request->wanted & AXF_WANT_ROWS)) {
        status = axf_fail(AXF_ERR_SPEC,
                          "texts have as many rows as tokens, and the file needs one number of rows for all posts: "
                          "--what %s",
                          axf_strbuf_text(&words));
    } else if (lacks != NULL) {
        status = axf_fail(AXF_ERR_SPEC, "the %s encoder does not give %s: --what %s", request->text ? "text" : "image",
                          lacks, axf_strbuf_text(&words));
    }
    axf_strbuf_free(&words);
    return status;
}

static axf_status check_request(const axf_model *model, const axf_vectors_request *request)
{
    if (request->fused) {
        return AXF_OK;
    }
    if (axf_model_is_joint(model)) {
        return axf_fail(AXF_ERR_SPEC, "a joint encoder computes both sides at once: --what fused");
    }
    if (request->text ? !model->has_text : !model->has_image) {
        return axf_fail(AXF_ERR_SPEC, "the model has no %s encoder: --side %s", request->text ? "text" : "image",
                        request->text ? "image" : "text");
    }
    return check_given(model, request);
}

static void set_sizes(output *o)
{
    const axf_model *model = &o->bench->model;
    const uint32_t wanted = o->request.wanted;
    const int64_t width = o->request.text ? model->text_facts.width : model->image_facts.width;
    const int64_t pooled = o->request.text ? model->text_facts.pooled_width : model->image_facts.pooled_width;
    if (o->request.fused) {
        o->width = model->fused_width;
    } else if (wanted & AXF_WANT_ROWS) {
        o->rows = model->image_facts.rows;
        o->width = width;
        o->pooled_width = wanted & AXF_WANT_POOLED ? pooled : 0;
    } else {
        o->width = wanted & AXF_WANT_POOLED ? pooled : width;
    }
}

static axf_status join_ids(const axf_posts *posts, axf_strbuf *ids)
{
    for (int32_t i = 0; i < posts->count; i++) {
        const char *id = posts->items[i].id;
        if (strpbrk(id, "\r\n") != NULL) {
            return axf_fail(AXF_ERR_DATA, "%s:%lld: a post's id holds a line break, and the file has an id a line",
                            posts->items[i].file, (long long)posts->items[i].line);
        }
        axf_strbuf_printf(ids, "%s%s", i > 0 ? "\n" : "", id);
        if (ids->length > MOST_IDS) {
            return axf_fail(AXF_ERR_DATA, "the ids of these posts take more than %d bytes: extract fewer splits",
                            MOST_IDS);
        }
    }
    return AXF_OK;
}

static axf_status create(output *o, const char *path, const char *ids)
{
    const axf_posts *posts = &o->bench->posts;
    const int64_t count = posts->count, rows[] = {count, o->rows, o->width}, vectors[] = {count, o->width};
    const int64_t pooled[] = {count, o->pooled_width}, labels[] = {count, posts->facts.classes};
    const int several = posts->facts.target == AXF_TARGET_LABELS;
    axf_safetensors_item items[3];
    size_t tensors = 0;
    items[tensors++] =
        (axf_safetensors_item){"features", AXF_STORED_F32, o->rows > 0 ? 3 : 2, o->rows > 0 ? rows : vectors};
    if (o->pooled_width > 0) {
        items[tensors++] = (axf_safetensors_item){"pooled", AXF_STORED_F32, 2, pooled};
    }
    items[tensors++] = (axf_safetensors_item){"labels", AXF_STORED_I32, several ? 2 : 1, labels};
    const axf_safetensors_pair notes[] = {{"format", "pt"}, {"ids", ids}};
    return axf_safetensors_create(path, notes, 2, items, tensors, &o->writer);
}

static axf_status write_labels(const output *o)
{
    const axf_posts *posts = &o->bench->posts;
    const int32_t several = posts->facts.target == AXF_TARGET_LABELS, classes = posts->facts.classes;
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        for (int32_t k = 0; k < (several ? classes : 1); k++) {
            const int32_t label = !several ? post->target : post->labels != NULL ? post->labels[k] : -1;
            AXF_TRY(axf_safetensors_put(o->writer, &label, sizeof label));
        }
    }
    return AXF_OK;
}

/* `count` values of a tensor, rows of padding left out. */
static axf_status read_tensor(output *o, const axf_tensor *tensor, const char *what, int64_t count)
{
    if (tensor == NULL || axf_tensor_elements(tensor) < count ||
        (tensor->rows != NULL && tensor->rows->total * tensor->shape[1] != count)) {
        return axf_fail(AXF_ERR_SPEC, "%s: posts differ in their number of rows, and the file needs one for all", what);
    }
    const int64_t all = axf_tensor_elements(tensor);
    if (all > o->room) {
        o->room = all;
        o->piece = axf_realloc(o->piece, (size_t)all * sizeof *o->piece);
    }
    AXF_TRY(axf_tape_read(o->bench->tape, tensor, o->piece));
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(o->piece[i])) {
            return axf_fail(AXF_ERR_NUMERIC, "%s: a value is not finite", what);
        }
    }
    return AXF_OK;
}

static axf_status take_state(output *o, const axf_batch *batch, const axf_state *state, int32_t done)
{
    const uint32_t wanted = o->request.wanted;
    const char *name = wanted & AXF_WANT_ROWS ? "rows" : wanted & AXF_WANT_FIRST ? "first" : "pooled";
    const int64_t count = (int64_t)batch->posts * (o->rows > 0 ? o->rows : 1) * o->width;
    AXF_TRY(read_tensor(o, axf_state_find(state, name), name, count));
    AXF_TRY(axf_safetensors_put(o->writer, o->piece, (size_t)count * sizeof *o->piece));
    if (o->pooled_width > 0) {
        const int64_t pooled = batch->posts * o->pooled_width;
        AXF_TRY(read_tensor(o, axf_state_find(state, "pooled"), "pooled", pooled));
        memcpy(o->pooled + done * o->pooled_width, o->piece, (size_t)pooled * sizeof *o->piece);
    }
    return AXF_OK;
}

static axf_status compute_batch(output *o, axf_batch *batch, int32_t done)
{
    axf_workbench *bench = o->bench;
    axf_model *model = &bench->model;
    axf_outputs outputs = {0};
    axf_state state;
    batch->targets = NULL; /* no losses */
    batch->labels = NULL;
    axf_tape_begin(bench->tape, 0, 0);
    axf_status status;
    if (o->request.fused) {
        const int64_t count = batch->posts * o->width;
        status = axf_model_run(model, bench->tape, batch, 0, &outputs);
        status = status == AXF_OK ? read_tensor(o, outputs.fused, "fused", count) : status;
        status = status == AXF_OK ? axf_safetensors_put(o->writer, o->piece, (size_t)count * sizeof *o->piece) : status;
    } else {
        status = o->request.text ? axf_model_encode_texts(model, bench->tape, batch, &state)
                                 : axf_model_encode_images(model, bench->tape, batch, &state);
        status = status == AXF_OK ? take_state(o, batch, &state, done) : status;
    }
    axf_tape_end(bench->tape);
    return status;
}

static axf_status compute(output *o)
{
    axf_workbench *bench = o->bench;
    const int32_t count = bench->posts.count;
    const int32_t size = axf_evaluate_batch(&bench->experiment);
    int32_t *order = axf_alloc((size_t)count * sizeof *order);
    for (int32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    axf_progress progress;
    axf_progress_begin(&progress, "features", "posts", 0, (size_t)count);
    axf_status status = axf_feed_start(&bench->feed, order, count, 0);
    for (int32_t done = 0; done < count && status == AXF_OK;) {
        axf_batch batch;
        status = axf_feed_next(&bench->feed, size, 0, &batch);
        status = status == AXF_OK ? compute_batch(o, &batch, done) : status;
        done += batch.posts;
        axf_progress_update(&progress, (size_t)done);
        if (axf_interrupt_requested() && status == AXF_OK) {
            status = axf_fail(AXF_ERR_INTERRUPTED, "interrupted: nothing was written");
        }
    }
    axf_progress_end(&progress);
    free(order);
    return status;
}

static axf_status write_posts(output *o, const char *path)
{
    axf_strbuf ids = {0};
    axf_status status = join_ids(&o->bench->posts, &ids);
    status = status == AXF_OK ? create(o, path, axf_strbuf_text(&ids)) : status;
    axf_strbuf_free(&ids);
    AXF_TRY(status);
    o->pooled = axf_alloc((size_t)(o->bench->posts.count * o->pooled_width) * sizeof *o->pooled + 1);
    status = compute(o);
    if (status == AXF_OK && o->pooled_width > 0) {
        const size_t count = (size_t)(o->bench->posts.count * o->pooled_width);
        status = axf_safetensors_put(o->writer, o->pooled, count * sizeof *o->pooled);
    }
    status = status == AXF_OK ? write_labels(o) : status;
    free(o->pooled);
    free(o->piece);
    if (status != AXF_OK) {
        axf_safetensors_abort(o->writer);
        return status;
    }
    return axf_safetensors_commit(o->writer);
}

axf_status axf_vectors_write(axf_workbench *bench, const axf_vectors_request *request, const char *path)
{
    output o = {.bench = bench, .request = *request};
    o.request.text |= request->either && !bench->model.has_image && bench->model.has_text;
    AXF_TRY(check_request(&bench->model, &o.request));
    set_sizes(&o);
    char *folder = axf_path_folder(path);
    const axf_status made = axf_folder_make(folder);
    free(folder);
    AXF_TRY(made);
    if (o.request.fused || !o.request.text) {
        AXF_TRY(axf_image_check(&bench->model, &bench->posts, bench->threads));
    }
    if (bench->posts.count == 0) {
        return axf_fail(AXF_ERR_DATA, "there is no post to extract features of");
    }
    AXF_TRY(axf_feed_open(&bench->feed, &bench->model, &bench->posts, bench->threads));
    return write_posts(&o, path);
}
