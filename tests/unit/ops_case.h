/* One case of an op: shapes, kinds of values and parameters, and a run of it on any backend. */
#ifndef AXF_TESTS_OPS_CASE_H
#define AXF_TESTS_OPS_CASE_H

#include "ops_backend.h"

#include "auxfuse/ops.h"

#include "core/philox.h"

#include <check.h>

enum { /* operand::kind: what the values are; real values are exact in f32 */
       ABSENT = 0,
       SIGNED,      /* ± 0.05 … 1 */
       PADDED,      /* the same with zeros in rows of padding */
       POSITIVE,    /* 0.5 … 1.5 */
       DISTINCT,    /* no two within 1/64 */
       PROBABILITY, /* rows that add up to 1 */
       LABELS,      /* 0 or 1 */
       ONE_HOT,     /* row r has its 1 in columns r % 8, r % 8 + 8, … */
       INDEX,       /* i32, from operand::index */
       SAME,        /* the first input once more: its gradient gathers both */
};

typedef struct ragged {
    int32_t posts;
    int32_t offset[6];
} ragged;

typedef struct operand {
    int kind;
    int64_t shape[AXF_MAX_DIMS]; /* up to the first 0 */
    const ragged *rows;
    const int32_t *index;
} operand;

typedef struct op_case {
    const char *name;
    int32_t op;
    operand in[AXF_CALL_INPUTS];
    operand out, keep;
    int64_t i[8];
    double f[8];
    uint32_t gradients;     /* bit n: input n has a gradient */
    uint32_t changed;       /* bit n: the op changes input n in place */
    int same_zeros;         /* results are zero at the same places on every backend: dropout masks */
    int large;              /* too many elements for differences */
    const int32_t *touched; /* rows of input 0 that the rows of its gradient stand for, NULL: all in order */
    int64_t touched_count;
    const axf_images *images;
    const axf_op_custom *custom;
} op_case;

static const int32_t case_slots[] = {5, 0, 9, 2, 7, 1};
enum { SLOTS = sizeof case_slots / sizeof *case_slots };

static int operand_dims(const operand *o)
{
    int dims = 0;
    while (dims < AXF_MAX_DIMS && o->shape[dims] > 0) {
        dims++;
    }
    return dims;
}

static int64_t operand_elements(const operand *o)
{
    int64_t count = 1;
    for (int d = 0; d < operand_dims(o); d++) {
        count *= o->shape[d];
    }
    return count;
}

/* Elements before the rows of padding. */
static int64_t operand_used(const operand *o)
{
    const int64_t count = operand_elements(o);
    return o->rows != NULL ? count / o->shape[0] * o->rows->offset[o->rows->posts] : count;
}

static operand gradient_operand(const op_case *c, int n)
{
    operand o = c->in[n];
    if (n == 0 && c->touched != NULL) {
        o.shape[0] = c->touched_count;
    }
    return o;
}

/* Element e of operand number n: a function of the case's name, n and e alone. */
static double operand_value(const op_case *c, const operand *o, int n, int64_t e)
{
    uint32_t bits[4];
    axf_philox(bits, axf_random_key_make(1, "test_ops", c->name), (uint32_t)e, (uint32_t)n, 0, 0);
    const float unit = axf_random_unit(bits[0]);
    const int64_t columns = o->shape[operand_dims(o) - 1];
    switch (o->kind) {
    case PADDED:
        if (e >= operand_used(o)) {
            return 0;
        }
        break;
    case POSITIVE:
        return 0.5f + unit;
    case DISTINCT: {
        const int64_t count = operand_elements(o);
        return (double)(e * 37 % count - count / 2) / 16; /* 37 is prime to the sizes used */
    }
    case PROBABILITY:
        return (float)(e % columns == e / columns % columns ? 0.75 : 0.25 / (double)(columns - 1));
    case LABELS:
        return bits[1] & 1;
    case ONE_HOT:
        return e % columns % 8 == e / columns % 8;
    case INDEX:
        return o->index[e];
    default:
        break;
    }
    return (0.05f + 0.95f * unit) * (bits[1] & 1 ? 1.0f : -1.0f);
}

/* A case on a backend: tensors in its memory, ready to be called. */
typedef struct case_run {
    const op_case *c;
    device *d;
    axf_call call;
    axf_tensor in[AXF_CALL_INPUTS], grad[AXF_CALL_INPUTS], out, keep, grad_out;
    axf_rows rows[2 * AXF_CALL_INPUTS + 3];
    int row_sets;
    axf_images images;
    struct {
        void *memory;
        size_t size;
    } owned[64];
    int owned_count;
} case_run;

static void must(axf_status status, const case_run *run, const char *what)
{
    ck_assert_msg(status == AXF_OK, "%s on %s: %s: %s", run->c->name, run->d->name, what, last_message);
}

static void *run_memory(case_run *run, size_t size, const void *content)
{
    void *memory = NULL;
    must(run->d->backend.allocate(run->d->self, size, &memory), run, "allocate");
    ck_assert_int_lt(run->owned_count, 64);
    run->owned[run->owned_count].memory = memory;
    run->owned[run->owned_count++].size = size;
    must(run->d->backend.upload(run->d->self, memory, content, size), run, "upload");
    return memory;
}

static int real_dtype(const device *d)
{
    return d->precision == AXF_PRECISION_F64 ? AXF_F64 : AXF_F32;
}

static size_t dtype_size(int dtype)
{
    return dtype == AXF_F64 ? sizeof(double) : sizeof(float);
}

/* Bytes of `values` as the tensor's dtype; all bits set (NaN, -1) where values is NULL. The caller frees them. */
static void *encode(const axf_tensor *t, const double *values, int64_t count)
{
    const size_t size = dtype_size(t->dtype);
    unsigned char *bytes = malloc((size_t)count * size + 1);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 0xff, (size_t)count * size);
    for (int64_t e = 0; values != NULL && e < count; e++) {
        const float single = (float)values[e];
        const int32_t integer = t->dtype == AXF_I32 ? (int32_t)values[e] : 0;
        memcpy(bytes + (size_t)e * size,
               t->dtype == AXF_F64   ? (const void *)&values[e]
               : t->dtype == AXF_I32 ? (const void *)&integer
                                     : (const void *)&single,
               size);
    }
    return bytes;
}

static int64_t tensor_elements(const axf_tensor *t)
{
    return t->shape[0] * t->shape[1] * t->shape[2] * t->shape[3];
}

static void run_write(case_run *run, const axf_tensor *t, const double *values)
{
    void *bytes = encode(t, values, tensor_elements(t));
    must(run->d->backend.upload(run->d->self, t->data, bytes, (size_t)tensor_elements(t) * dtype_size(t->dtype)), run,
         "upload");
    free(bytes);
}

/* The tensor's elements; the caller frees them. */
static double *run_read(case_run *run, const axf_tensor *t)
{
    const int64_t count = tensor_elements(t);
    const size_t size = dtype_size(t->dtype);
    unsigned char *bytes = malloc((size_t)count * size + 1);
    double *values = malloc((size_t)count * sizeof *values + 1);
    ck_assert(bytes != NULL && values != NULL);
    must(run->d->backend.download(run->d->self, bytes, t->data, (size_t)count * size), run, "download");
    for (int64_t e = 0; e < count; e++) {
        if (t->dtype == AXF_F64) {
            memcpy(&values[e], bytes + (size_t)e * size, size);
        } else if (t->dtype == AXF_I32) {
            values[e] = ((const int32_t *)(const void *)bytes)[e];
        } else {
            values[e] = (double)((const float *)(const void *)bytes)[e];
        }
    }
    free(bytes);
    return values;
}

static double *operand_values(const op_case *c, const operand *o, int n)
{
    const int64_t count = operand_elements(o);
    double *values = malloc((size_t)count * sizeof *values + 1);
    ck_assert_ptr_nonnull(values);
    for (int64_t e = 0; e < count; e++) {
        values[e] = operand_value(c, o, n, e);
    }
    return values;
}

static void run_tensor(case_run *run, axf_tensor *t, const operand *o, const double *values)
{
    *t = (axf_tensor){.struct_size = sizeof *t, .ndim = operand_dims(o), .wants_gradient = 1};
    t->dtype = o->kind == INDEX ? AXF_I32 : real_dtype(run->d);
    for (int d = 0; d < AXF_MAX_DIMS; d++) {
        t->shape[d] = o->shape[d] > 0 ? o->shape[d] : 1;
    }
    if (o->rows != NULL) {
        axf_rows *rows = &run->rows[run->row_sets++];
        *rows = (axf_rows){.struct_size = sizeof *rows, .posts = o->rows->posts, .offset = o->rows->offset};
        rows->total = o->rows->offset[o->rows->posts];
        for (int32_t b = 0; b < rows->posts; b++) {
            const int64_t length = rows->offset[b + 1] - rows->offset[b];
            rows->longest = length > rows->longest ? length : rows->longest;
        }
        rows->location = run_memory(run, ((size_t)rows->posts + 1) * sizeof(int32_t), rows->offset);
        t->rows = rows;
    }
    void *bytes = encode(t, values, tensor_elements(t));
    t->data = run_memory(run, (size_t)tensor_elements(t) * dtype_size(t->dtype), bytes);
    free(bytes);
}

static void run_inputs(case_run *run)
{
    const op_case *c = run->c;
    axf_call *call = &run->call;
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        const operand *o = &c->in[n];
        if (o->kind == ABSENT) {
            continue;
        }
        call->inputs = n + 1;
        if (o->kind == SAME) {
            call->in[n] = &run->in[0];
            continue;
        }
        double *values = operand_values(c, o, n);
        run_tensor(run, &run->in[n], o, values);
        free(values);
        call->in[n] = &run->in[n];
    }
    if (c->images != NULL) {
        run->images = *c->images;
        run->images.pixels = &run->in[0];
        call->images = &run->images;
    }
}

/* Gradient of the result: random, zero in rows of padding. */
static void run_result_gradient(case_run *run)
{
    const operand *o = &run->c->out;
    double *values = operand_values(run->c, &(operand){.kind = SIGNED, .shape = {operand_elements(o)}}, 20);
    for (int64_t e = operand_used(o); e < operand_elements(o); e++) {
        values[e] = 0;
    }
    run_tensor(run, &run->grad_out, o, values);
    free(values);
}

static void run_begin(case_run *run, device *d, const op_case *c)
{
    memset(run, 0, sizeof *run);
    run->c = c;
    run->d = d;
    axf_call *call = &run->call;
    *call = (axf_call){.struct_size = sizeof *call, .op = c->op, .recording = 1, .custom = c->custom};
    memcpy(call->i, c->i, sizeof c->i);
    memcpy(call->f, c->f, sizeof c->f);
    call->random = (axf_random){.key = {0x01234567, 0x89abcdef}, .step = 3, .slots = case_slots};
    call->random.location = run_memory(run, sizeof case_slots, case_slots);
    run_inputs(run);
    if (c->out.kind != ABSENT) {
        run_tensor(run, &run->out, &c->out, NULL);
        call->out = &run->out;
        run_result_gradient(run);
    }
    if (c->keep.kind != ABSENT) {
        run_tensor(run, &run->keep, &c->keep, NULL);
        call->keep = &run->keep;
    }
}

static void run_forward(case_run *run)
{
    must(run->d->backend.forward(run->d->self, &run->call), run, "forward");
    must(run->d->backend.synchronize(run->d->self), run, "synchronize");
}

/* Gradients lie in run->grad afterwards; where `adding`, on top of operand_values(…, 30 + n). */
static void run_backward(case_run *run, int adding)
{
    const op_case *c = run->c;
    axf_call *call = &run->call;
    call->grad_out = &run->grad_out;
    call->add = adding ? c->gradients : 0;
    for (int n = 0; n < call->inputs; n++) {
        if (!(c->gradients >> n & 1)) {
            continue;
        }
        if (c->in[n].kind == SAME) {
            call->grad_in[n] = &run->grad[0];
            call->add |= 1u << n;
            continue;
        }
        const operand o = gradient_operand(c, n);
        double *base = adding ? operand_values(c, &o, 30 + n) : NULL;
        if (run->grad[n].data == NULL) {
            run_tensor(run, &run->grad[n], &o, base);
        } else {
            run_write(run, &run->grad[n], base);
        }
        free(base);
        call->grad_in[n] = &run->grad[n];
    }
    must(run->d->backend.backward(run->d->self, call), run, "backward");
    must(run->d->backend.synchronize(run->d->self), run, "synchronize");
}

static void run_end(case_run *run)
{
    for (int n = 0; n < run->owned_count; n++) {
        run->d->backend.release(run->d->self, run->owned[n].memory, run->owned[n].size);
    }
}

#endif
