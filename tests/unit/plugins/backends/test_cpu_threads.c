/* Which results of the cpu backend depend on the number of threads: those that tests/golden/cpu_threads.txt lists, and
 * no others. Own loops never do; the library's may. Shapes are large enough for work to be shared. */
#include "ops_case.h"

#include "temp_folder.h"

static const ragged texts = {5, {0, 29, 70, 71, 160, 250}};

static int32_t many_ids[256];

/* Absent inputs and trailing fields are zeros: clang warns of that where gcc does not. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* clang-format off: a table */
static const op_case cases[] = {
    {.name = "layer",
     .op = AXF_OP_LINEAR,
     .gradients = 7,
     .i = {AXF_GELU},
     .in = {{SIGNED, {256, 384}, &texts}, {SIGNED, {768, 384}}, {SIGNED, {768}}},
     .out = {SIGNED, {256, 768}, &texts},
     .keep = {SIGNED, {256, 768}}},
    {.name = "layer of few rows",
     .op = AXF_OP_LINEAR,
     .gradients = 7,
     .i = {AXF_RELU},
     .in = {{SIGNED, {8, 1024}}, {SIGNED, {256, 1024}}, {SIGNED, {256}}},
     .out = {SIGNED, {8, 256}}},
    {.name = "layer of few columns",
     .op = AXF_OP_LINEAR,
     .gradients = 7,
     .i = {AXF_TANH},
     .in = {{SIGNED, {32, 2048}}, {SIGNED, {3, 2048}}, {SIGNED, {3}}},
     .out = {SIGNED, {32, 3}}},
    {.name = "rows against rows",
     .op = AXF_OP_MATMUL,
     .gradients = 3,
     .i = {0, 1},
     .f = {0.5},
     .in = {{SIGNED, {64, 2048}}, {SIGNED, {80, 2048}}},
     .out = {SIGNED, {64, 80}}},
    {.name = "batched",
     .op = AXF_OP_MATMUL,
     .gradients = 3,
     .f = {1},
     .in = {{SIGNED, {6, 48, 300}}, {SIGNED, {6, 300, 40}}},
     .out = {SIGNED, {6, 48, 40}}},
    {.name = "table",
     .op = AXF_OP_EMBEDDING,
     .gradients = 1,
     .in = {{SIGNED, {50, 384}}, {INDEX, {256}, &texts, many_ids}},
     .out = {SIGNED, {256, 384}, &texts}},
    {.name = "scattered",
     .op = AXF_OP_SCATTER_ROWS,
     .gradients = 1,
     .in = {{SIGNED, {256, 384}}, {INDEX, {256}, NULL, many_ids}},
     .out = {SIGNED, {50, 384}}},
    {.name = "row added",
     .op = AXF_OP_BINARY,
     .gradients = 3,
     .i = {1, AXF_BROADCAST_ROW},
     .in = {{SIGNED, {256, 384}, &texts}, {SIGNED, {384}}},
     .out = {SIGNED, {256, 384}, &texts}},
    {.name = "number multiplied",
     .op = AXF_OP_BINARY,
     .gradients = 3,
     .i = {2, AXF_BROADCAST_ALL},
     .in = {{SIGNED, {256, 384}, &texts}, {SIGNED, {1}}},
     .out = {SIGNED, {256, 384}, &texts}},
    {.name = "scaled",
     .op = AXF_OP_SCALE,
     .gradients = 1,
     .f = {0.3, 1},
     .in = {{SIGNED, {256, 384}}},
     .out = {SIGNED, {256, 384}}},
    {.name = "activated",
     .op = AXF_OP_UNARY,
     .gradients = 1,
     .i = {AXF_GELU},
     .in = {{SIGNED, {256, 384}}},
     .out = {SIGNED, {256, 384}}},
    {.name = "dropped",
     .op = AXF_OP_DROPOUT,
     .gradients = 1,
     .f = {0.1},
     .in = {{SIGNED, {256, 384}, &texts}},
     .out = {SIGNED, {256, 384}, &texts}},
    {.name = "norm",
     .op = AXF_OP_LAYER_NORM,
     .gradients = 7,
     .f = {1e-12},
     .in = {{PADDED, {256, 384}, &texts}, {POSITIVE, {384}}, {SIGNED, {384}}},
     .out = {SIGNED, {256, 384}, &texts},
     .keep = {SIGNED, {256, 2}}},
    {.name = "batch norm",
     .op = AXF_OP_BATCH_NORM,
     .gradients = 7,
     .changed = 24,
     .i = {1},
     .f = {1e-5, 0.1},
     .in = {{SIGNED, {4, 16, 28, 28}}, {POSITIVE, {16}}, {SIGNED, {16}}, {SIGNED, {16}}, {POSITIVE, {16}}},
     .out = {SIGNED, {4, 16, 28, 28}},
     .keep = {SIGNED, {2, 16}}},
    {.name = "unit rows",
     .op = AXF_OP_L2_NORMALIZE,
     .gradients = 1,
     .in = {{SIGNED, {256, 384}}},
     .out = {SIGNED, {256, 384}},
     .keep = {SIGNED, {256}}},
    {.name = "softmax",
     .op = AXF_OP_SOFTMAX,
     .gradients = 1,
     .in = {{SIGNED, {256, 384}}},
     .out = {SIGNED, {256, 384}}},
    {.name = "mean rows",
     .op = AXF_OP_POOL_ROWS,
     .gradients = 1,
     .i = {AXF_POOL_MEAN},
     .in = {{SIGNED, {256, 384}, &texts}},
     .out = {SIGNED, {5, 384}}},
    {.name = "attention",
     .op = AXF_OP_ATTENTION,
     .gradients = 7,
     .i = {12},
     .f = {0.2, 0.1},
     .in = {{SIGNED, {256, 384}, &texts}, {SIGNED, {256, 384}, &texts}, {SIGNED, {256, 384}, &texts}},
     .out = {SIGNED, {256, 384}, &texts},
     .keep = {SIGNED, {256, 12}}},
    {.name = "attention, one query a post",
     .op = AXF_OP_ATTENTION,
     .gradients = 7,
     .i = {8},
     .f = {0.2, 0.1},
     .in = {{SIGNED, {5, 384}}, {SIGNED, {256, 384}, &texts}, {SIGNED, {256, 384}, &texts}},
     .out = {SIGNED, {5, 384}},
     .keep = {SIGNED, {5, 8}}},
    {.name = "convolution",
     .op = AXF_OP_CONV2D,
     .gradients = 7,
     .i = {1, 1},
     .in = {{SIGNED, {4, 32, 28, 28}}, {SIGNED, {32, 32, 3, 3}}, {SIGNED, {32}}},
     .out = {SIGNED, {4, 32, 28, 28}}},
    {.name = "pooling",
     .op = AXF_OP_POOL2D,
     .gradients = 1,
     .i = {AXF_POOL_MEAN, 3, 2, 1},
     .in = {{SIGNED, {4, 16, 28, 28}}},
     .out = {SIGNED, {4, 16, 14, 14}}},
    {.name = "sum",
     .op = AXF_OP_SUM,
     .gradients = 1,
     .f = {0.5},
     .in = {{SIGNED, {256, 384}, &texts}},
     .out = {SIGNED, {1}}},
    {.name = "square sum", .op = AXF_OP_SQUARE_SUM, .in = {{SIGNED, {256, 384}}}, .out = {SIGNED, {1}}},
    {.name = "adamw",
     .op = AXF_OP_ADAMW,
     .changed = 7,
     .f = {0.1, 0.25, 0.9, 0.999, 1e-8, 0.271, 0.002997001},
     .in = {{SIGNED, {256, 384}}, {SIGNED, {256, 384}}, {POSITIVE, {256, 384}}, {SIGNED, {256, 384}}}},
};
/* clang-format on */

enum { CASES = sizeof cases / sizeof *cases, MOST_PARTS = 2 * AXF_CALL_INPUTS + 1 };

static const char *const op_names[AXF_OP_COUNT] = {"no op",
#define OP_NAME(op_name, inputs, kept) #op_name,
                                                   AXF_OP_LIST(OP_NAME)
#undef OP_NAME
};

static device found[MOST_BACKENDS];
static device *cpu;
static char expectations[4096];

typedef struct parts {
    double *values[MOST_PARTS]; /* result, gradients, changed inputs */
    int64_t counts[MOST_PARTS];
} parts;

static void take(parts *p, int part, case_run *run, const axf_tensor *t)
{
    p->values[part] = run_read(run, t);
    p->counts[part] = tensor_elements(t);
}

static parts parts_of(const op_case *c, int32_t precision, int32_t threads)
{
    parts p = {{0}, {0}};
    cpu->threads = threads;
    ck_assert_msg(device_open(cpu, precision), "%s", last_message);
    case_run run;
    run_begin(&run, cpu, c);
    run_forward(&run);
    if (c->out.kind != ABSENT) {
        take(&p, 0, &run, &run.out);
    }
    if (c->gradients != 0) {
        run_backward(&run, 0);
    }
    for (int n = 0; n < AXF_CALL_INPUTS; n++) {
        if (c->gradients >> n & 1) {
            take(&p, 1 + n, &run, &run.grad[n]);
        }
        if (c->changed >> n & 1) {
            take(&p, 1 + AXF_CALL_INPUTS + n, &run, &run.in[n]);
        }
    }
    run_end(&run);
    device_close(cpu);
    return p;
}

/* Part `part` of `c` as the list writes it: "CONV2D forward f32" or "CONV2D backward f32". */
static int is_expected(const op_case *c, int part, int32_t precision)
{
    char line[96];
    snprintf(line, sizeof line, "\n%s %s %s\n", op_names[c->op],
             part > 0 && part <= AXF_CALL_INPUTS ? "backward" : "forward",
             precision == AXF_PRECISION_BF16 ? "bf16" : "f32");
    return strstr(expectations, line) != NULL;
}

static void compare_threads(const op_case *c, int32_t precision)
{
    parts one = parts_of(c, precision, 1), two = parts_of(c, precision, 2);
    for (int part = 0; part < MOST_PARTS; part++) {
        int64_t different = 0;
        for (int64_t e = 0; e < one.counts[part]; e++) {
            different += memcmp(&one.values[part][e], &two.values[part][e], sizeof(double)) != 0;
        }
        ck_assert_msg(different == 0 || is_expected(c, part, precision),
                      "%s (%s, part %d, %s): %lld of %lld values depend on the number of threads", c->name,
                      op_names[c->op], part, precision == AXF_PRECISION_BF16 ? "bf16" : "f32", (long long)different,
                      (long long)one.counts[part]);
        free(one.values[part]);
        free(two.values[part]);
    }
}

START_TEST(only_listed_ops_depend_on_threads)
{
    compare_threads(&cases[_i], AXF_PRECISION_F32);
    if (device_open(cpu, AXF_PRECISION_BF16)) {
        device_close(cpu);
        compare_threads(&cases[_i], AXF_PRECISION_BF16);
    } else {
        printf("skipped in bf16: %s\n", last_message);
    }
    fflush(stdout);
    host_release();
}
END_TEST

static int read_expectations(void)
{
    FILE *file = fopen(AXF_SOURCE_DIR "/tests/golden/cpu_threads.txt", "r");
    if (file == NULL) {
        fprintf(stderr, "tests/golden/cpu_threads.txt is missing\n");
        return 0;
    }
    const size_t size = fread(expectations, 1, sizeof expectations - 1, file);
    expectations[size] = '\0';
    fclose(file);
    return 1;
}

int main(void)
{
    for (int i = 0; i < 256; i++) {
        many_ids[i] = i * 7 % 50;
    }
    if (!read_expectations()) {
        return EXIT_FAILURE;
    }
    const int count = find_backends(found);
    for (int b = 0; b < count; b++) {
        cpu = strcmp(found[b].name, "cpu") == 0 ? &found[b] : cpu;
    }
    if (cpu == NULL) {
        fprintf(stderr, "no cpu backend in %s\n", plugin_path(""));
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("cpu threads");
    TCase *tests = tcase_create("cpu threads");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, only_listed_ops_depend_on_threads, 0, CASES);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
