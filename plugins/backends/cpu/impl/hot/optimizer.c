/* AdamW with the roundings of the backend `reference`. It is compiled without contraction, so that the bits are the
 * same.
 */
#include "backends/cpu/impl/hot/optimizer.h"

#include <math.h>

/* Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. g NULL: the gradient is zero. */
void AXF_HOT(axf_cpu_adamw_update)(const axf_cpu_adamw *a, float *restrict p, float *restrict m, float *restrict v,
                                   const float *restrict g, int64_t count)
{
    const axf_cpu_adamw k = *a;
    for (int64_t e = 0; e < count; e++) {
        const float gradient = g != NULL ? g[e] : 0;
        const float kept = p[e] * k.keep;
        m[e] = k.beta1 * m[e] + k.rest1 * gradient;
        v[e] = k.beta2 * v[e] + k.rest2 * gradient * gradient;
        const float denominator = sqrtf(v[e]) / k.root2 + k.eps;
        p[e] = kept - k.step * m[e] / denominator;
    }
}
