/* The cpu backend's own exp, tanh, sigmoid and GELU against libm in double, over the whole range of f32 results. */
#include "ops_backend.h"

#include "temp_folder.h"

#include "auxfuse/ops.h"

#include <check.h>
#include <math.h>

enum { POINTS = 200000 };

static device found[MOST_BACKENDS];
static device *cpu;

static double exact(int64_t kind, double x)
{
    switch (kind) {
    case AXF_EXP:
        return exp(x);
    case AXF_TANH:
        return tanh(x);
    case AXF_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x * erfc(-x / sqrt(2)) / 2;
    }
}

static double exact_slope(double x)
{
    return erfc(-x / sqrt(2)) / 2 + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
}

static axf_tensor tensor_of(float *values)
{
    return (axf_tensor){
        .struct_size = sizeof(axf_tensor), .dtype = AXF_F32, .ndim = 1, .shape = {POINTS, 1, 1, 1}, .data = values};
}

/* Points spread evenly over [from, to], and close to zero. */
static void set_points(float *x, double from, double to)
{
    for (int i = 0; i < POINTS; i++) {
        const double share = (double)i / (POINTS - 1), at = from + (to - from) * share;
        x[i] = (float)(i % 4 == 0 ? at * 1e-3 : at);
    }
}

/* |got - truth| / max(|truth|, floor). */
static double error_of(double got, double truth, double floor)
{
    return fabs(got - truth) / fmax(fabs(truth), floor);
}

static const struct {
    int64_t kind;
    double from, to, floor, tolerance;
} functions[] = {
    {AXF_EXP, -87, 88.7, 0, 2e-7}, {AXF_TANH, -12, 12, 0, 2e-7}, {AXF_SIGMOID, -80, 80, 0, 3e-7},
    {AXF_GELU, -3, 12, 0, 6e-7},   {AXF_GELU, -12, 12, 1, 2e-7},
};

START_TEST(functions_match_libm)
{
    static float x[POINTS], y[POINTS];
    ck_assert_msg(device_open(cpu, AXF_PRECISION_F32), "%s", last_message);
    set_points(x, functions[_i].from, functions[_i].to);
    axf_tensor from = tensor_of(x), to = tensor_of(y);
    const axf_call call = {.struct_size = sizeof call,
                           .op = AXF_OP_UNARY,
                           .inputs = 1,
                           .in = {&from},
                           .out = &to,
                           .i = {functions[_i].kind}};
    ck_assert_int_eq(cpu->backend.forward(cpu->self, &call), AXF_OK);
    for (int i = 0; i < POINTS; i++) {
        const double truth = exact(functions[_i].kind, (double)x[i]);
        const double error = error_of((double)y[i], truth, functions[_i].floor);
        ck_assert_msg(error <= functions[_i].tolerance, "function %d of %.9g is %.9g, not %.9g: off by %.3g",
                      (int)functions[_i].kind, (double)x[i], (double)y[i], truth, error);
    }
    device_close(cpu);
    host_release();
}
END_TEST

START_TEST(gelu_slope_matches_libm)
{
    static float x[POINTS], g[POINTS], dx[POINTS];
    ck_assert_msg(device_open(cpu, AXF_PRECISION_F32), "%s", last_message);
    set_points(x, -10, 10);
    for (int i = 0; i < POINTS; i++) {
        g[i] = 1;
    }
    axf_tensor from = tensor_of(x), grad_out = tensor_of(g), grad = tensor_of(dx);
    const axf_call call = {.struct_size = sizeof call,
                           .op = AXF_OP_UNARY,
                           .inputs = 1,
                           .in = {&from},
                           .grad_out = &grad_out,
                           .grad_in = {&grad},
                           .i = {AXF_GELU}};
    ck_assert_int_eq(cpu->backend.backward(cpu->self, &call), AXF_OK);
    for (int i = 0; i < POINTS; i++) {
        const double truth = exact_slope((double)x[i]), error = error_of((double)dx[i], truth, 1);
        ck_assert_msg(error <= 2e-7, "the slope at %.9g is %.9g, not %.9g", (double)x[i], (double)dx[i], truth);
    }
    device_close(cpu);
    host_release();
}
END_TEST

/* Beyond the range: overflow, underflow, and values that are not numbers. */
START_TEST(extremes_are_kept)
{
    static float x[POINTS], y[POINTS];
    static const double at[] = {89, 200, INFINITY, -104, -200, -INFINITY, NAN};
    ck_assert_msg(device_open(cpu, AXF_PRECISION_F32), "%s", last_message);
    for (int kind = AXF_GELU; kind <= AXF_EXP; kind++) {
        for (int i = 0; i < POINTS; i++) {
            x[i] = (float)at[i % 7];
        }
        axf_tensor from = tensor_of(x), to = tensor_of(y);
        const axf_call call = {
            .struct_size = sizeof call, .op = AXF_OP_UNARY, .inputs = 1, .in = {&from}, .out = &to, .i = {kind}};
        ck_assert_int_eq(cpu->backend.forward(cpu->self, &call), AXF_OK);
        for (int i = 0; i < 14; i++) {
            const float truth = (float)exact(kind, (double)x[i]);
            const int both_nan = isnan(truth) && isnan(y[i]), far = kind == AXF_GELU && isinf(x[i]);
            ck_assert_msg(far || both_nan || y[i] == truth || fabsf(y[i] - truth) < 1e-37f,
                          "function %d of %g is %g, not %g", kind, (double)x[i], (double)y[i], (double)truth);
        }
    }
    device_close(cpu);
    host_release();
}
END_TEST

int main(void)
{
    const int count = find_backends(found);
    for (int b = 0; b < count; b++) {
        cpu = strcmp(found[b].name, "cpu") == 0 ? &found[b] : cpu;
    }
    if (cpu == NULL) {
        fprintf(stderr, "no cpu backend in %s\n", plugin_path(""));
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("cpu math");
    TCase *tests = tcase_create("cpu math");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, functions_match_libm, 0, (int)(sizeof functions / sizeof *functions));
    tcase_add_test(tests, gelu_slope_matches_libm);
    tcase_add_test(tests, extremes_are_kept);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
