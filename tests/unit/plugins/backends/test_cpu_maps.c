/* Maps of the cpu backend, which have the channels last in memory: whatever reads, views, mixes or adds to them,
 * results and gradients are the reference backend's. */
#include "tape_case.h"
#include "tensor/backward.h"
#include "tensor/passes.h"

enum { POSTS = 8, SIDE = 12, WIDTH = 16, WIDE = 32, HALF = SIDE / 2, MOST_READ = 4 };

typedef struct result {
    rig r;
    double loss, *read[MOST_READ];
    int64_t count[MOST_READ];
    int reads;
    int64_t elements[MOST_PARAMS]; /* of the gradients */
} result;

typedef axf_tensor *(*network_function)(result *to, const axf_pass *pass);

static axf_backend open_backend(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, name);
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(file != NULL, "%s", dlerror());
    axf_plugin_entry_function entry;
    *(void **)&entry = dlsym(file, "axf_plugin_entry");
    ck_assert_ptr_nonnull(entry);
    return *(const axf_backend *)entry()->first->vtable;
}

static axf_tensor *param(rig *r, const char *name)
{
    axf_param *found = axf_params_find(&r->params, name);
    ck_assert_msg(found != NULL, "no parameter %s", name);
    return &found->tensor;
}

static void add_weight(rig *r, const char *name, int64_t o, int64_t c, int64_t side)
{
    const axf_parameter spec = {.struct_size = sizeof spec,
                                .name = name,
                                .ndim = 4,
                                .shape = {o, c, side, side},
                                .initial = AXF_INIT_NORMAL,
                                .a = 0.2};
    axf_param *made;
    ck_assert_int_eq(axf_params_add(&r->params, NULL, &spec, &made), AXF_OK);
}

static void add_params(rig *r)
{
    add_weight(r, "stem", WIDTH, 3, 3);
    add_param(r, "gamma", 0, WIDTH, 0);
    add_param(r, "beta", 0, WIDTH, 0);
    add_param(r, "mean", AXF_PARAM_BUFFER, WIDTH, 0);
    add_param(r, "var", AXF_PARAM_BUFFER, WIDTH, 0);
    add_weight(r, "place", WIDE, WIDTH, 1);
    add_param(r, "bias", 0, WIDE, 0);
    add_weight(r, "window", WIDE, WIDTH, 3);
    add_param(r, "window_bias", 0, WIDE, 0);
    add_weight(r, "few", 5, WIDTH, 1);
    add_weight(r, "few_windows", 5, WIDE, 3);
    add_weight(r, "after_mean", WIDTH, WIDE, 1);
    add_weight(r, "strided", WIDTH, WIDE, 3);
    add_weight(r, "shortcut", WIDTH, WIDE, 1);
    add_param(r, "planes", 0, POSTS * WIDE, HALF * HALF);
}

static void read_map(result *to, const axf_tensor *map)
{
    const int i = to->reads++;
    ck_assert_int_lt(i, MOST_READ);
    ck_assert_msg(map != NULL, "%s", axf_error_message());
    to->count[i] = axf_tensor_elements(map);
    to->read[i] = malloc((size_t)to->count[i] * sizeof(double));
    ck_assert_int_eq(axf_tape_read_double(to->r.tape, map, to->read[i]), AXF_OK);
}

static axf_tensor *weighed_sum(const axf_pass *pass, axf_tensor *x, double factor)
{
    const axf_ops *o = pass->ops;
    return o->sum(pass, o->multiply(pass, x, o->unary(pass, x, AXF_SIGMOID)), factor);
}

/* Stem, pooling and two branches, all of it with the channels last. */
static axf_tensor *begin_network(result *to, const axf_pass *pass, axf_tensor **pooled)
{
    static float pixels[POSTS * 3 * SIDE * SIDE];
    rig *r = &to->r;
    const axf_ops *o = pass->ops;
    for (int i = 0; i < POSTS * 3 * SIDE * SIDE; i++) {
        pixels[i] = (float)((i * 37 + i * i % 11) % 29) / 29 - 0.4f;
    }
    axf_tensor *x =
        o->reshape(pass, o->constant(pass, pixels, POSTS * 3, SIDE * SIDE), 4, (const int64_t[]){POSTS, 3, SIDE, SIDE});
    x = o->conv2d(pass, x, param(r, "stem"), NULL, 1, 1);
    x = o->batch_norm(pass, x, param(r, "gamma"), param(r, "beta"), param(r, "mean"), param(r, "var"), 1e-5, 0.1);
    x = o->unary(pass, x, AXF_RELU);
    *pooled = o->max_pool2d(pass, x, 3, 2, 1);
    axf_tensor *place = o->conv2d(pass, *pooled, param(r, "place"), param(r, "bias"), 1, 0);
    axf_tensor *window = o->conv2d(pass, *pooled, param(r, "window"), param(r, "window_bias"), 1, 1);
    axf_tensor *both = o->add(pass, place, o->unary(pass, window, AXF_RELU));
    return o->multiply(pass, both, o->unary(pass, both, AXF_GELU));
}

static axf_tensor *end_network(result *to, const axf_pass *pass, axf_tensor *map)
{
    const axf_ops *o = pass->ops;
    axf_tensor *strided = o->conv2d(pass, map, param(&to->r, "strided"), NULL, 2, 1);
    return o->add(pass, strided, o->conv2d(pass, map, param(&to->r, "shortcut"), NULL, 2, 0));
}

/* Nothing is read on the way, which would put it in the order of its shape. */
static axf_tensor *plain_network(result *to, const axf_pass *pass)
{
    const axf_ops *o = pass->ops;
    axf_tensor *pooled;
    axf_tensor *map = end_network(to, pass, begin_network(to, pass, &pooled));
    axf_tensor *rows = weighed_sum(pass, o->image_rows(pass, map), 0.1); /* its gradient is added */
    return o->add(pass, rows, weighed_sum(pass, o->image_rows(pass, o->unary(pass, map, AXF_RELU)), 1));
}

/* Branches share maps with ops that do not know them, so that gradients of both orders are added up. */
static axf_tensor *mixed_network(result *to, const axf_pass *pass)
{
    rig *r = &to->r;
    const axf_ops *o = pass->ops;
    axf_tensor *pooled;
    axf_tensor *map = begin_network(to, pass, &pooled);
    read_map(to, map);
    /* Outputs too few to have the channels last. */
    axf_tensor *few = o->conv2d(pass, pooled, param(r, "few"), NULL, 1, 0);
    few = o->add(pass, few, o->conv2d(pass, map, param(r, "few_windows"), NULL, 1, 1));
    /* Planes in the order of the shape. */
    axf_tensor *planes = o->reshape(pass, map, 2, (const int64_t[]){POSTS * WIDE, HALF * HALF});
    planes = o->multiply(pass, planes, param(r, "planes"));
    axf_tensor *mixed = o->add(pass, map, o->reshape(pass, planes, 4, (const int64_t[]){POSTS, WIDE, HALF, HALF}));
    axf_tensor *mean = o->average_pool2d(pass, map, 2, 2, 0);
    axf_tensor *after = o->conv2d(pass, mean, param(r, "after_mean"), NULL, 1, 0);
    axf_tensor *last = o->add(pass, after, end_network(to, pass, map));
    read_map(to, after);
    const int32_t order[] = {1, 1, 0};
    axf_tensor *gathered = o->gather_posts(pass, last, order, 3);
    axf_tensor *loss = o->sum(pass, o->image_rows(pass, gathered), 0.5);
    loss = o->add(pass, loss, weighed_sum(pass, o->image_rows(pass, last), 0.3));
    loss = o->add(pass, loss, weighed_sum(pass, mixed, 0.1));
    loss = o->add(pass, loss, weighed_sum(pass, few, 0.2));
    return o->add(pass, loss, weighed_sum(pass, o->image_rows(pass, pooled), 0.1));
}

static int run_backend(result *to, const char *name, int32_t precision, network_function network)
{
    plugin_backend = open_backend(name);
    backend_failure = -1;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = precision, .threads = 1};
    void *self;
    if (plugin_backend.create(&test_host, NULL, &request, &self) != AXF_OK) {
        return 0; /* a machine without bf16 */
    }
    plugin_backend.destroy(self);
    rig_open(&to->r, precision, 0);
    add_params(&to->r);
    rig_draw(&to->r);
    for (int step = 0; step < 3; step++) { /* the others in memory that held maps, of the other network too */
        for (int i = 0; i < to->reads; i++) {
            free(to->read[i]);
        }
        to->reads = 0;
        rig_forget(&to->r);
        axf_params_begin_step(&to->r.params);
        axf_tape_begin(to->r.tape, 1, 0);
        const axf_pass *pass = axf_tape_pass(
            to->r.tape, &(axf_pass_settings){.component = "image", .training = 1, .posts = POSTS, .record = 1});
        axf_tensor *loss = step != 1                  ? network(to, pass)
                           : network == plain_network ? mixed_network(to, pass)
                                                      : plain_network(to, pass);
        to->loss = read_scalar(&to->r, loss);
        ck_assert_msg(axf_tape_backward(to->r.tape, loss, 1, note_gradient, &to->r) == AXF_OK, "%s",
                      axf_error_message());
        axf_tape_end(to->r.tape);
    }
    for (int i = 0; i < to->r.count; i++) {
        to->elements[i] = axf_tensor_elements(param(&to->r, to->r.gradients[i].name));
    }
    axf_tape_free(to->r.tape);
    axf_params_free(&to->r.params);
    to->r.backend.destroy(to->r.self);
    axf_arena_free(&host_arena);
    return 1;
}

static void result_free(result *of)
{
    for (int i = 0; i < of->reads; i++) {
        free(of->read[i]);
    }
    for (int i = 0; i < of->r.count; i++) {
        free(of->r.gradients[i].values);
    }
}

static void check_close(const char *what, const double *got, const double *want, int64_t count, double tolerance)
{
    double greatest = 0;
    for (int64_t i = 0; i < count; i++) {
        greatest = fmax(greatest, fabs(want[i]));
    }
    ck_assert(greatest > 0);
    for (int64_t i = 0; i < count; i++) {
        ck_assert_msg(fabs(got[i] - want[i]) <= tolerance * greatest, "%s[%lld]: %.9g, the reference has %.9g", what,
                      (long long)i, got[i], want[i]);
    }
}

static void check_equal(network_function network, int32_t precision, double tolerance)
{
    static result want, got;
    want = got = (result){0};
    if (!run_backend(&got, "cpu.impl", precision, network)) {
        return;
    }
    ck_assert(run_backend(&want, "reference", AXF_PRECISION_F64, network));
    check_close("loss", &got.loss, &want.loss, 1, tolerance);
    for (int i = 0; i < want.reads; i++) {
        char name[32];
        snprintf(name, sizeof name, "map %d", i);
        ck_assert_int_eq(got.count[i], want.count[i]);
        check_close(name, got.read[i], want.read[i], want.count[i], tolerance);
    }
    ck_assert_int_eq(got.r.count, want.r.count);
    for (int i = 0; i < want.r.count; i++) {
        const noted *note = &want.r.gradients[i], *other = find_gradient(&got.r, note->name);
        ck_assert_msg(other != NULL, "%s has no gradient", note->name);
        check_close(note->name, other->values, note->values, want.elements[i], tolerance);
    }
    result_free(&got);
    result_free(&want);
}

START_TEST(maps_in_f32)
{
    check_equal(_i == 0 ? plain_network : mixed_network, AXF_PRECISION_F32, 1e-5);
}
END_TEST

START_TEST(maps_in_bf16)
{
    check_equal(_i == 0 ? plain_network : mixed_network, AXF_PRECISION_BF16, 0.05);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maps of the cpu backend");
    TCase *maps = tcase_create("maps");
    tcase_add_loop_test(maps, maps_in_f32, 0, 2);
    tcase_add_loop_test(maps, maps_in_bf16, 0, 2);
    suite_add_tcase(suite, maps);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
