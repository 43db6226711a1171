/* Times the ops of a transformer layer, forward and backward, on a backend of this build: seconds, GFLOP/s, share of
 * the measured peak, and each op's share of the layer. The least of several runs counts, since machines are shared.
 *
 *   bench_ops [backend] [threads]     (cpu and 2 where left out) */
#include "../unit/ops_backend.h"

#include "auxfuse/ops.h"

#include <time.h>

enum { ROWS = 512, POSTS = 16, RUNS = 20, MOST_TENSORS = 16 };

typedef struct model {
    const char *name;
    int64_t width, inner, heads;
} model;

/* An op as a layer calls it: x [R, from] -> [R, to]. */
typedef struct item {
    const char *name;
    int32_t op;
    int64_t from, to;
    int64_t i[4];
    double f[8];
    int32_t calls; /* a layer */
} item;

static device bench;
static int32_t offsets[POSTS + 1];
static int32_t slots[POSTS];
static axf_rows rows_of_texts;

/* With one thread its own time, which other work on the machine does not lengthen. */
static double now(void)
{
    struct timespec t;
    clock_gettime(bench.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(axf_status status, const char *what)
{
    if (status != AXF_OK) {
        fprintf(stderr, "%s: %s\n", what, last_message);
        exit(EXIT_FAILURE);
    }
}

static axf_tensor make_tensor(int64_t rows, int64_t columns)
{
    axf_tensor t = {.struct_size = sizeof t, .dtype = AXF_F32, .ndim = columns > 0 ? 2 : 1, .shape = {rows, 1, 1, 1}};
    t.shape[1] = columns > 0 ? columns : 1;
    const size_t count = (size_t)(t.shape[0] * t.shape[1]);
    float *values = malloc(count * sizeof *values);
    uint32_t state = 12345;
    for (size_t e = 0; values != NULL && e < count; e++) {
        state = state * 1664525u + 1013904223u;
        values[e] = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
    must(values != NULL ? bench.backend.allocate(bench.self, count * sizeof *values, &t.data) : AXF_ERR_MEMORY,
         "allocate");
    must(bench.backend.upload(bench.self, t.data, values, count * sizeof *values), "upload");
    free(values);
    t.rows = columns > 0 && rows == ROWS ? &rows_of_texts : NULL;
    return t;
}

/* The tensors of one call. */
typedef struct scene {
    axf_call call;
    axf_tensor t[MOST_TENSORS];
    int count;
} scene;

static axf_tensor *add_tensor(scene *s, int64_t rows, int64_t columns)
{
    s->t[s->count] = make_tensor(rows, columns);
    return &s->t[s->count++];
}

/* Inputs of item `what`, and a gradient for each. */
static void set_scene(scene *s, const item *what)
{
    axf_call *call = &s->call;
    *s = (scene){.call = {.struct_size = sizeof *call, .op = what->op, .recording = 1}};
    memcpy(call->i, what->i, sizeof what->i);
    memcpy(call->f, what->f, sizeof what->f);
    call->random = (axf_random){.key = {1, 2}, .step = 3, .slots = slots, .location = slots};
    if (what->op == AXF_OP_ADAMW) {
        call->inputs = 4;
        for (int n = 0; n < 4; n++) {
            call->in[n] = add_tensor(s, what->from, what->to);
        }
        return;
    }
    const int same = what->op == AXF_OP_ATTENTION ? 3 : what->op == AXF_OP_BINARY ? 2 : 1;
    for (; call->inputs < same; call->inputs++) {
        call->in[call->inputs] = add_tensor(s, ROWS, what->from);
    }
    if (what->op == AXF_OP_LINEAR) {
        call->in[1] = add_tensor(s, what->to, what->from);
        bench.backend.changed(bench.self, call->in[1]);
        call->in[2] = add_tensor(s, what->to, 0);
        call->inputs = 3;
        call->keep = what->i[0] == AXF_GELU ? add_tensor(s, ROWS, what->to) : NULL;
    } else if (what->op == AXF_OP_LAYER_NORM) {
        call->in[1] = add_tensor(s, what->from, 0);
        call->in[2] = add_tensor(s, what->from, 0);
        call->inputs = 3;
        call->keep = add_tensor(s, ROWS, 2);
    } else if (what->op == AXF_OP_ATTENTION) {
        call->keep = add_tensor(s, ROWS, what->i[0]);
    }
    call->out = add_tensor(s, ROWS, what->to);
    call->grad_out = add_tensor(s, ROWS, what->to);
    for (int n = 0; n < call->inputs; n++) {
        call->grad_in[n] = add_tensor(s, call->in[n]->shape[0], call->in[n]->ndim > 1 ? call->in[n]->shape[1] : 0);
    }
}

static void clear_scene(scene *s)
{
    for (int n = 0; n < s->count; n++) {
        bench.backend.release(bench.self, s->t[n].data, sizeof(float) * (size_t)(s->t[n].shape[0] * s->t[n].shape[1]));
    }
}

static double least_time(scene *s, int backward)
{
    double least = 1e9;
    for (int run = 0; run < RUNS; run++) {
        const double start = now();
        must(backward ? bench.backend.backward(bench.self, &s->call) : bench.backend.forward(bench.self, &s->call),
             backward ? "backward" : "forward");
        must(bench.backend.synchronize(bench.self), "synchronize");
        const double taken = now() - start;
        least = taken < least ? taken : least;
    }
    return least;
}

static double flops_of(const item *what)
{
    double pairs = 0;
    for (int b = 0; b < POSTS; b++) {
        pairs += (double)(offsets[b + 1] - offsets[b]) * (offsets[b + 1] - offsets[b]);
    }
    return what->op == AXF_OP_LINEAR      ? 2.0 * ROWS * (double)what->from * (double)what->to
           : what->op == AXF_OP_ATTENTION ? 4.0 * pairs * (double)what->from
                                          : 0;
}

static void print_line(const item *what, int backward, double seconds, double flops, double peak)
{
    printf("  %-20s %-8s %9.1f us x %d", what->name, backward ? "backward" : "forward", 1e6 * seconds, what->calls);
    if (flops > 0) {
        printf("  %7.1f GFLOP/s  %5.1f %% of peak", 1e-9 * flops / seconds, 100 * flops / seconds / peak);
    }
    printf("\n");
}

/* The fields left out of the table's rows are zeros. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static void bench_layer(const model *m, double peak)
{
    const int64_t d = m->width, inner = m->inner;
    const double scale = 0.125;
    const item items[] = {
        {"linear d d", AXF_OP_LINEAR, d, d, {AXF_NONE}, {0}, 4},
        {"linear d 4d gelu", AXF_OP_LINEAR, d, inner, {AXF_GELU}, {0}, 1},
        {"linear 4d d", AXF_OP_LINEAR, inner, d, {AXF_NONE}, {0}, 1},
        {"attention", AXF_OP_ATTENTION, d, d, {m->heads}, {scale, 0.1}, 1},
        {"layer norm", AXF_OP_LAYER_NORM, d, d, {0}, {1e-12}, 2},
        {"dropout", AXF_OP_DROPOUT, d, d, {0}, {0.1}, 2},
        {"add", AXF_OP_BINARY, d, d, {1, AXF_BROADCAST_SAME}, {0}, 2},
        {"adamw", AXF_OP_ADAMW, 4 * d + 2 * inner, d, {0}, {1e-5, 0.01, 0.9, 0.999, 1e-8, 0.1, 0.001}, 1},
    };
    double products = 0, rest = 0, product_flops = 0, optimiser = 0;
    printf("%s: %d rows, %d texts, %lld wide, %lld inside, %lld heads\n", m->name, ROWS, POSTS, (long long)d,
           (long long)inner, (long long)m->heads);
    for (size_t n = 0; n < sizeof items / sizeof *items; n++) {
        const item *what = &items[n];
        scene s;
        set_scene(&s, what);
        for (int backward = 0; backward < (what->op == AXF_OP_ADAMW ? 1 : 2); backward++) {
            const double seconds = least_time(&s, backward), flops = flops_of(what) * (backward ? 2 : 1);
            print_line(what, backward, seconds, flops, peak);
            if (what->op == AXF_OP_LINEAR) {
                products += seconds * what->calls;
                product_flops += flops * what->calls;
            } else if (what->op == AXF_OP_ADAMW) {
                optimiser += seconds;
            } else {
                rest += seconds * what->calls;
            }
        }
        clear_scene(&s);
    }
    printf("  linear layers %.1f us at %.1f %% of peak; the rest %.1f us, %.1f %% of the layer; optimiser %.1f us\n",
           1e6 * products, 100 * product_flops / products / peak, 1e6 * rest, 100 * rest / (products + rest),
           1e6 * optimiser);
}

/* Attention as image encoders and the attention fusion use it. */
static void set_rows(int64_t longest)
{
    for (int b = 0; b <= POSTS; b++) {
        offsets[b] = (int32_t)(b * longest);
    }
    rows_of_texts.total = offsets[POSTS];
    rows_of_texts.longest = longest;
}

/* Sixteen texts of 15 to 45 tokens. */
static void set_text_rows(void)
{
    static const int32_t lengths[POSTS] = {29, 41, 22, 35, 30, 45, 19, 33, 27, 38, 15, 36, 31, 24, 40, 28};
    offsets[0] = 0;
    for (int b = 0; b < POSTS; b++) {
        offsets[b + 1] = offsets[b] + lengths[b];
        slots[b] = b;
    }
    rows_of_texts = (axf_rows){.struct_size = sizeof rows_of_texts,
                               .posts = POSTS,
                               .total = offsets[POSTS],
                               .longest = 45,
                               .offset = offsets,
                               .location = offsets};
}

static void bench_long_attention(double peak, int64_t length, int64_t width, int64_t heads, int single)
{
    set_rows(length);
    const int64_t rows = POSTS * length, queries = single ? POSTS : rows;
    scene s = {.call = {.struct_size = sizeof s.call, .op = AXF_OP_ATTENTION, .recording = 1, .inputs = 3}};
    axf_call *call = &s.call;
    call->i[0] = heads;
    call->f[0] = 0.125;
    call->random = (axf_random){.slots = slots, .location = slots};
    for (int n = 0; n < 3; n++) {
        axf_tensor *t = add_tensor(&s, n == 0 ? queries : rows, width), *g = add_tensor(&s, t->shape[0], width);
        t->rows = n == 0 && single ? NULL : &rows_of_texts;
        g->rows = t->rows;
        call->in[n] = t;
        call->grad_in[n] = n > 0 && single ? NULL : g;
    }
    call->out = add_tensor(&s, queries, width);
    call->grad_out = add_tensor(&s, queries, width);
    call->keep = add_tensor(&s, queries, heads);
    const item what = {single ? "one query a post" : "self attention", AXF_OP_ATTENTION, width, width, {0}, {0}, 1};
    const double flops = 4.0 * (double)queries * (double)length * (double)width;
    printf("%lld rows a post, %lld wide, %lld heads\n", (long long)length, (long long)width, (long long)heads);
    print_line(&what, 0, least_time(&s, 0), flops, peak);
    print_line(&what, 1, least_time(&s, 1), single ? flops : 2.5 * flops, peak);
    clear_scene(&s);
}

static void run_precision(int32_t precision, int32_t threads)
{
    static const model models[] = {{"MiniLM", 384, 1536, 12}, {"BERT base", 768, 3072, 12}};
    bench.threads = threads;
    if (!device_open(&bench, precision)) {
        printf("skipped: %s\n", last_message);
        return;
    }
    double peak = 0;
    must(bench.backend.peak(bench.self, &peak), "peak");
    printf("%s: peak %.1f GFLOP/s\n", bench.backend.name(bench.self), 1e-9 * peak);
    for (size_t n = 0; n < sizeof models / sizeof *models; n++) {
        set_text_rows();
        bench_layer(&models[n], peak);
    }
    bench_long_attention(peak, 257, 384, 6, 0);
    bench_long_attention(peak, 197, 768, 12, 0);
    bench_long_attention(peak, 257, 384, 8, 1);
    device_close(&bench);
}

int main(int count, char **arguments)
{
    device found[MOST_BACKENDS];
    const char *wanted = count > 1 ? arguments[1] : "cpu";
    const int32_t threads = count > 2 ? atoi(arguments[2]) : 2;
    const int backends = find_backends(found);
    for (int b = 0; b < backends; b++) {
        if (strcmp(found[b].name, wanted) == 0 && found[b].backend.peak != NULL) {
            bench = found[b];
            run_precision(AXF_PRECISION_F32, threads);
            run_precision(AXF_PRECISION_BF16, threads);
            host_release();
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "no backend %s in this build that measures its peak\n", wanted);
    return EXIT_FAILURE;
}
