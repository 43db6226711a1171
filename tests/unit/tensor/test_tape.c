/* The tape over the reference backend: gradients against central differences, memory, parameters, failures. */
#include "tape_case.h"
#include "temp_folder.h"
#include "tensor/backward.h"
#include "tensor/leaf.h"
#include "tensor/param_values.h"
#include "tensor/passes.h"
#include "tensor/ragged.h"
#include "tensor/reserve.h"

static int mallocs;

/* Counts what the step takes from the C library; sanitizers bring an allocator of their own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define COUNTS_MALLOC 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTS_MALLOC 0
#endif
#ifndef COUNTS_MALLOC
#define COUNTS_MALLOC 1
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    mallocs++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    mallocs++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    mallocs++;
    return __libc_realloc(memory, size);
}
#endif

enum { POSTS = 3, WIDTH = 4, CLASSES = 3, TABLE = 11, HEADS = 2 };

/* A small text model; `image` is a dense second input, so that rows and posts meet. */
typedef struct model {
    axf_tensor *table, *w1, *b1, *gamma, *beta, *wq, *wk, *wv, *head, *scale;
} model;

typedef struct batch {
    int posts;
    int32_t offset[POSTS + 1], ids[8], targets[POSTS], slots[POSTS];
} batch;

static const batch whole = {3, {0, 3, 4, 7}, {5, 2, 5, 9, 0, 2, 10, -1}, {2, 0, 1}, {0, 1, 2}};

typedef struct choice {
    int scopes, training, record_embedding;
    int64_t step;
    double factor;
} choice;

static const choice plain = {.scopes = 1, .training = 1, .record_embedding = 1, .factor = 1.0 / 3};

static void declare(rig *r, model *m, uint32_t table_flags)
{
    m->table = add_param(r, "table", table_flags, TABLE, WIDTH);
    m->w1 = add_param(r, "w1", 0, WIDTH, WIDTH);
    m->b1 = add_param(r, "b1", 0, WIDTH, 0);
    m->gamma = add_param(r, "gamma", 0, WIDTH, 0);
    m->beta = add_param(r, "beta", 0, WIDTH, 0);
    m->wq = add_param(r, "wq", 0, WIDTH, WIDTH);
    m->wk = add_param(r, "wk", 0, WIDTH, WIDTH);
    m->wv = add_param(r, "wv", 0, WIDTH, WIDTH);
    m->head = add_param(r, "head", 0, CLASSES, WIDTH);
    m->scale = add_param(r, "scale", 0, 2, 2);
    rig_draw(r);
}

static const axf_pass *new_pass(rig *r, const batch *b, const choice *c, int32_t record)
{
    return axf_tape_pass(r->tape, &(axf_pass_settings){.component = "text",
                                                       .training = c->training,
                                                       .scope = AXF_PASS_FIRST,
                                                       .posts = b->posts,
                                                       .slots = b->slots,
                                                       .step = c->step,
                                                       .record = record});
}

/* One block: residuals share x, attention reads three projections of it, wq is used twice. */
static axf_tensor *block(const axf_pass *pass, const model *m, axf_tensor *x, int scopes)
{
    const axf_ops *o = pass->ops;
    if (scopes) {
        o->scope_begin(pass);
    }
    axf_tensor *h = o->linear(pass, x, m->w1, m->b1, AXF_GELU);
    h = o->dropout(pass, h, 0.25, "block.dropout");
    h = o->layer_norm(pass, o->add(pass, x, h), m->gamma, m->beta, 1e-5);
    axf_tensor *q = o->linear(pass, h, m->wq, NULL, AXF_NONE);
    axf_tensor *k = o->linear(pass, h, m->wk, NULL, AXF_TANH);
    axf_tensor *v = o->linear(pass, h, m->wv, NULL, AXF_RELU);
    axf_tensor *a = o->attention(pass, q, k, v, NULL, HEADS, 0.7, 0.1, "block.probabilities");
    a = o->linear(pass, a, m->wq, NULL, AXF_NONE);
    a = o->add(pass, o->multiply(pass, a, a), h);
    if (scopes) {
        o->scope_end(pass, &a, 1);
    }
    return a;
}

/* -> rows of the texts. */
static axf_tensor *encode(rig *r, const model *m, const batch *b, const choice *c)
{
    axf_tape *tape = r->tape;
    const axf_pass *pass = new_pass(r, b, c, 1);
    const axf_ops *o = pass->ops;
    const int64_t total = b->offset[b->posts], padded = total + 1;
    const axf_rows *rows = axf_tape_rows(tape, b->posts, b->offset);
    int32_t ids[8];
    memcpy(ids, b->ids, (size_t)total * sizeof *ids);
    ids[total] = -1;
    axf_tensor *index = axf_tape_input(tape, AXF_I32, 1, &padded, ids, rows);
    axf_tensor *x = o->embedding(new_pass(r, b, c, c->record_embedding), m->table, index, rows);
    return block(pass, m, x, c->scopes);
}

/* Rows of texts -> [posts] losses. */
static axf_tensor *losses_of(rig *r, const model *m, const batch *b, const choice *c, axf_tensor *x)
{
    const axf_pass *pass = new_pass(r, b, c, 1);
    const axf_ops *o = pass->ops;
    axf_tensor *both[] = {o->pool_rows(pass, x, AXF_POOL_FIRST, 0), x};
    axf_tensor *longer = o->concat_rows(pass, both, 2);
    longer = o->slice_rows(pass, longer, 1, -1);
    longer = o->add(pass, longer, both[0]); /* over the rows of each post */
    axf_tensor *mean = o->pool_rows(pass, longer, AXF_POOL_MEAN, 0);
    axf_tensor *most = o->pool_rows(pass, x, AXF_POOL_MAX, 0);
    const int32_t order[] = {0, b->posts - 1, b->posts - 1};
    axf_tensor *mixed = o->gather_posts(pass, x, order, b->posts); /* an index repeats */
    mixed = o->pool_rows(pass, mixed, AXF_POOL_MEAN, 0);
    const int64_t vector[] = {WIDTH};
    axf_tensor *fused = o->add(pass, o->add(pass, mean, most), o->scale(pass, mixed, 0.0, 1.0));
    fused = o->multiply(pass, o->l2_normalize(pass, fused), o->reshape(pass, m->scale, 1, vector));
    axf_tensor *logits = o->linear(pass, fused, m->head, NULL, AXF_NONE);
    return o->cross_entropy(pass, logits, o->index(pass, b->targets, b->posts), NULL);
}

static axf_tensor *losses(rig *r, const model *m, const batch *b, const choice *c)
{
    return losses_of(r, m, b, c, encode(r, m, b, c));
}

static axf_tensor *loss_of(rig *r, const model *m, const batch *b, const choice *c)
{
    const axf_pass *pass = new_pass(r, b, c, 1);
    return pass->ops->sum(pass, losses(r, m, b, c), c->factor);
}

static double forward_only(rig *r, const model *m, const batch *b, const choice *c)
{
    axf_tape_begin(r->tape, 0, 0);
    const double loss = read_scalar(r, loss_of(r, m, b, c));
    axf_tape_end(r->tape);
    return loss;
}

/* A whole step; the gradients are in r->gradients. */
static double step(rig *r, const model *m, const batch *b, const choice *c)
{
    axf_tape_begin(r->tape, 1, 0);
    axf_tensor *loss = loss_of(r, m, b, c);
    const double value = read_scalar(r, loss);
    ck_assert_msg(axf_tape_backward(r->tape, loss, 1, note_gradient, r) == AXF_OK, "%s", axf_error_message());
    axf_tape_end(r->tape);
    return value;
}

static double one_step(rig *r, const model *m, const batch *b, const choice *c)
{
    rig_forget(r);
    axf_params_begin_step(&r->params);
    return step(r, m, b, c);
}

typedef struct run {
    rig r;
    model m;
    choice c;
} run;

static double loss_of_run(void *context)
{
    run *of = context;
    return forward_only(&of->r, &of->m, &whole, &of->c);
}

/* host_memory 0: as a backend whose memory the host does not share. */
static void check_gradients(uint32_t table_flags, int32_t host_memory)
{
    run of = {.c = plain};
    rig_open(&of.r, AXF_PRECISION_F64, 0);
    of.r.backend.host_memory = host_memory;
    declare(&of.r, &of.m, table_flags);
    one_step(&of.r, &of.m, &whole, &of.c);
    ck_assert_int_eq(of.r.count, of.r.params.count);
    check_noted_gradients(&of.r, loss_of_run, &of);
    rig_close(&of.r);
}

START_TEST(gradients_dense_table)
{
    check_gradients(0, 1);
}
END_TEST

START_TEST(gradients_remote_memory)
{
    check_gradients(AXF_PARAM_SPARSE, 0);
}
END_TEST

START_TEST(gradients_sparse_table)
{
    check_gradients(AXF_PARAM_SPARSE, 1);
}
END_TEST

/* Ids 5 2 5 9 0 2 10: each row once, in order of first touch; untouched rows cost nothing. */
START_TEST(touched_rows)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F64, 0);
    declare(&r, &m, AXF_PARAM_SPARSE);
    for (int again = 0; again < 2; again++) {
        one_step(&r, &m, &whole, &plain);
        const noted *note = find_gradient(&r, "table");
        const int32_t expected[] = {5, 2, 9, 0, 10};
        ck_assert_int_eq(note->rows, 5);
        ck_assert_mem_eq(note->ids, expected, sizeof expected);
    }
    axf_params_begin_step(&r.params);
    const axf_param *table = axf_params_find(&r.params, "table");
    for (int i = 0; i < TABLE; i++) {
        ck_assert_int_eq(table->touched.place_of_row[i], -1);
    }
    rig_close(&r);
}
END_TEST

/* Backward meets the layers from the last to the first; wq is final only after its first use in forward. */
START_TEST(hook_order)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    one_step(&r, &m, &whole, &plain);
    static const char *const order[] = {"head", "scale", "wv", "wk", "wq", "gamma", "beta", "w1", "b1", "table"};
    ck_assert_int_eq(r.count, 10);
    for (int i = 0; i < 10; i++) {
        ck_assert_str_eq(r.gradients[i].name, order[i]);
        ck_assert_int_eq(r.gradients[i].calls, 1);
        ck_assert_ptr_null(axf_params_find(&r.params, order[i])->gradient.data); /* back in the pool */
    }
    rig_close(&r);
}
END_TEST

/* A frozen parameter gets no gradient and none is computed for it; what lies before it still does. */
START_TEST(frozen_parameter)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    one_step(&r, &m, &whole, &plain);
    noted *before = find_gradient(&r, "table");
    double *expected = before->values;
    before->values = NULL;
    axf_params_find(&r.params, "w1")->trained = 0;
    axf_params_find(&r.params, "gamma")->trained = 0;
    one_step(&r, &m, &whole, &plain);
    ck_assert_ptr_null(find_gradient(&r, "w1"));
    ck_assert_ptr_null(find_gradient(&r, "gamma"));
    ck_assert_mem_eq(find_gradient(&r, "table")->values, expected, TABLE * WIDTH * sizeof(double));
    free(expected);
    rig_close(&r);
}
END_TEST

START_TEST(pass_without_record)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    choice c = plain;
    const double recorded = one_step(&r, &m, &whole, &c);
    c.record_embedding = 0;
    ck_assert_double_eq(one_step(&r, &m, &whole, &c), recorded);
    ck_assert_int_eq(r.count, 9);
    ck_assert_ptr_null(find_gradient(&r, "table"));
    rig_close(&r);
}
END_TEST

static size_t peak_of(rig *r, const model *m, const choice *c, int recording, int planning)
{
    axf_params_begin_step(&r->params);
    axf_tape_begin(r->tape, recording, planning);
    axf_tensor *loss = loss_of(r, m, &whole, c);
    if (loss == NULL || (recording && axf_tape_backward(r->tape, loss, 1, NULL, NULL) != AXF_OK)) {
        ck_abort_msg("%s", axf_error_message()); /* an assertion would call malloc even where it holds */
    }
    axf_tape_end(r->tape);
    return axf_tape_peak(r->tape);
}

START_TEST(scopes_free_memory)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    choice open = plain;
    open.scopes = 0;
    for (int recording = 0; recording < 2; recording++) {
        const size_t with = peak_of(&r, &m, &plain, recording, 0), without = peak_of(&r, &m, &open, recording, 0);
        ck_assert_msg(with < without, "recording %d: %zu bytes with scopes, %zu without", recording, with, without);
    }
    ck_assert(peak_of(&r, &m, &plain, 0, 0) < peak_of(&r, &m, &plain, 1, 0));
    rig_close(&r);
}
END_TEST

/* Planning comes to the same bytes without memory, and a piece of the planned extent suffices. */
START_TEST(planning)
{
    for (int kind = 0; kind < 4; kind++) {
        rig r;
        model m;
        rig_open(&r, AXF_PRECISION_F32, 0);
        r.backend.host_memory = kind & 1;
        declare(&r, &m, kind & 2 ? AXF_PARAM_SPARSE : 0);
        backend_allocations = 0;
        const size_t planned = peak_of(&r, &m, &plain, 1, 1);
        const size_t extent = axf_tape_extent(r.tape);
        ck_assert_int_eq(backend_allocations, 0);
        ck_assert(extent >= planned);
        ck_assert_int_eq(axf_tape_reserve(r.tape, extent), AXF_OK);
        ck_assert_int_eq(backend_allocations, 1);
        ck_assert_uint_eq(peak_of(&r, &m, &plain, 1, 0), planned);
        ck_assert_uint_eq(axf_tape_extent(r.tape), extent);
        ck_assert_int_eq(axf_tape_grown(r.tape), 0);
        ck_assert_int_eq(backend_allocations, 1);
        rig_close(&r);
    }
}
END_TEST

/* The touched rows' gradient is the largest block here, and its rows are not known to planning. */
START_TEST(planning_touched_rows)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    axf_tensor *table = add_param(&r, "table", AXF_PARAM_SPARSE, TABLE, 256);
    rig_draw(&r);
    size_t peak[2];
    for (int planning_now = 1; planning_now >= 0; planning_now--) {
        axf_params_begin_step(&r.params);
        axf_tape_begin(r.tape, 1, planning_now);
        const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
        axf_tensor *x = pass->ops->embedding(pass, table, pass->ops->index(pass, whole.ids, 7), NULL);
        axf_tensor *loss = pass->ops->sum(pass, x, 1);
        ck_assert_int_eq(axf_tape_backward(r.tape, loss, 1, NULL, NULL), AXF_OK);
        axf_tape_end(r.tape);
        peak[planning_now] = axf_tape_peak(r.tape);
    }
    ck_assert_uint_eq(peak[0], peak[1]);
    ck_assert_uint_ge(peak[0], 3 * 7 * 256 * sizeof(float)); /* x, its gradient, the table's */
    rig_close(&r);
}
END_TEST

/* -> bytes that backward needs beyond what forward left. */
static size_t backward_extra(rig *r, const model *m, int blocks)
{
    axf_params_begin_step(&r->params);
    axf_tape_begin(r->tape, 1, 1);
    const axf_pass *pass = new_pass(r, &whole, &plain, 1);
    const axf_rows *rows = axf_tape_rows(r->tape, POSTS, whole.offset);
    axf_tensor *x = pass->ops->embedding(pass, m->table, pass->ops->index(pass, whole.ids, 7), rows);
    for (int i = 0; i < blocks; i++) {
        x = block(pass, m, x, 1);
    }
    axf_tensor *loss = pass->ops->sum(pass, x, 1);
    const size_t forward = axf_tape_peak(r->tape);
    ck_assert_int_eq(axf_tape_backward(r->tape, loss, 1, NULL, NULL), AXF_OK);
    axf_tape_end(r->tape);
    return axf_tape_peak(r->tape) - forward;
}

/* Backward frees the memory of each layer as soon as it is done, so a deep model needs no more extra memory than a
 * shallow one. */
START_TEST(backward_frees_memory)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    const size_t shallow = backward_extra(&r, &m, 2), deep = backward_extra(&r, &m, 20);
    ck_assert_msg(deep <= shallow, "%zu bytes more with 2 blocks, %zu with 20", shallow, deep);
    rig_close(&r);
}
END_TEST

/* A kept view keeps the memory of what it shows, though that was not kept itself. */
START_TEST(view_outlives_scope)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    axf_tape_begin(r.tape, 0, 0);
    const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
    const axf_ops *o = pass->ops;
    static const float numbers[64] = {1, 2, 3, 4}, others[64] = {9, 9, 9, 9};
    o->scope_begin(pass);
    axf_tensor *view = o->reshape(pass, o->constant(pass, numbers, 1, 64), 2, (const int64_t[]){64, 1});
    o->scope_end(pass, &view, 1);
    o->constant(pass, others, 1, 64);
    float values[64];
    ck_assert_int_eq(axf_tape_read(r.tape, view, values), AXF_OK);
    ck_assert_mem_eq(values, numbers, sizeof values);
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

START_TEST(second_step_allocates_nothing)
{
    for (int keep = 0; keep < 2; keep++) {
        rig r;
        model m;
        rig_open(&r, AXF_PRECISION_F32, keep);
        declare(&r, &m, AXF_PARAM_SPARSE);
        backend_allocations = 0;
        peak_of(&r, &m, &plain, 1, 0);
        ck_assert_int_gt(backend_allocations, 0);
        ck_assert_int_eq(axf_tape_grown(r.tape), 1);
        backend_allocations = mallocs = 0;
        counting_mallocs = 1;
        for (int again = 0; again < 10; again++) {
            peak_of(&r, &m, &plain, 1, 0);
        }
        const int taken = mallocs;
        counting_mallocs = 0;
        ck_assert_int_eq(taken, 0);
        ck_assert_int_eq(backend_allocations, 0);
        ck_assert_int_eq(axf_tape_grown(r.tape), 1);
        rig_close(&r);
    }
}
END_TEST

static void part_of(const batch *b, int first, int count, batch *part)
{
    *part = (batch){.posts = count};
    for (int i = 0; i < count; i++) {
        part->offset[i + 1] = b->offset[first + i + 1] - b->offset[first];
        part->targets[i] = b->targets[first + i];
        part->slots[i] = b->slots[first + i];
    }
    memcpy(part->ids, b->ids + b->offset[first], (size_t)part->offset[count] * sizeof *part->ids);
}

/* Micro-batches with dropout on: draws follow the slots, gradients add up, sparse rows join. */
START_TEST(accumulation)
{
    for (int sparse = 0; sparse < 2; sparse++) {
        rig r;
        model m;
        rig_open(&r, AXF_PRECISION_F64, 1);
        declare(&r, &m, sparse ? AXF_PARAM_SPARSE : 0);
        axf_params_begin_step(&r.params);
        double sum = 0;
        for (int first = 0; first < 2; first++) { /* the second part finds too few rows, and gets more */
            batch part;
            part_of(&whole, first, first + 1, &part);
            sum += step(&r, &m, &part, &plain);
        }
        rig parts = r;
        memset(r.gradients, 0, sizeof r.gradients);
        r.count = 0;
        const double loss = one_step(&r, &m, &whole, &plain);
        ck_assert_double_eq_tol(sum, loss, 1e-12);
        for (int32_t p = 0; p < r.params.count; p++) {
            const axf_param *param = r.params.items[p];
            const noted *a = find_gradient(&r, param->name), *b = find_gradient(&parts, param->name);
            ck_assert_int_eq(b->calls, 2);
            for (int64_t i = 0; i < axf_param_elements(param); i++) {
                ck_assert_msg(fabs(dense_gradient(a, param, i) - dense_gradient(b, param, i)) <= 1e-12,
                              "%s[%lld]: %.15g in one batch, %.15g in two", param->name, (long long)i,
                              dense_gradient(a, param, i), dense_gradient(b, param, i));
            }
        }
        rig_forget(&parts);
        rig_close(&r);
    }
}
END_TEST

/* Posts 0, then 1 and 2 through the block; the rest over all; the block again and backward. */
static double step_in_two_passes(rig *r, const model *m, int32_t planned)
{
    static const int cut[] = {0, 1, 3};
    batch parts[2];
    axf_tensor *made[2];
    axf_params_begin_step(&r->params);
    axf_tape_begin(r->tape, 1, planned);
    axf_tape_pause_recording(r->tape);
    const axf_pass *pass = new_pass(r, &whole, &plain, 1);
    pass->ops->scope_begin(pass);
    for (int k = 0; k < 2; k++) {
        part_of(&whole, cut[k], cut[k + 1] - cut[k], &parts[k]);
        made[k] = encode(r, m, &parts[k], &plain);
    }
    axf_tensor *leaf = axf_leaf_join(r->tape, made, 2);
    ck_assert_msg(leaf != NULL, "%s", axf_error_message());
    ck_assert_int_eq(leaf->wants_gradient, 1);
    ck_assert_int_eq(leaf->rows->posts, whole.posts);
    ck_assert_int_eq(memcmp(leaf->rows->offset, whole.offset, sizeof whole.offset), 0);
    axf_tape_resume_recording(r->tape);
    axf_tensor *sum = pass->ops->sum(pass, losses_of(r, m, &whole, &plain, leaf), plain.factor);
    const double loss = planned ? 0 : read_scalar(r, sum);
    ck_assert_msg(axf_tape_backward(r->tape, sum, 1, NULL, NULL) == AXF_OK, "%s", axf_error_message());
    pass->ops->scope_end(pass, NULL, 0);
    for (int k = 0; k < 2; k++) {
        axf_tensor *again = encode(r, m, &parts[k], &plain);
        ck_assert_msg(axf_leaf_backward(r->tape, &leaf, cut[k], &again, 1) == AXF_OK, "%s", axf_error_message());
    }
    axf_tape_end(r->tape);
    return loss;
}

/* Gradients through a leaf are those of the step in one piece; nothing is kept for backward while the tape pauses. */
START_TEST(leaves)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F64, 1);
    r.backend.host_memory = _i & 1;
    declare(&r, &m, _i & 2 ? AXF_PARAM_SPARSE : 0);
    const double loss = one_step(&r, &m, &whole, &plain);
    rig one_piece = r;
    memset(r.gradients, 0, sizeof r.gradients);
    r.count = 0;
    step_in_two_passes(&r, &m, 1);
    ck_assert_int_eq(axf_tape_reserve(r.tape, axf_tape_extent(r.tape)), AXF_OK);
    const int64_t grown = axf_tape_grown(r.tape);
    ck_assert_double_eq_tol(step_in_two_passes(&r, &m, 0), loss, 1e-12);
    ck_assert_int_eq(axf_tape_grown(r.tape), grown);
    for (int32_t p = 0; p < r.params.count; p++) {
        axf_param *param = r.params.items[p];
        note_gradient(&r, param);
        const noted *a = find_gradient(&one_piece, param->name), *b = find_gradient(&r, param->name);
        for (int64_t i = 0; i < axf_param_elements(param); i++) {
            ck_assert_msg(fabs(dense_gradient(a, param, i) - dense_gradient(b, param, i)) <= 1e-12,
                          "%s[%lld]: %.15g in one piece, %.15g through a leaf", param->name, (long long)i,
                          dense_gradient(a, param, i), dense_gradient(b, param, i));
        }
    }
    rig_forget(&one_piece);
    rig_close(&r);
}
END_TEST

START_TEST(replay)
{
    rig r;
    model m;
    rig_open(&r, AXF_PRECISION_F32, 0);
    declare(&r, &m, 0);
    choice c = plain;
    c.step = 5;
    const double first = one_step(&r, &m, &whole, &c);
    noted *note = find_gradient(&r, "table");
    double *values = note->values;
    note->values = NULL;
    c.step = 6;
    ck_assert(one_step(&r, &m, &whole, &c) != first);
    c.step = 5;
    ck_assert(one_step(&r, &m, &whole, &c) == first);
    ck_assert_mem_eq(find_gradient(&r, "table")->values, values, TABLE * WIDTH * sizeof *values);
    free(values);
    c.training = 0;
    ck_assert(one_step(&r, &m, &whole, &c) != first);
    rig_close(&r);
}
END_TEST

/* begin … status of one op on x [2, 3] (or a table), then the message. */
static void expect_failure(rig *r, axf_status status, const char *message)
{
    ck_assert_int_eq(axf_tape_status(r->tape), status);
    ck_assert_msg(strstr(axf_error_message(), message) != NULL, "message \"%s\", not \"%s\"", axf_error_message(),
                  message);
}

START_TEST(sticky_errors)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    axf_tensor *w = add_param(&r, "fusion.weight", 0, 4, 5);
    rig_draw(&r);
    axf_tape_begin(r.tape, 1, 0);
    const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
    const axf_ops *o = pass->ops;
    const float numbers[6] = {1, 2, 3, 4, 5, 6};
    axf_tensor *x = o->constant(pass, numbers, 2, 3);
    axf_tensor *y = o->linear(pass, x, w, NULL, AXF_NONE);
    ck_assert_ptr_null(y);
    expect_failure(&r, AXF_ERR_SHAPE, "linear: [2, 3] and fusion.weight [4, 5] do not fit");
    ck_assert_ptr_null(o->sum(pass, o->layer_norm(pass, y, w, w, 0.1), 1)); /* later ones keep the first message */
    ck_assert_ptr_null(o->softmax(pass, x));
    ck_assert_int_eq(axf_tape_backward(r.tape, y, 1, NULL, NULL), AXF_ERR_SHAPE);
    expect_failure(&r, AXF_ERR_SHAPE, "linear: [2, 3] and fusion.weight [4, 5] do not fit");
    axf_tape_end(r.tape);

    axf_tape_begin(r.tape, 1, 0);
    ck_assert_int_eq(axf_tape_status(r.tape), AXF_OK);
    pass = new_pass(&r, &whole, &plain, 1);
    ck_assert_ptr_null(o->softmax(pass, NULL));
    expect_failure(&r, AXF_ERR_PLUGIN, "softmax: tensor 1 is missing");
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

/* Every allocation and kernel of a step fails once: the step fails with a message, and the next one is whole. */
START_TEST(failing_backend)
{
    for (int keep = 0; keep < 2; keep++) {
        for (int point = 0, failed = 1; failed; point++) {
            rig r;
            model m;
            rig_open(&r, AXF_PRECISION_F32, keep);
            declare(&r, &m, AXF_PARAM_SPARSE);
            axf_params_begin_step(&r.params);
            axf_tape_begin(r.tape, 1, 0);
            axf_error_clear();
            backend_failure = point;
            axf_tensor *loss = loss_of(&r, &m, &whole, &plain);
            const axf_status status = axf_tape_backward(r.tape, loss, 1, note_gradient, &r);
            failed = backend_failure == -1;
            ck_assert_int_eq(status != AXF_OK, failed);
            ck_assert_int_eq(axf_tape_status(r.tape), status);
            ck_assert(!failed || strstr(axf_error_message(), "for the test") != NULL);
            ck_assert_msg(failed || point > 50, "only %d places failed", point);
            axf_tape_end(r.tape);
            backend_failure = -1;
            const double again = one_step(&r, &m, &whole, &plain);
            ck_assert(isfinite(again));
            ck_assert_int_eq(r.count, 10);
            rig_close(&r);
        }
    }
}
END_TEST

typedef axf_tensor *(*misuse)(const axf_pass *pass, axf_tensor *x, axf_tensor *table);

static axf_tensor *bad_id(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)x;
    const int32_t ids[] = {0, 11};
    return pass->ops->embedding(pass, table, pass->ops->index(pass, ids, 2), NULL);
}

static axf_tensor *bad_target(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    const int32_t targets[] = {0, 3};
    return pass->ops->cross_entropy(pass, x, pass->ops->index(pass, targets, 2), NULL);
}

static axf_tensor *bad_post(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    const int32_t posts[] = {2};
    return pass->ops->gather_posts(pass, x, posts, 1);
}

static axf_tensor *bad_slice(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    const int32_t offset[] = {0, 2, 2};
    return pass->ops->slice_rows(pass, pass->ops->with_rows(pass, x, axf_tape_rows(pass->tape, 2, offset)), 0, 1);
}

static axf_tensor *bad_reshape(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    const int64_t shape[] = {INT64_MAX, INT64_MAX};
    return pass->ops->reshape(pass, x, 2, shape);
}

static axf_tensor *bad_scope(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    pass->ops->scope_begin(pass);
    axf_tensor *y = pass->ops->scale(pass, x, 2, 0);
    pass->ops->scope_end(pass, NULL, 0);
    return pass->ops->softmax(pass, y);
}

static axf_tensor *sparse_in_linear(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    return pass->ops->linear(pass, x, table, NULL, AXF_NONE);
}

static axf_tensor *other_posts(const axf_pass *pass, axf_tensor *x, axf_tensor *table)
{
    (void)table;
    return pass->ops->dropout(pass, x, 0.5, "d"); /* 2 posts in a pass of 3 */
}

START_TEST(misuse_is_named)
{
    static const struct {
        misuse call;
        const char *message;
    } cases[] = {
        {bad_id, "embedding: index 1 is 11, it must be from -1 to 10"},
        {bad_target, "cross_entropy: index 1 is 3, it must be from 0 to 2"},
        {bad_post, "gather_posts: index 0 is 2, it must be from 0 to 1"},
        {bad_slice, "slice_rows: post 1 of [2, 3] has 0 rows"},
        {bad_reshape, "reshape"},
        {bad_scope, "made in a scope that has ended"},
        {sparse_in_linear, "table is declared sparse"},
        {other_posts, "dropout d: [2, 3] has 2 posts, the pass has 3"},
    };
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    axf_tensor *table = add_param(&r, "table", AXF_PARAM_SPARSE, TABLE, 3);
    rig_draw(&r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_tape_begin(r.tape, 1, 0);
        const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
        const float numbers[6] = {1, 2, 3, 4, 5, 6};
        axf_tensor *x = pass->ops->constant(pass, numbers, 2, 3);
        ck_assert_ptr_null(cases[i].call(pass, x, table));
        ck_assert_int_ne(axf_tape_status(r.tape), AXF_OK);
        expect_failure(&r, axf_tape_status(r.tape), cases[i].message);
        axf_tape_end(r.tape);
    }
    rig_close(&r);
}
END_TEST

/* Two names for one tensor: its gradient is the sum of both leaves'. Parts that do not fit are told. */
START_TEST(leaves_of_one_tensor)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F64, 1);
    axf_tensor *w = add_param(&r, "w", 0, 2, 2);
    rig_draw(&r);
    axf_params_begin_step(&r.params);
    axf_tape_begin(r.tape, 1, 0);
    const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
    const axf_ops *o = pass->ops;
    const float numbers[] = {1, 2, 3, 4, 5, 6};
    axf_tensor *x = o->constant(pass, numbers, 2, 2);
    axf_tape_pause_recording(r.tape);
    axf_tensor *y = o->linear(pass, x, w, NULL, AXF_NONE);
    axf_tensor *both[] = {axf_leaf_join(r.tape, &y, 1), axf_leaf_join(r.tape, &y, 1)};
    axf_tape_resume_recording(r.tape);
    axf_tensor *total = o->add(pass, o->sum(pass, both[0], 1), o->sum(pass, both[1], 10));
    ck_assert_int_eq(axf_tape_backward(r.tape, total, 1, NULL, NULL), AXF_OK);
    ck_assert_int_eq(r.params.items[0]->has_gradient, 0);
    y = o->linear(pass, x, w, NULL, AXF_NONE);
    axf_tensor *const again[] = {y, o->reshape(pass, y, 2, y->shape)};
    ck_assert_int_eq(axf_leaf_backward(r.tape, both, 0, again, 2), AXF_OK);
    note_gradient(&r, r.params.items[0]);
    const double want[] = {11 * 4, 11 * 6, 11 * 4, 11 * 6}; /* 11 · Σ x for each output */
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(r.gradients[0].values[i], want[i], 1e-12);
    }
    y = o->linear(pass, o->constant(pass, numbers, 3, 2), w, NULL, AXF_NONE);
    ck_assert_int_eq(axf_leaf_backward(r.tape, both, 0, &y, 1), AXF_ERR_PLUGIN);
    expect_failure(&r, AXF_ERR_PLUGIN, "the second pass made [3, 2] of posts of [2, 2]: other rows than the first");
    axf_tape_end(r.tape);
    axf_tape_begin(r.tape, 1, 0);
    pass = new_pass(&r, &whole, &plain, 1);
    axf_tensor *const misfits[] = {o->constant(pass, numbers, 2, 2), o->constant(pass, numbers, 2, 3)};
    ck_assert_ptr_null(axf_leaf_join(r.tape, misfits, 2));
    expect_failure(&r, AXF_ERR_PLUGIN, "[2, 2] of the first posts and [2, 3] of later ones do not fit");
    rig_close(&r);
}
END_TEST

static axf_status square_forward(const axf_call *call)
{
    const double *x = call->in[0]->data;
    double *y = call->out->data;
    for (int64_t i = 0; i < axf_tensor_elements(call->out); i++) {
        y[i] = x[i] * x[i] * *(const double *)call->parameters;
    }
    return AXF_OK;
}

static axf_status square_backward(const axf_call *call)
{
    const double *x = call->in[0]->data, *g = call->grad_out->data;
    double *dx = call->grad_in[0]->data;
    for (int64_t i = 0; i < axf_tensor_elements(call->grad_out); i++) {
        dx[i] = (call->add & 1 ? dx[i] : 0) + 2 * x[i] * g[i] * *(const double *)call->parameters;
    }
    return call->out->data == NULL ? AXF_OK : AXF_ERR_INTERNAL; /* it was not asked for, so it is not kept */
}

/* y = 3 x² of a plugin's own, on w and on what comes of w: gradient 6 w + … of the chain. */
START_TEST(custom_op)
{
    static const axf_op_custom square = {.struct_size = sizeof square,
                                         .name = "square",
                                         .forward = square_forward,
                                         .backward = square_backward,
                                         .backward_reads_inputs = 1};
    static const double factor = 3;
    rig r;
    rig_open(&r, AXF_PRECISION_F64, 0);
    axf_tensor *w = add_param(&r, "w", 0, 2, 2);
    rig_draw(&r);
    axf_tape_begin(r.tape, 1, 0);
    const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
    pass->ops->scope_begin(pass);
    axf_tensor *y = pass->ops->custom(pass, &square, &w, 1, 2, w->shape, NULL, &factor);
    y = pass->ops->custom(pass, &square, &y, 1, 2, w->shape, NULL, &factor);
    axf_tensor *loss = pass->ops->sum(pass, y, 1);
    pass->ops->scope_end(pass, &loss, 1);
    ck_assert_msg(axf_tape_backward(r.tape, loss, 1, note_gradient, &r) == AXF_OK, "%s", axf_error_message());
    for (int i = 0; i < 4; i++) {
        const double x = ((const double *)w->data)[i];
        ck_assert_double_eq_tol(r.gradients[0].values[i], 108 * x * x * x, 1e-9); /* d/dx 27 x⁴ */
    }
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

/* A view of a parameter shares its memory and gradient; a detached one gives none, yet counts as a use, since its
 * memory must not be updated before backward has read it. */
START_TEST(views_of_parameters)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F64, 0);
    axf_tensor *w = add_param(&r, "w", 0, 2, 3);
    rig_draw(&r);
    axf_tape_begin(r.tape, 1, 0);
    const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
    const axf_ops *o = pass->ops;
    axf_tensor *view = o->reshape(pass, o->reshape(pass, w, 1, (const int64_t[]){6}), 2, (const int64_t[]){3, 2});
    ck_assert_ptr_eq(view->data, w->data);
    axf_tensor *product = o->matmul(pass, w, view, 0, 0, 1);
    axf_tensor *constant = o->detach(pass, w);
    ck_assert_int_eq(constant->wants_gradient, 0);
    axf_tensor *second = o->multiply(pass, w, constant);
    axf_tensor *loss = o->add(pass, o->sum(pass, product, 1), o->sum(pass, second, 1));
    ck_assert_int_eq(axf_params_find(&r.params, "w")->uses, 4);
    ck_assert_int_eq(axf_tape_backward(r.tape, loss, 1, note_gradient, &r), AXF_OK);
    ck_assert_int_eq(r.gradients[0].calls, 1);
    const double *v = w->data;
    for (int i = 0; i < 6; i++) {
        const double as_left = v[i % 3 * 2] + v[i % 3 * 2 + 1], as_right = v[i / 2] + v[3 + i / 2];
        ck_assert_double_eq_tol(r.gradients[0].values[i], as_left + as_right + v[i], 1e-12);
    }
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

/* One tensor as q, k and v: three gradients into one place. Checked by w alone, the only way to the loss. */
START_TEST(one_tensor_three_times)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F64, 0);
    axf_tensor *w = add_param(&r, "w", 0, 7, WIDTH);
    rig_draw(&r);
    double loss[5];
    double *at = (double *)w->data + 5;
    static const double steps[] = {0, -2, -1, 1, 2};
    const double value = *at;
    for (int i = 0; i < 5; i++) {
        *at = value + 1e-3 * steps[i];
        axf_tape_begin(r.tape, 1, 0);
        const axf_pass *pass = new_pass(&r, &whole, &plain, 1);
        axf_tensor *x = pass->ops->with_rows(pass, w, axf_tape_rows(r.tape, POSTS, whole.offset));
        axf_tensor *y = pass->ops->attention(pass, x, x, x, NULL, HEADS, 1, 0, NULL);
        axf_tensor *sum = pass->ops->sum(pass, pass->ops->multiply(pass, y, y), 1);
        loss[i] = read_scalar(&r, sum);
        if (i == 0) {
            ck_assert_int_eq(axf_tape_backward(r.tape, sum, 1, note_gradient, &r), AXF_OK);
        }
        axf_tape_end(r.tape);
    }
    const double expected = (loss[1] - 8 * loss[2] + 8 * loss[3] - loss[4]) / 12e-3;
    ck_assert_double_eq_tol(r.gradients[0].values[5], expected, 1e-6);
    rig_close(&r);
}
END_TEST

static double moment(const float *values, int count, int order)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += pow(values[i], order);
    }
    return sum / count;
}

START_TEST(first_values)
{
    enum { COUNT = 40000 };
    static const struct {
        int32_t initial;
        double a, b, mean, square, most;
    } cases[] = {
        {AXF_INIT_ZEROS, 0, 0, 0, 0, 0},           {AXF_INIT_ONES, 0, 0, 1, 1, 1},
        {AXF_INIT_CONSTANT, 2.5, 0, 2.5, 6.25, 3}, {AXF_INIT_NORMAL, 0.02, 0, 0, 4e-4, 0.1},
        {AXF_INIT_UNIFORM, 0.3, 0, 0, 0.03, 0.3},  {AXF_INIT_TRUNCATED, 1, 1, 0, 0.29112, 1}, /* 1 - 2φ(1)/(2Φ(1)-1) */
    };
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    static float values[COUNT], again[COUNT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char name[] = {'p', (char)('0' + i), 0};
        const axf_parameter spec = {.struct_size = sizeof spec,
                                    .name = name,
                                    .ndim = 1,
                                    .shape = {COUNT},
                                    .initial = cases[i].initial,
                                    .a = cases[i].a,
                                    .b = cases[i].b};
        axf_param *param;
        ck_assert_int_eq(axf_params_add(&r.params, "text", &spec, &param), AXF_OK);
        ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
        ck_assert_int_eq(axf_param_draw(param, 1), AXF_OK);
        ck_assert_int_eq(axf_param_get(param, values), AXF_OK);
        const double wide = cases[i].a > 0 ? cases[i].a : 1;
        ck_assert_double_eq_tol(moment(values, COUNT, 1), cases[i].mean, 0.02 * wide);
        ck_assert_double_eq_tol(moment(values, COUNT, 2), cases[i].square, 0.02 * wide * wide);
        for (int k = 0; k < COUNT; k++) {
            ck_assert(fabsf(values[k]) <= (float)cases[i].most);
        }
        ck_assert_int_eq(axf_param_draw(param, 2), AXF_OK);
        ck_assert_int_eq(axf_param_get(param, again), AXF_OK);
        ck_assert_int_eq(memcmp(values, again, sizeof values) != 0, cases[i].initial >= AXF_INIT_NORMAL);
        ck_assert_int_eq(axf_param_set(param, values), AXF_OK);
        ck_assert_int_eq(axf_param_get(param, again), AXF_OK);
        ck_assert_mem_eq(values, again, sizeof values);
    }
    ck_assert_ptr_nonnull(axf_params_find(&r.params, "text.p0"));
    rig_close(&r);
}
END_TEST

START_TEST(bad_parameters)
{
    static const struct {
        axf_parameter spec;
        const char *message;
    } cases[] = {
        {{.name = "w", .ndim = 1, .shape = {2}, .initial = AXF_INIT_ONES}, "w is declared twice"},
        {{.name = NULL, .ndim = 1, .shape = {2}, .initial = AXF_INIT_ONES}, "no name"},
        {{.name = "a", .ndim = 5, .shape = {2}, .initial = AXF_INIT_ONES}, "5 dimensions"},
        {{.name = "b", .ndim = 2, .shape = {2, 0}, .initial = AXF_INIT_ONES}, "dimension 1 is 0"},
        {{.name = "c", .ndim = 2, .shape = {INT64_MAX, 4}, .initial = AXF_INIT_ONES}, "must be positive and fit"},
        {{.name = "d", .ndim = 1, .shape = {2}, .initial = 9}, "no such first values"},
        {{.name = "e", .ndim = 1, .shape = {2}, .initial = AXF_INIT_TRUNCATED, .a = 1, .b = 0.1}, "cut at 0.1"},
        {{.name = "f", .ndim = 1, .shape = {2}, .initial = AXF_INIT_ONES, .flags = AXF_PARAM_SPARSE}, "table [V, D]"},
    };
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    add_param(&r, "w", 0, 2, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_param *param;
        ck_assert_int_ne(axf_params_add(&r.params, NULL, &cases[i].spec, &param), AXF_OK);
        ck_assert_msg(strstr(axf_error_message(), cases[i].message) != NULL, "%s", axf_error_message());
    }
    ck_assert_int_eq(r.params.count, 1);
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tape");
    TCase *gradients = tcase_create("gradients");
    tcase_set_timeout(gradients, 60);
    tcase_add_test(gradients, gradients_dense_table);
    tcase_add_test(gradients, gradients_sparse_table);
    tcase_add_test(gradients, gradients_remote_memory);
    tcase_add_test(gradients, one_tensor_three_times);
    tcase_add_test(gradients, views_of_parameters);
    tcase_add_test(gradients, custom_op);
    tcase_add_test(gradients, accumulation);
    tcase_add_loop_test(gradients, leaves, 0, 4);
    tcase_add_test(gradients, leaves_of_one_tensor);
    tcase_add_test(gradients, frozen_parameter);
    tcase_add_test(gradients, pass_without_record);
    tcase_add_test(gradients, touched_rows);
    tcase_add_test(gradients, hook_order);
    tcase_add_test(gradients, replay);
    suite_add_tcase(suite, gradients);
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, scopes_free_memory);
    tcase_add_test(memory, planning);
    tcase_add_test(memory, planning_touched_rows);
    tcase_add_test(memory, backward_frees_memory);
    tcase_add_test(memory, view_outlives_scope);
    tcase_add_test(memory, second_step_allocates_nothing);
    suite_add_tcase(suite, memory);
    TCase *failures = tcase_create("failures");
    tcase_add_test(failures, sticky_errors);
    tcase_add_test(failures, misuse_is_named);
    tcase_add_test(failures, failing_backend);
    tcase_add_test(failures, first_values);
    tcase_add_test(failures, bad_parameters);
    suite_add_tcase(suite, failures);
    return run_suite(suite);
}
