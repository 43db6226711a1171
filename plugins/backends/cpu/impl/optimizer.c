/* The ops of the optimiser: AdamW, sums of gradients and of their squares. */
#include "backends/cpu/impl/optimizer.h"

#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"

#include <math.h>

static axf_cpu_adamw adamw_make(const double f[8])
{
    const double lr = f[0], decay = f[1], beta1 = f[2], beta2 = f[3], eps = f[4], correction1 = f[5],
                 correction2 = f[6];
    return (axf_cpu_adamw){(float)(1 - lr * decay),  (float)beta1,
                           (float)(1 - beta1),       (float)beta2,
                           (float)(1 - beta2),       (float)(lr / correction1),
                           (float)sqrt(correction2), (float)eps};
}

static axf_status adamw_rows(const axf_cpu *self, const axf_call *call, const axf_cpu_adamw *a)
{
    const axf_tensor *p = call->in[0], *ids = call->in[4], *rows = optional_input(call, 5);
    const int64_t width = row_width(p), count = element_count(ids);
    const int32_t *id = ids->data, *row = rows != NULL ? rows->data : NULL;
    AXF_TRY(check_indices(self->host, call, ids, p->shape[0]));
#pragma omp parallel for schedule(static) if (worth_threads(count * width))
    for (int64_t u = 0; u < count; u++) {
        const int64_t from = row != NULL ? row[u] : u;
        if (id[u] >= 0) {
            self->hot->adamw(a, real_data(p) + id[u] * width, real_data(call->in[1]) + u * width,
                             real_data(call->in[2]) + u * width,
                             from >= 0 ? real_data(call->in[3]) + from * width : NULL, width);
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_adamw_step(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *p = call->in[0];
    const axf_cpu_adamw a = adamw_make(call->f);
    const int64_t count = element_count(p);
    axf_cpu_copies_written(&self->copies, p->data, (size_t)count * sizeof(float), 0);
    if (optional_input(call, 4) != NULL) {
        return adamw_rows(self, call, &a);
    }
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->adamw(&a, real_data(p) + at, real_data(call->in[1]) + at, real_data(call->in[2]) + at,
                         real_data(call->in[3]) + at, piece_size(count, piece));
    }
    return AXF_OK;
}

axf_status axf_cpu_accumulate(axf_cpu *self, const axf_call *call)
{
    const float *x = call->in[1]->data;
    float *y = call->in[0]->data;
    const int64_t count = element_count(call->in[1]);
    axf_cpu_copies_written(&self->copies, y, (size_t)count * sizeof(float), 0);
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->scale(x + at, (float)call->f[0], 0, y + at, piece_size(count, piece), 1);
    }
    return AXF_OK;
}

axf_status axf_cpu_sum_of_squares(axf_cpu *self, const axf_call *call)
{
    double sum;
    AXF_TRY(axf_cpu_add_all(self, call->in[0]->data, element_count(call->in[0]), 1, &sum));
    *real_data(call->out) = (float)sum;
    return AXF_OK;
}
