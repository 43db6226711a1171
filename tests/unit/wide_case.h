/* One component against tests/golden/wide: results, gradients, and the parameters after three steps of AdamW. */
#ifndef AXF_TESTS_WIDE_CASE_H
#define AXF_TESTS_WIDE_CASE_H

#include "model_case.h"

#include "tensor/backward.h"
#include "train/optimizer.h"

#define WIDE AXF_SOURCE_DIR "/tests/golden/wide/"

enum { WIDE_STEPS = 3 };

/* Σ of the component's results weighed by upstream gradients, or its loss; compares results when `check` is set. */
typedef axf_tensor *(*wide_forward)(rig *r, void *context, int check);

/* Values after the steps against after.NAME and after_input.NAME: how far each came, within 1e-4 of the longest way of
 * its tensor and the rounding of a float32 value in each step. What the reference leaves alone must not move. */
static inline void wide_check_after(rig *r, const axf_safetensors *file, float *const *start)
{
    for (int32_t i = 0; i < r->model.params.count; i++) {
        axf_param *param = r->model.params.items[i];
        const int input = strncmp(param->name, "input.", 6) == 0;
        const int64_t count = axf_param_elements(param);
        char name[256];
        snprintf(name, sizeof name, "%s.%s", input ? "after_input" : "after", param->spec.name + (input ? 6 : 0));
        const axf_stored *entry = axf_safetensors_find(file, name);
        float *now = malloc((size_t)count * sizeof *now), *want = entry != NULL ? golden_entry_real(entry) : start[i];
        double longest = 0;
        ck_ok(axf_param_get(param, now));
        for (int64_t k = 0; k < count; k++) {
            longest = fmax(longest, fabs((double)want[k] - (double)start[i][k])); /* fmax leaves NaN out */
        }
        for (int64_t k = 0; k < count; k++) {
            const double error = fabs((double)now[k] - (double)want[k]);
            const double rounding = WIDE_STEPS * 0x1p-24 * fabs((double)want[k]);
            ck_assert_msg(isnan(want[k]) || error <= (entry != NULL ? 1e-4 * longest + rounding : 0),
                          "%s[%lld] is %.9g after the steps, the reference has %.9g, from %.9g", name, (long long)k,
                          (double)now[k], (double)want[k], (double)start[i][k]);
        }
        if (entry != NULL) {
            free(want);
        }
        free(now);
    }
}

static inline void wide_run(rig *r, const axf_safetensors *file, wide_forward forward, void *context)
{
    static axf_experiment experiment; /* of nothing but the reference's optimiser settings */
    axf_optimizer optimizer;
    float **start = malloc((size_t)(r->model.params.count + 1) * sizeof *start);
    experiment = (axf_experiment){0};
    experiment.train.learning_rate = 1e-3;
    experiment.train.weight_decay = 2.5e-4;
    experiment.train.beta1 = 0.9;
    experiment.train.beta2 = 0.999;
    experiment.train.epsilon = 1e-8;
    for (int32_t i = 0; i < r->model.params.count; i++) {
        start[i] = malloc((size_t)axf_param_elements(r->model.params.items[i]) * sizeof **start);
        ck_ok(axf_param_get(r->model.params.items[i], start[i]));
    }
    ck_ok(axf_optimizer_init(&optimizer, &experiment, &r->model.params, WIDE_STEPS));
    for (int step = 0; step < WIDE_STEPS; step++) {
        axf_optimizer_begin_step(&optimizer);
        axf_tensor *loss = forward(r, context, step == 0);
        ck_ok(axf_tape_status(r->tape));
        ck_ok(axf_tape_backward(r->tape, loss, 1, axf_optimizer_update, &optimizer));
        if (step == 0) {
            rig_check_gradients(r, file);
        }
        axf_tape_end(r->tape);
        axf_optimizer_end_step(&optimizer);
    }
    wide_check_after(r, file, start);
    for (int32_t i = 0; i < r->model.params.count; i++) {
        free(start[i]);
    }
    free(start);
    axf_optimizer_free(&optimizer);
}

#endif
