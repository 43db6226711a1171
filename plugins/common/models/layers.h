/* Linear layers and layer norms of a component: declared by the name they have in the checkpoint, and applied. */
#ifndef AXF_COMMON_MODELS_LAYERS_H
#define AXF_COMMON_MODELS_LAYERS_H

#include "auxfuse/plugin.h"

/* How parameters are declared. The first refusal stays in `status`, so that layers can be declared one after the other
 * without a check. */
typedef struct axf_declare {
    const axf_host *host;
    int32_t initial; /* of weight matrices: AXF_INIT_NORMAL or TRUNCATED with a and b, their biases 0; or
                        AXF_INIT_UNIFORM: weight and bias in ±1/sqrt(inputs), as torch.nn.Linear */
    double a, b;
    uint32_t flags; /* of every parameter */
    axf_status status;
} axf_declare;

typedef struct axf_linear {
    axf_tensor *weight, *bias; /* [outputs, inputs], [outputs] or NULL */
} axf_linear;

typedef struct axf_norm {
    axf_tensor *gamma, *beta;
    double eps;
} axf_norm;

/* Declares one tensor; NULL when it is refused. `flags` of a bias, norm or scale must have AXF_PARAM_NO_DECAY. */
axf_tensor *axf_declare_tensor(axf_declare *declare, const axf_parameter *parameter);
/* Declares name.weight and, when `bias` is not 0, name.bias. */
axf_linear axf_declare_linear(axf_declare *declare, const char *name, int64_t inputs, int64_t outputs, int bias);
/* Declares name.weight, which starts as ones, and name.bias, which starts as zeros. */
axf_norm axf_declare_norm(axf_declare *declare, const char *name, int64_t width, double eps);
/* Declares a matrix [rows, width] that starts as weights do: a table of positions or tokens. */
axf_tensor *axf_declare_table(axf_declare *declare, const char *name, int64_t rows, int64_t width, uint32_t flags);

axf_tensor *axf_apply_linear(const axf_pass *pass, const axf_linear *layer, axf_tensor *x, int32_t activation);
axf_tensor *axf_apply_norm(const axf_pass *pass, const axf_norm *norm, axf_tensor *x);

/* Returns the tensor of that name, or NULL. */
axf_tensor *axf_state_get(const axf_state *state, const char *name);
/* Adds a tensor; a state has room for every output of an encoder. */
void axf_state_put(axf_state *state, const char *name, axf_tensor *tensor);
/* Adds "rows", which is x, and "first", the first row of each post, as far as pass->wanted asks for them. Returns the
 * first rows [posts, D] in any case. [step] */
axf_tensor *axf_state_put_rows(axf_state *state, const axf_pass *pass, axf_tensor *x);

#endif
