/* Matrix products: linear layers and batched products. oneDNN computes them, except those with fewer than 64 rows and
 * columns. For those it would split the inner sum by the number of threads, so a kernel of this backend computes them
 * in a fixed order. */
#include "backends/cpu/impl/matrix.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"

enum { SMALL = 64, SMALL_ROWS = 12 };

static int is_small(const axf_dnnl_matmul *what)
{
    return what->m < SMALL && what->n < SMALL;
}

static void round_in_place(const axf_cpu *self, float *values, int64_t count)
{
    uint16_t rounded[256];
    for (int64_t at = 0; at < count; at += 256) {
        const int64_t here = least(256, count - at);
        self->hot->round_bf16(values + at, rounded, here);
        for (int64_t e = 0; e < here; e++) {
            const uint32_t bits = (uint32_t)rounded[e] << 16;
            memcpy(&values[at + e], &bits, sizeof bits);
        }
    }
}

/* op(b) [k, n] with its rows padded for the panel kernel. */
static void pack_right(const axf_dnnl_matmul *what, const float *b, float *to, int64_t step)
{
    for (int64_t k = 0; k < what->k; k++) {
        float *row = to + k * step;
        for (int64_t n = 0; n < what->n; n++) {
            row[n] = what->transpose_b ? b[n * what->k + k] : b[k * what->n + n];
        }
        memset(row + what->n, 0, (size_t)(step - what->n) * sizeof *row);
    }
}

static void add_bias(const float *bias, int relu, float *c, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t n = 0; n < columns; n++) {
            const float sum = c[r * columns + n] + bias[n];
            c[r * columns + n] = relu && !(sum > 0) ? 0 : sum;
        }
    }
}

/* Computes one product of a batch. `packed` has room for k · step elements, and `left` for m · k where inputs are
 * rounded.
 */
static void small_product(const axf_cpu *self, const axf_dnnl_matmul *what, const float *a, const float *b,
                          float *packed, float *left, float *c)
{
    const int64_t step = axf_cpu_padded(what->n);
    pack_right(what, b, packed, step);
    if (what->bf16) {
        memcpy(left, a, (size_t)(what->m * what->k) * sizeof *left);
        round_in_place(self, left, what->m * what->k);
        round_in_place(self, packed, what->k * step);
        a = left;
    }
    self->hot->product(&(axf_cpu_panel){.rows = what->m,
                                        .inner = what->k,
                                        .columns = what->n,
                                        .a = a,
                                        .a_row = what->transpose_a ? 1 : what->k,
                                        .a_column = what->transpose_a ? what->m : 1,
                                        .b = packed,
                                        .b_step = step,
                                        .c = c,
                                        .c_step = what->n,
                                        .factor = (float)what->scale,
                                        .add = what->add});
}

static axf_status small_products(axf_cpu *self, const axf_dnnl_matmul *what, const float *a, const float *b,
                                 const float *bias, float *c)
{
    const int64_t m = what->m, n = what->n, k = what->k, padded = k * axf_cpu_padded(n);
    const int64_t space = padded + m * k;
    float *memory = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], space * self->threads, sizeof *memory);
    if (memory == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (what->batch > 1 && worth_threads(what->batch * m * n * k / 16))
    for (int64_t i = 0; i < what->batch; i++) {
        float *own = memory + axf_cpu_thread() * space;
        small_product(self, what, a + i * m * k, b + i * k * n, own, own + padded, c + i * m * n);
    }
    if (bias != NULL) {
        add_bias(bias, what->relu, c, m, n);
    }
    return AXF_OK;
}

/* The operands are in f32; those of a bf16 product are rounded here. Where b is a parameter, `weight` is its copy in
 * bf16.
 */
static axf_status multiply(axf_cpu *self, const axf_dnnl_matmul *what, const float *a, const float *b,
                           const float *bias, float *c)
{
    if (is_small(what)) {
        return small_products(self, what, a, b, bias, c);
    }
    if (!what->bf16) {
        return axf_dnnl_run_matmul(self->dnnl, what, a, b, bias, c);
    }
    const uint16_t *left =
        axf_cpu_copies_round(&self->copies, a, what->batch * what->m * what->k, &self->scratch[AXF_CPU_SCRATCH_LEFT]);
    const uint16_t *right =
        axf_cpu_copies_weight(&self->copies, b, what->batch * what->k * what->n, &self->scratch[AXF_CPU_SCRATCH_RIGHT]);
    return left != NULL && right != NULL ? axf_dnnl_run_matmul(self->dnnl, what, left, right, bias, c) : AXF_ERR_MEMORY;
}

typedef struct layer {
    int64_t rows, inner, columns;
    const float *x, *w, *b;
    int bf16;
} layer;

static layer layer_make(const axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0], *w = call->in[1], *b = optional_input(call, 2);
    return (layer){row_count(x),
                   w->shape[1],
                   w->shape[0],
                   x->data,
                   w->data,
                   b != NULL ? b->data : NULL,
                   self->precision == AXF_PRECISION_BF16};
}

/* GELU and tanh are loops of this backend both in training and in evaluation, so that both give the same bits. */
static void activate_layer(const axf_cpu *self, int64_t kind, const float *z, float *y, int64_t count)
{
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        self->hot->activate(kind, z + piece * PIECE, y + piece * PIECE, piece_size(count, piece));
    }
}

axf_status axf_cpu_linear(axf_cpu *self, const axf_call *call)
{
    const layer l = layer_make(self, call);
    const int relu = call->i[0] == AXF_RELU, own = call->i[0] == AXF_GELU || call->i[0] == AXF_TANH;
    float *y = call->out->data, *z = call->keep != NULL && call->keep->data != NULL ? call->keep->data : y;
    const axf_dnnl_matmul what = {.batch = 1,
                                  .m = l.rows,
                                  .n = l.columns,
                                  .k = l.inner,
                                  .transpose_b = 1,
                                  .bf16 = l.bf16,
                                  .bias = l.b != NULL,
                                  .relu = relu && z == y,
                                  .scale = 1};
    axf_status status;
    if (l.bf16 && !is_small(&what)) {
        const uint16_t *x = axf_cpu_copies_input(&self->copies, l.x, l.rows * l.inner);
        const uint16_t *w =
            axf_cpu_copies_weight(&self->copies, l.w, l.inner * l.columns, &self->scratch[AXF_CPU_SCRATCH_RIGHT]);
        status = x != NULL && w != NULL ? axf_dnnl_run_matmul(self->dnnl, &what, x, w, l.b, z) : AXF_ERR_MEMORY;
    } else {
        status = multiply(self, &what, l.x, l.w, l.b, z);
    }
    AXF_TRY(status);
    if (own || z != y || (relu && l.b == NULL)) {
        activate_layer(self, call->i[0], z, y, l.rows * l.columns);
    }
    axf_cpu_copies_written(&self->copies, y, (size_t)(l.rows * l.columns) * sizeof *y, 0);
    axf_cpu_copies_written(&self->copies, z, (size_t)(l.rows * l.columns) * sizeof *z, 0);
    return AXF_OK;
}

/* The gradient before the activation. Without activation it is the gradient of the result, else it is in scratch
 * memory.
 */
static const float *inner_gradient(axf_cpu *self, const axf_call *call)
{
    const float *g = call->grad_out->data;
    if (call->i[0] == AXF_NONE) {
        return g;
    }
    const int64_t count = element_count(call->grad_out);
    const float *source = call->i[0] == AXF_GELU ? call->keep->data : call->out->data;
    float *dz = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_GRADIENT], count, sizeof *dz);
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < (dz != NULL ? pieces_of(count) : 0); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->derive(call->i[0], source + at, g + at, dz + at, piece_size(count, piece), 0);
    }
    return dz;
}

/* Computes dx = dz w. dz16 is dz in bf16, or NULL. */
static axf_status input_gradient(axf_cpu *self, const axf_call *call, const layer *l, const float *dz,
                                 const uint16_t *dz16)
{
    const axf_dnnl_matmul what = {
        .batch = 1, .m = l->rows, .n = l->inner, .k = l->columns, .bf16 = l->bf16, .add = adds(call, 0), .scale = 1};
    if (dz16 == NULL || is_small(&what)) {
        return multiply(self, &what, dz, l->w, NULL, call->grad_in[0]->data);
    }
    const uint16_t *w =
        axf_cpu_copies_weight(&self->copies, l->w, l->inner * l->columns, &self->scratch[AXF_CPU_SCRATCH_RIGHT]);
    return w != NULL ? axf_dnnl_run_matmul(self->dnnl, &what, dz16, w, NULL, call->grad_in[0]->data) : AXF_ERR_MEMORY;
}

/* dw = dzᵀ x. */
static axf_status weight_gradient(axf_cpu *self, const axf_call *call, const layer *l, const float *dz,
                                  const uint16_t *dz16)
{
    const axf_dnnl_matmul what = {.batch = 1,
                                  .m = l->columns,
                                  .n = l->inner,
                                  .k = l->rows,
                                  .transpose_a = 1,
                                  .bf16 = l->bf16,
                                  .add = adds(call, 1),
                                  .scale = 1};
    if (dz16 == NULL || is_small(&what)) {
        return multiply(self, &what, dz, l->x, NULL, call->grad_in[1]->data);
    }
    const uint16_t *x = axf_cpu_copies_input(&self->copies, l->x, l->rows * l->inner);
    return x != NULL ? axf_dnnl_run_matmul(self->dnnl, &what, dz16, x, NULL, call->grad_in[1]->data) : AXF_ERR_MEMORY;
}

axf_status axf_cpu_linear_backward(axf_cpu *self, const axf_call *call)
{
    const layer l = layer_make(self, call);
    const float *dz = inner_gradient(self, call);
    const int big = l.columns >= SMALL || l.inner >= SMALL || l.rows >= SMALL;
    const uint16_t *dz16 = NULL;
    if (dz == NULL) {
        return AXF_ERR_MEMORY;
    }
    if (l.bf16 && big && (call->grad_in[0] != NULL || call->grad_in[1] != NULL)) {
        dz16 = axf_cpu_copies_round(&self->copies, dz, l.rows * l.columns, &self->scratch[AXF_CPU_SCRATCH_LEFT]);
        if (dz16 == NULL) {
            return AXF_ERR_MEMORY;
        }
    }
    if (call->grad_in[1] != NULL) {
        AXF_TRY(weight_gradient(self, call, &l, dz, dz16));
    }
    if (call->grad_in[0] != NULL) {
        AXF_TRY(input_gradient(self, call, &l, dz, dz16));
    }
    if (call->grad_in[2] != NULL) {
        AXF_TRY(axf_cpu_add_columns(self, dz, NULL, l.rows, l.columns, call->grad_in[2]->data, adds(call, 2)));
    }
    for (int input = 0; input < 3; input++) {
        if (call->grad_in[input] != NULL) {
            axf_cpu_copies_written(&self->copies, call->grad_in[input]->data,
                                   (size_t)element_count(call->grad_in[input]) * sizeof(float), 0);
        }
    }
    return AXF_OK;
}

/* The sizes of one product of a batch: y = scale op(a) op(b). */
static axf_dnnl_matmul product_make(const axf_cpu *self, const axf_call *call)
{
    const axf_tensor *a = call->in[0], *b = call->in[1];
    const int d = a->ndim - 2, ta = call->i[0] != 0, tb = call->i[1] != 0;
    return (axf_dnnl_matmul){.batch = d == 1 ? a->shape[0] : 1,
                             .m = a->shape[d + ta],
                             .k = a->shape[d + 1 - ta],
                             .n = b->shape[d + 1 - tb],
                             .transpose_a = ta,
                             .transpose_b = tb,
                             .bf16 = self->precision == AXF_PRECISION_BF16,
                             .scale = call->f[0]};
}

axf_status axf_cpu_matmul(axf_cpu *self, const axf_call *call)
{
    const axf_dnnl_matmul what = product_make(self, call);
    return multiply(self, &what, call->in[0]->data, call->in[1]->data, NULL, call->out->data);
}

/* With A = op(a) and B = op(b): dA = scale G Bᵀ and dB = scale Aᵀ G. An operand that was transposed gets the transpose
 * of that. */
axf_status axf_cpu_matmul_backward(axf_cpu *self, const axf_call *call)
{
    const axf_dnnl_matmul s = product_make(self, call);
    const float *g = call->grad_out->data;
    if (call->grad_in[0] != NULL) {
        axf_dnnl_matmul what = s;
        what.add = adds(call, 0);
        float *da = call->grad_in[0]->data;
        if (s.transpose_a) { /* da [k, m] = B Gᵀ */
            what = (axf_dnnl_matmul){s.batch, s.k, s.m, s.n, s.transpose_b, 1, s.bf16, 0, 0, what.add, s.scale};
            AXF_TRY(multiply(self, &what, call->in[1]->data, g, NULL, da));
        } else { /* da [m, k] = G Bᵀ */
            what = (axf_dnnl_matmul){s.batch, s.m, s.k, s.n, 0, !s.transpose_b, s.bf16, 0, 0, what.add, s.scale};
            AXF_TRY(multiply(self, &what, g, call->in[1]->data, NULL, da));
        }
    }
    if (call->grad_in[1] != NULL) {
        const int add = adds(call, 1);
        float *db = call->grad_in[1]->data;
        if (s.transpose_b) { /* db [n, k] = Gᵀ A */
            const axf_dnnl_matmul what = {s.batch, s.n, s.k, s.m, 1, s.transpose_a, s.bf16, 0, 0, add, s.scale};
            AXF_TRY(multiply(self, &what, g, call->in[0]->data, NULL, db));
        } else { /* db [k, n] = Aᵀ G */
            const axf_dnnl_matmul what = {s.batch, s.k, s.n, s.m, !s.transpose_a, 0, s.bf16, 0, 0, add, s.scale};
            AXF_TRY(multiply(self, &what, call->in[0]->data, g, NULL, db));
        }
    }
    return AXF_OK;
}
