/* Losses of each row, and the sum. They have few elements, so they are plain loops in double, as in the backend
 * `reference`. */
#include "backends/cpu/impl/loss.h"

#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"

#include <math.h>

static const float *class_weights(const axf_call *call)
{
    const axf_tensor *weights = optional_input(call, 2);
    return weights != NULL ? weights->data : NULL;
}

/* w[k] p[k], the factor of -log softmax(logits)[k] in row r. A target that is an index means a row with a single 1. */
static double target_mass(const axf_call *call, int64_t r, int64_t k)
{
    const axf_tensor *targets = call->in[1];
    const float *weights = class_weights(call);
    const double p = targets->dtype == AXF_I32 ? (double)(((const int32_t *)targets->data)[r] == k)
                                               : (double)real_data(targets)[r * column_count(call->in[0]) + k];
    return weights != NULL ? p * weights[k] : p;
}

static axf_status check_targets(const axf_cpu *self, const axf_call *call)
{
    const axf_tensor *targets = call->in[1];
    for (int64_t r = 0; targets->dtype == AXF_I32 && r < row_count(call->in[0]); r++) {
        const int32_t target = ((const int32_t *)targets->data)[r];
        AXF_TRY(axf_index_check(self->host, call, target < 0 ? INT32_MIN : target, column_count(call->in[0]), r));
    }
    return AXF_OK;
}

static double log_sum_exp(const float *x, int64_t count)
{
    double greatest = x[0], sum = 0;
    for (int64_t k = 1; k < count; k++) {
        greatest = x[k] > greatest ? x[k] : greatest;
    }
    for (int64_t k = 0; k < count; k++) {
        sum += exp(x[k] - greatest);
    }
    return greatest + log(sum);
}

axf_status axf_cpu_cross_entropy(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(check_targets(self, call));
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    for (int64_t r = 0; r < rows; r++) {
        const float *x = real_data(call->in[0]) + r * columns;
        const double log_sum = log_sum_exp(x, columns);
        double loss = 0;
        for (int64_t k = 0; k < columns; k++) {
            const double mass = target_mass(call, r, k);
            loss += mass != 0 ? mass * (log_sum - x[k]) : 0; /* not 0 · inf */
        }
        real_data(call->out)[r] = (float)loss;
    }
    return AXF_OK;
}

axf_status axf_cpu_cross_entropy_backward(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(axf_targets_check(self->host, call));
    AXF_TRY(check_targets(self, call));
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    for (int64_t r = 0; r < rows; r++) {
        const float *x = real_data(call->in[0]) + r * columns;
        const double log_sum = log_sum_exp(x, columns), g = real_data(call->grad_out)[r];
        double mass = 0;
        for (int64_t k = 0; k < columns; k++) {
            mass += target_mass(call, r, k);
        }
        for (int64_t k = 0; k < columns; k++) {
            const double slope = g * (mass * exp(x[k] - log_sum) - target_mass(call, r, k));
            put(real_data(call->grad_in[0]) + r * columns + k, (float)slope, adds(call, 0));
        }
    }
    return AXF_OK;
}

/* log(1 + e^x) without overflow. */
static double soft_plus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

axf_status axf_cpu_binary_cross_entropy(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    const float *logits = call->in[0]->data, *targets = call->in[1]->data, *weights = class_weights(call);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t k = 0; k < columns; k++) {
            const double x = logits[r * columns + k], y = targets[r * columns + k];
            sum += (weights != NULL ? (double)weights[k] : 1.0) * y * soft_plus(-x) + (1 - y) * soft_plus(x);
        }
        real_data(call->out)[r] = (float)(sum / (double)columns);
    }
    return AXF_OK;
}

axf_status axf_cpu_binary_cross_entropy_backward(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(axf_targets_check(self->host, call));
    const int64_t columns = column_count(call->in[0]);
    const float *logits = call->in[0]->data, *targets = call->in[1]->data, *weights = class_weights(call);
    for (int64_t e = 0; e < element_count(call->in[0]); e++) {
        const double y = targets[e], weight = weights != NULL ? (double)weights[e % columns] : 1;
        const double p = 1 / (1 + exp(-(double)logits[e]));
        const double g = real_data(call->grad_out)[e / columns] / (double)columns;
        put(real_data(call->grad_in[0]) + e, (float)(g * ((1 - y) * p - weight * y * (1 - p))), adds(call, 0));
    }
    return AXF_OK;
}

axf_status axf_cpu_sum_elements(axf_cpu *self, const axf_call *call)
{
    double sum;
    AXF_TRY(axf_cpu_add_all(self, call->in[0]->data, used_rows(call->in[0]) * row_width(call->in[0]), 0, &sum));
    *real_data(call->out) = (float)(call->f[0] * sum);
    return AXF_OK;
}

axf_status axf_cpu_sum_elements_backward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t count = used_rows(call->in[0]) * row_width(call->in[0]);
    const float g = (float)(call->f[0] * *real_data(call->grad_out));
    for (int64_t e = 0; e < count; e++) {
        put(real_data(call->grad_in[0]) + e, g, adds(call, 0));
    }
    finish_padding(call, 0);
    return AXF_OK;
}
