/* Every op on every backend of the build (ops_table.h): results of the reference in f64 against PyTorch, its gradients
 * against central differences, the reference in f32 against itself in f64, every other backend against the reference.
 *
 *   test_ops --list        names the cases
 *   test_ops --inputs      prints them as JSON, for tools/golden/ops.py
 *   AXF_OP=LINEAR test_ops runs the cases of one op */
#include "ops_golden.h"

#include "temp_folder.h"

#include "common/backend/philox.h"

#include <math.h>

static const double golden_tolerance = 1e-8; /* the golden values have ten digits */
static const double difference_tolerance = 1e-6;
static const double single_tolerance = 1e-5;
static const double backend_tolerance = 1e-4;
/* One unit in the last place of bf16: a sum that rounds the other way before the next product. */
static const double bf16_tolerance = 4e-3;

static int chosen[CASES], chosen_count;
static device found[MOST_BACKENDS];
static int found_count;

/* What a case gives on one backend: results, gradients (twice: written, and added to a base) and changed inputs. */
typedef struct outcome {
    double *out, *grad[AXF_CALL_INPUTS], *added[AXF_CALL_INPUTS], *changed[AXF_CALL_INPUTS];
} outcome;

static int has_gradient(const op_case *c, int n)
{
    return (c->gradients >> n & 1) && c->in[n].kind != SAME;
}

static outcome outcome_of(device *d, const op_case *c)
{
    outcome result = {0};
    case_run run;
    run_begin(&run, d, c);
    run_forward(&run);
    result.out = c->out.kind != ABSENT ? run_read(&run, &run.out) : NULL;
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        result.changed[n] = c->changed >> n & 1 ? run_read(&run, &run.in[n]) : NULL;
    }
    for (int adding = 0; adding < 2 && c->gradients != 0; adding++) {
        run_backward(&run, adding);
        for (int n = 0; n < AXF_CALL_INPUTS; n++) {
            if (has_gradient(c, n)) {
                (adding ? result.added : result.grad)[n] = run_read(&run, &run.grad[n]);
            }
        }
    }
    run_end(&run);
    return result;
}

static void outcome_free(outcome *o)
{
    free(o->out);
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        free(o->grad[n]);
        free(o->added[n]);
        free(o->changed[n]);
    }
}

static double greatest(const double *values, int64_t count)
{
    double most = 0;
    for (int64_t e = 0; e < count; e++) {
        most = fabs(values[e]) > most ? fabs(values[e]) : most;
    }
    return most;
}

/* max|a - b| / max(max|b|, floor); not a number where a or b holds none. */
static double distance(const double *a, const double *b, int64_t count, double floor)
{
    double most = 0;
    for (int64_t e = 0; e < count; e++) {
        const double d = fabs(a[e] - b[e]);
        most = d > most || isnan(d) ? d : most;
        if (isnan(d)) {
            return d;
        }
    }
    const double scale = greatest(b, count) > floor ? greatest(b, count) : floor;
    return most > 0 ? most / scale : 0;
}

static double greatest_gradient(const op_case *c, const outcome *o)
{
    double most = 0;
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        if (o->grad[n] != NULL) {
            const operand shape = gradient_operand(c, n);
            const double here = greatest(o->grad[n], operand_elements(&shape));
            most = here > most ? here : most;
        }
    }
    return most;
}

static void expect_near(const op_case *c, const char *where, const char *what, int n, double error, double tolerance)
{
    ck_assert_msg(error <= tolerance, "%s (%s) on %s: %s %d is off by %.3g, allowed is %.3g", c->name, op_names[c->op],
                  where, what, n, error, tolerance);
}

/* Padding of the result is finite, of gradients zero; attention promises zero for its result too. */
static void expect_padding(const op_case *c, const char *where, const outcome *o)
{
    for (int64_t e = operand_used(&c->out); o->out != NULL && e < operand_elements(&c->out); e++) {
        ck_assert_msg(isfinite(o->out[e]) && (c->op != AXF_OP_ATTENTION || o->out[e] == 0),
                      "%s on %s: element %lld of the result's padding is %g", c->name, where, (long long)e, o->out[e]);
    }
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        for (int64_t e = operand_used(&c->in[n]); o->grad[n] != NULL && e < operand_elements(&c->in[n]); e++) {
            ck_assert_msg(c->touched != NULL || o->grad[n][e] == 0,
                          "%s on %s: element %lld of gradient %d lies in padding and is %g", c->name, where,
                          (long long)e, n, o->grad[n][e]);
        }
    }
}

static void expect_same_zeros(const op_case *c, const char *where, const double *a, const double *b)
{
    for (int64_t e = 0; e < operand_used(&c->out); e++) {
        ck_assert_msg((a[e] == 0) == (b[e] == 0), "%s on %s: element %lld is %g, on the reference %g: another mask",
                      c->name, where, (long long)e, a[e], b[e]);
    }
}

/* DESIGN's measure, over results, gradients and changed inputs. */
static void expect_outcome(const op_case *c, const char *where, const outcome *got, const outcome *truth,
                           double tolerance)
{
    const double floor = 1e-3 * greatest_gradient(c, truth);
    if (truth->out != NULL) {
        expect_near(c, where, "result", 0, distance(got->out, truth->out, operand_used(&c->out), 0), tolerance);
    }
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        const operand shape = gradient_operand(c, n);
        const int64_t count = c->in[n].kind != ABSENT ? operand_elements(&shape) : 0;
        if (truth->grad[n] != NULL) {
            expect_near(c, where, "gradient", n, distance(got->grad[n], truth->grad[n], count, floor), tolerance);
            expect_near(c, where, "added gradient", n, distance(got->added[n], truth->added[n], count, floor),
                        tolerance);
        }
        if (truth->changed[n] != NULL) {
            expect_near(c, where, "changed input", n, distance(got->changed[n], truth->changed[n], count, 0),
                        tolerance);
        }
    }
    if (c->same_zeros) {
        expect_same_zeros(c, where, got->out, truth->out);
    }
    expect_padding(c, where, got);
}

/* The added gradient is the base plus the written one. */
static void expect_addition(const op_case *c, const outcome *o)
{
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        if (o->grad[n] == NULL) {
            continue;
        }
        const operand shape = gradient_operand(c, n);
        double *sum = operand_values(c, &shape, 30 + n);
        for (int64_t e = 0; e < operand_elements(&shape); e++) {
            sum[e] += o->grad[n][e];
        }
        expect_near(c, "reference", "added gradient", n, distance(o->added[n], sum, operand_elements(&shape), 0),
                    1e-13);
        free(sum);
    }
}

/* `got` against the golden numbers under `key`. */
static void expect_golden(const op_case *c, const json_t *golden, const char *key, const double *got, int64_t count)
{
    const json_t *list = json_object_get(golden, key);
    ck_assert_msg((int64_t)json_array_size(list) == count, "%s: golden %s has %zu values, not %lld", c->name, key,
                  json_array_size(list), (long long)count);
    double *values = malloc((size_t)count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int64_t e = 0; e < count; e++) {
        values[e] = json_number_value(json_array_get(list, (size_t)e));
    }
    ck_assert_msg(distance(got, values, count, 0) <= golden_tolerance, "%s: %s is off by %.3g from PyTorch's", c->name,
                  key, distance(got, values, count, 0));
    free(values);
}

static device *open_reference(int32_t precision)
{
    for (int b = 0; b < found_count; b++) {
        if (strcmp(found[b].name, "reference") == 0) {
            ck_assert_msg(device_open(&found[b], precision), "reference: %s", last_message);
            return &found[b];
        }
    }
    ck_abort_msg("no reference.so in %s", plugin_path(""));
    return NULL;
}

/* Σ result · its gradient after a forward call. */
static double objective(case_run *run)
{
    run_forward(run);
    const double *out = run->out.data, *weight = run->grad_out.data;
    double sum = 0;
    for (int64_t e = 0; e < tensor_elements(&run->out); e++) {
        sum += weight[e] * out[e];
    }
    return sum;
}

/* The gradient by central differences; the reference's f64 memory is host memory. */
static double *differences(case_run *run, int n)
{
    const op_case *c = run->c;
    const operand shape = gradient_operand(c, n);
    const int64_t columns = c->in[n].shape[1];
    double *x = run->in[n].data, *result = malloc((size_t)operand_elements(&shape) * sizeof *result);
    ck_assert_ptr_nonnull(result);
    for (int64_t e = 0; e < operand_elements(&shape); e++) {
        const int64_t at = n == 0 && c->touched != NULL ? c->touched[e / columns] * columns + e % columns : e;
        const double step = 1e-5, before = x[at];
        x[at] = before + step;
        const double above = objective(run);
        x[at] = before - step;
        const double below = objective(run);
        x[at] = before;
        result[e] = (above - below) / (2 * step);
    }
    return result;
}

START_TEST(gradients_match_differences)
{
    const op_case *c = &cases[chosen[_i]];
    device *d = open_reference(AXF_PRECISION_F64);
    outcome truth = outcome_of(d, c);
    expect_addition(c, &truth);
    expect_padding(c, "reference f64", &truth);
    case_run run;
    run_begin(&run, d, c);
    for (int n = 0; n < AXF_CALL_INPUTS && !c->large; n++) {
        if (has_gradient(c, n)) {
            const operand shape = gradient_operand(c, n);
            double *expected = differences(&run, n);
            expect_near(
                c, "reference f64", "gradient", n,
                distance(truth.grad[n], expected, operand_elements(&shape), 1e-3 * greatest_gradient(c, &truth)),
                difference_tolerance);
            free(expected);
        }
    }
    run_end(&run);
    outcome_free(&truth);
    device_close(d);
    host_release();
}
END_TEST

START_TEST(results_match_golden)
{
    const op_case *c = &cases[chosen[_i]];
    if (!has_golden(c)) {
        return;
    }
    json_t *all = json_load_file(AXF_SOURCE_DIR "/tests/golden/ops.json", 0, NULL);
    ck_assert_ptr_nonnull(all);
    const json_t *golden = json_object_get(all, c->name);
    ck_assert_msg(golden != NULL, "tests/golden/ops.json lacks \"%s\": run tools/golden/ops.py", c->name);
    device *d = open_reference(AXF_PRECISION_F64);
    outcome got = outcome_of(d, c);
    if (got.out != NULL) {
        expect_golden(c, golden, "out", got.out, operand_used(&c->out));
    }
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        const char key[] = {(char)('0' + n), '\0'};
        if (got.changed[n] != NULL) {
            expect_golden(c, golden, key, got.changed[n], operand_elements(&c->in[n]));
        }
    }
    outcome_free(&got);
    device_close(d);
    host_release();
    json_decref(all);
}
END_TEST

START_TEST(single_matches_double)
{
    const op_case *c = &cases[chosen[_i]];
    device *d = open_reference(AXF_PRECISION_F64);
    outcome truth = outcome_of(d, c);
    device_close(d);
    d = open_reference(AXF_PRECISION_F32);
    outcome single = outcome_of(d, c);
    expect_outcome(c, "reference f32", &single, &truth, single_tolerance);
    device_close(d);
    outcome_free(&truth);
    outcome_free(&single);
    host_release();
}
END_TEST

static void compare_backend(device *d, const op_case *c, int32_t precision, const outcome *truth)
{
    char where[96];
    snprintf(where, sizeof where, "%.63s %s", d->name, precision == AXF_PRECISION_BF16 ? "bf16" : "f32");
    if (!device_open(d, precision)) {
        ck_assert_msg(precision == AXF_PRECISION_BF16, "%s: %s", where, last_message);
        printf("skipped: %s (%s) on %s: %s\n", op_names[c->op], c->name, where, last_message);
    } else if (!d->backend.supports(d->self, c->op)) {
        printf("skipped: %s (%s) on %s: not supported\n", op_names[c->op], c->name, where);
    } else {
        outcome got = outcome_of(d, c);
        expect_outcome(c, where, &got, truth, precision == AXF_PRECISION_BF16 ? bf16_tolerance : backend_tolerance);
        outcome_free(&got);
    }
    device_close(d);
}

START_TEST(backends_match_reference)
{
    const op_case *c = &cases[chosen[_i]];
    const struct {
        int32_t truth, other;
    } precisions[] = {{AXF_PRECISION_F64, AXF_PRECISION_F32}, {AXF_PRECISION_BF16, AXF_PRECISION_BF16}};
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        device *reference = open_reference(precisions[p].truth);
        outcome truth = outcome_of(reference, c);
        device_close(reference);
        for (int b = 0; b < found_count; b++) {
            if (&found[b] != reference) {
                compare_backend(&found[b], c, precisions[p].other, &truth);
            }
        }
        outcome_free(&truth);
    }
    fflush(stdout);
    host_release();
}
END_TEST

START_TEST(every_op_has_a_case)
{
    for (int32_t op = 1; op < AXF_OP_COUNT; op++) {
        int count = 0;
        for (int i = 0; i < CASES; i++) {
            count += cases[i].op == op;
        }
        ck_assert_msg(count > 0, "no case for %s", op_names[op]);
    }
}
END_TEST

/* The plugins' Philox is the host's, and a mask is what axf_random (backend.h) says. */
START_TEST(masks_are_as_defined)
{
    const uint32_t key[2] = {0xa4093822, 0x299f31d0};
    uint32_t block[4], expected[4];
    axf_philox_block(block, key, (const uint32_t[4]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344});
    ck_assert(block[0] == 0xd16cfe09 && block[1] == 0x94fdcceb && block[2] == 0x5001e420 && block[3] == 0x24126ea1);
    const op_case c = {.name = "mask",
                       .op = AXF_OP_DROPOUT,
                       .f = {0.4},
                       .in = {{SIGNED, {16, 7}, &mixed}},
                       .out = {SIGNED, {16, 7}, &mixed}};
    device *d = open_reference(AXF_PRECISION_F32);
    outcome got = outcome_of(d, &c);
    const int64_t first = mixed.offset[2] * 7, count = (mixed.offset[3] - mixed.offset[2]) * 7;
    for (int64_t e = 0; e < count; e++) {
        axf_philox(expected, (axf_random_key){0x01234567, 0x89abcdef}, 3, (uint32_t)case_slots[2], (uint32_t)(e / 4),
                   0);
        const double x = operand_value(&c, &c.in[0], 0, first + e);
        const double y = expected[e % 4] < 0.4 * 4294967296.0 ? 0 : (float)(x / 0.6);
        ck_assert_msg(fabs(got.out[first + e] - y) <= 1e-6, "element %lld is %g, not %g", (long long)e,
                      got.out[first + e], y);
    }
    outcome_free(&got);
    device_close(d);
    host_release();
}
END_TEST

/* The values show which probabilities are dropped: value row j is 1 in column j of each head. */
START_TEST(attention_masks_are_as_defined)
{
    const op_case c = {.name = "attention mask",
                       .op = AXF_OP_ATTENTION,
                       .i = {2},
                       .f = {0.5, 0.4},
                       .in = {{SIGNED, {12, 6}, &mixed}, {SIGNED, {12, 6}, &mixed}, {ONE_HOT, {12, 16}, &mixed}},
                       .out = {SIGNED, {12, 16}, &mixed},
                       .keep = {SIGNED, {12, 2}}};
    device *d = open_reference(AXF_PRECISION_F32);
    outcome got = outcome_of(d, &c);
    const int64_t first = mixed.offset[2], count = mixed.offset[3] - first;
    for (int64_t e = 0; e < 2 * count * count; e++) {
        uint32_t expected[4];
        axf_philox(expected, (axf_random_key){0x01234567, 0x89abcdef}, 3, (uint32_t)case_slots[2], (uint32_t)(e / 4),
                   0);
        const int64_t head = e / count / count, query = e / count % count, key = e % count;
        const double shown = got.out[(first + query) * 16 + head * 8 + (first + key) % 8];
        ck_assert_msg((shown == 0) == (expected[e % 4] < 0.4 * 4294967296.0), "head %lld, query %lld, key %lld: %g",
                      (long long)head, (long long)query, (long long)key, shown);
    }
    outcome_free(&got);
    device_close(d);
    host_release();
}
END_TEST

/* Products in bf16 round their inputs to the nearest of 8 bits, ties to even; sums and biases stay wider. */
START_TEST(bf16_rounds_inputs)
{
    static const double x[] = {1 + 0x1p-8, 1 + 0x3p-8, 1 + 0x1p-8 + 0x1p-16, -1 - 0x1p-9, 3 + 0x1p-7, 0};
    static const double rounded[] = {1, 1 + 0x1p-6, 1 + 0x1p-7, -1, 3, 0};
    const op_case c = {.name = "bf16",
                       .op = AXF_OP_LINEAR,
                       .gradients = 3,
                       .in = {{SIGNED, {6, 1}}, {SIGNED, {1, 1}}, {SIGNED, {1}}},
                       .out = {SIGNED, {6, 1}}};
    const double weight = 1 + 0x1p-9, bias = 0x1p-12, gradient[] = {1, 1, 1, 1, 1, 1 + 0x1p-8};
    device *d = open_reference(AXF_PRECISION_BF16);
    case_run run;
    run_begin(&run, d, &c);
    run_write(&run, &run.in[0], x);
    run_write(&run, &run.in[1], &weight);
    run_write(&run, &run.in[2], &bias);
    run_write(&run, &run.grad_out, gradient);
    run_forward(&run);
    run_backward(&run, 0);
    double *y = run_read(&run, &run.out), *dx = run_read(&run, &run.grad[0]), *dw = run_read(&run, &run.grad[1]);
    for (int e = 0; e < 6; e++) {
        ck_assert_msg(y[e] == rounded[e] + bias, "%g gives %.9g, not %.9g", x[e], y[e], rounded[e] + bias);
        ck_assert_msg(dx[e] == 1, "gradient %d is %.9g", e, dx[e]);
    }
    ck_assert_msg(*dw == 5 + 0x1p-6 + 0x1p-7, "weight gradient %.9g", *dw);
    free(y);
    free(dx);
    free(dw);
    run_end(&run);
    device_close(d);
    host_release();
}
END_TEST

/* An index outside the table is an error with a message, not a read. */
START_TEST(wild_indices_are_refused)
{
    static const int32_t wild[] = {0, 7, 1};
    const op_case refused[] = {
        {.name = "id",
         .op = AXF_OP_EMBEDDING,
         .in = {{SIGNED, {7, 3}}, {INDEX, {3}, NULL, wild}},
         .out = {SIGNED, {3, 3}}},
        {.name = "label",
         .op = AXF_OP_CROSS_ENTROPY,
         .in = {{SIGNED, {3, 7}}, {INDEX, {3}, NULL, wild}},
         .out = {SIGNED, {3}}},
    };
    device *d = open_reference(AXF_PRECISION_F32);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        case_run run;
        run_begin(&run, d, &refused[i]);
        ck_assert_int_eq(d->backend.forward(d->self, &run.call), AXF_ERR_DATA);
        ck_assert_ptr_nonnull(strstr(last_message, "index 7 at place 1 lies outside 0 … 6"));
        run_end(&run);
    }
    device_close(d);
    host_release();
}
END_TEST

static void choose_cases(const char *op)
{
    for (int i = 0; i < CASES; i++) {
        if (op == NULL || op[0] == '\0' || strcmp(op, op_names[cases[i].op]) == 0) {
            chosen[chosen_count++] = i;
        }
    }
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "--list") == 0) {
        for (int i = 0; i < CASES; i++) {
            printf("%-22s %s\n", op_names[cases[i].op], cases[i].name);
        }
        return EXIT_SUCCESS;
    }
    if (count > 1 && strcmp(arguments[1], "--inputs") == 0) {
        print_inputs();
        return EXIT_SUCCESS;
    }
    choose_cases(getenv("AXF_OP"));
    if (chosen_count == 0) {
        fprintf(stderr, "AXF_OP=%s: no op has this name; --list shows them\n", getenv("AXF_OP"));
        return EXIT_FAILURE;
    }
    found_count = find_backends(found);
    Suite *suite = suite_create("ops");
    TCase *tests = tcase_create("ops");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, every_op_has_a_case);
    tcase_add_test(tests, masks_are_as_defined);
    tcase_add_test(tests, attention_masks_are_as_defined);
    tcase_add_test(tests, bf16_rounds_inputs);
    tcase_add_test(tests, wild_indices_are_refused);
    tcase_add_loop_test(tests, gradients_match_differences, 0, chosen_count);
    tcase_add_loop_test(tests, results_match_golden, 0, chosen_count);
    tcase_add_loop_test(tests, single_matches_double, 0, chosen_count);
    tcase_add_loop_test(tests, backends_match_reference, 0, chosen_count);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
