/* The op front ends that test_tape.c's text model does not use: images, windows, tables, losses, broadcasting. Each
 * model's gradients are compared with central differences, its shapes and padding with what ops.h says. */
#include "tape_case.h"
#include "temp_folder.h"

#include "tensor/backward.h"
#include "tensor/param_values.h"
#include "tensor/passes.h"
#include "tensor/ragged.h"
#include "tensor/tape_types.h"

enum { POSTS = 2, SIDE = 6, WIDTH = 4, HEADS = 2 };

typedef axf_tensor *(*model_function)(rig *r, const axf_pass *pass);

typedef struct run {
    rig r;
    model_function model;
} run;

static const axf_pass *new_pass(rig *r)
{
    return axf_tape_pass(
        r->tape, &(axf_pass_settings){
                     .component = "image", .training = 1, .scope = AXF_PASS_SECOND, .posts = POSTS, .record = 1});
}

static double loss_of_run(void *context)
{
    run *of = context;
    axf_tape_begin(of->r.tape, 0, 0);
    const double loss = read_scalar(&of->r, of->model(&of->r, new_pass(&of->r)));
    axf_tape_end(of->r.tape);
    return loss;
}

/* Also: planning comes to the same peak, and backward gives everything back but the loss. */
static void check_model(run *of)
{
    rig_draw(&of->r);
    size_t peak[2];
    for (int planning = 1; planning >= 0; planning--) {
        axf_params_begin_step(&of->r.params);
        axf_tape_begin(of->r.tape, 1, planning);
        const axf_pass *pass = new_pass(&of->r);
        pass->ops->scope_begin(pass); /* so that backward has only what is kept for it */
        axf_tensor *loss = of->model(&of->r, pass);
        pass->ops->scope_end(pass, &loss, 1);
        ck_assert_msg(axf_tape_backward(of->r.tape, loss, 1, note_gradient, &of->r) == AXF_OK, "%s",
                      axf_error_message());
        ck_assert_uint_eq(of->r.tape->step_pool->in_use, 64);
        axf_tape_end(of->r.tape);
        peak[planning] = axf_tape_peak(of->r.tape);
    }
    ck_assert_uint_eq(peak[0], peak[1]);
    check_noted_gradients(&of->r, loss_of_run, of);
    rig_close(&of->r);
}

static axf_tensor *param(rig *r, const char *name)
{
    axf_param *found = axf_params_find(&r->params, name);
    ck_assert_ptr_nonnull(found);
    return &found->tensor;
}

static void add_param4(rig *r, const char *name, int64_t o, int64_t c, int64_t h, int64_t w)
{
    const axf_parameter spec = {.struct_size = sizeof spec,
                                .name = name,
                                .ndim = 4,
                                .shape = {o, c, h, w},
                                .initial = AXF_INIT_NORMAL,
                                .a = 0.5};
    axf_param *made;
    ck_assert_int_eq(axf_params_add(&r->params, NULL, &spec, &made), AXF_OK);
}

/* Pictures of SIDE x SIDE, or the second one of half the height. */
static axf_images *pictures(rig *r, int one_size)
{
    static int32_t height[POSTS], width[POSTS];
    static int64_t offset[POSTS];
    static axf_images images;
    static float pixels[POSTS * 3 * SIDE * SIDE];
    const int64_t count = 3 * SIDE * SIDE + 3 * SIDE * (one_size ? SIDE : SIDE / 2);
    for (int i = 0; i < count; i++) {
        pixels[i] = (float)((i * 37 + i * i % 11) % 29) / 29;
    }
    height[0] = width[0] = width[1] = SIDE;
    height[1] = one_size ? SIDE : SIDE / 2;
    offset[1] = 3 * SIDE * SIDE;
    images = (axf_images){.struct_size = sizeof images,
                          .posts = POSTS,
                          .pixels = axf_tape_input(r->tape, AXF_F32, 1, &count, pixels, NULL),
                          .height = height,
                          .width = width,
                          .offset = offset,
                          .one_size = one_size};
    return &images;
}

static axf_tensor *convolutions(rig *r, const axf_pass *pass)
{
    const axf_ops *o = pass->ops;
    axf_tensor *x = o->image_tensor(pass, pictures(r, 1));
    x = o->conv2d(pass, x, param(r, "w"), param(r, "b"), 1, 1);
    x = o->batch_norm(pass, x, param(r, "gamma"), param(r, "beta"), param(r, "mean"), param(r, "var"), 1e-5, 0.1);
    x = o->unary(pass, x, AXF_RELU);
    x = o->max_pool2d(pass, x, 3, 2, 1);
    x = o->average_pool2d(pass, x, 2, 1, 0);
    const int32_t order[] = {1, 1, 0};
    x = o->gather_posts(pass, x, order, POSTS); /* four dimensions */
    x = o->image_rows(pass, x);
    if (axf_tape_status(r->tape) == AXF_OK) {
        ck_assert_int_eq(x->rows->total, POSTS * 2 * 2);
        ck_assert_int_eq(x->rows->longest, 4);
    }
    x = o->attention(pass, x, x, x, param(r, "bias"), HEADS, 1, 0, NULL);
    const axf_tensor *half = o->matmul(pass, o->reshape(pass, x, 3, (const int64_t[]){POSTS, 4, WIDTH}),
                                       o->reshape(pass, x, 3, (const int64_t[]){POSTS, 4, WIDTH}), 1, 0, 0.5);
    return o->sum(pass, (axf_tensor *)half, 0.25);
}

START_TEST(image_network)
{
    run of = {.model = convolutions};
    rig_open(&of.r, AXF_PRECISION_F64, 0);
    add_param4(&of.r, "w", WIDTH, 3, 3, 3);
    add_param(&of.r, "b", 0, WIDTH, 0);
    add_param(&of.r, "gamma", 0, WIDTH, 0);
    add_param(&of.r, "beta", 0, WIDTH, 0);
    add_param(&of.r, "mean", AXF_PARAM_BUFFER, WIDTH, 0);
    add_param(&of.r, "var", AXF_PARAM_BUFFER, WIDTH, 0);
    const axf_parameter bias = {.name = "bias", .ndim = 3, .shape = {HEADS, 4, 4}, .initial = AXF_INIT_ZEROS};
    axf_param *made;
    ck_assert_int_eq(axf_params_add(&of.r.params, NULL, &bias, &made), AXF_OK);
    check_model(&of);
}
END_TEST

/* 9 squares and 3: 12 rows, padded to 32; positions 2 x 2 resampled to each picture's grid. */
static axf_tensor *squares(rig *r, const axf_pass *pass)
{
    const axf_ops *o = pass->ops;
    axf_tensor *x = o->patches(pass, pictures(r, 0), 2);
    if (axf_tape_status(r->tape) == AXF_OK) {
        ck_assert_int_eq(x->rows->total, 9 + 3);
        ck_assert_int_eq(x->shape[0], 32);
        ck_assert_int_eq(x->shape[1], 12);
    }
    x = o->linear(pass, x, param(r, "w"), NULL, AXF_NONE);
    axf_tensor *grids[] = {o->resample_grid(pass, param(r, "grid"), 2, 2, 3, 3, AXF_GRID_BICUBIC),
                           o->resample_grid(pass, param(r, "grid"), 2, 2, 1, 3, AXF_GRID_BILINEAR)};
    int32_t first[32], second[32];
    for (int i = 0; i < 32; i++) {
        first[i] = i < 9 ? i : -1;
        second[i] = i >= 9 && i < 12 ? i - 9 : -1;
    }
    x = o->add(pass, x,
               o->add(pass, o->gather_rows(pass, grids[0], first, 32), o->gather_rows(pass, grids[1], second, 32)));
    axf_tensor *token = o->embedding(pass, param(r, "token"), o->index(pass, (const int32_t[]){0, 0}, POSTS), NULL);
    axf_tensor *both[] = {token, x};
    x = o->concat_rows(pass, both, 2);
    if (axf_tape_status(r->tape) == AXF_OK) {
        ck_assert_int_eq(x->rows->total, 9 + 3 + POSTS);
        ck_assert_int_eq(x->shape[0], 32);
    }
    x = o->add(pass, x, o->drop_path(pass, o->softmax(pass, x), 0.5, "path"));
    axf_tensor *columns[] = {o->slice_columns(pass, x, 2, 2), o->slice_columns(pass, x, 0, 3)};
    x = o->concat_columns(pass, columns, 2);
    return o->sum(pass, o->multiply(pass, x, o->unary(pass, x, AXF_SIGMOID)), 1); /* padding does not count */
}

START_TEST(patch_network)
{
    run of = {.model = squares};
    rig_open(&of.r, AXF_PRECISION_F64, 0);
    add_param(&of.r, "w", 0, WIDTH, 12);
    add_param(&of.r, "grid", 0, 4, WIDTH);
    add_param(&of.r, "token", AXF_PARAM_SPARSE, 1, WIDTH);
    check_model(&of);
}
END_TEST

static axf_tensor *pointwise(rig *r, const axf_pass *pass)
{
    const axf_ops *o = pass->ops;
    axf_tensor *x = param(r, "x");
    axf_tensor *y = o->unary(pass, o->multiply(pass, x, param(r, "row")), AXF_GELU);
    y = o->unary(pass, o->multiply(pass, y, param(r, "column")), AXF_TANH);
    y = o->unary(pass, o->scale(pass, o->multiply(pass, y, param(r, "one")), 0.5, 0.25), AXF_EXP);
    y = o->add(pass, o->add(pass, o->add(pass, y, param(r, "row")), param(r, "column")), param(r, "one"));
    const axf_rows *rows = axf_tape_rows(r->tape, POSTS, (const int32_t[]){0, 2, 3});
    y = o->multiply(pass, o->with_rows(pass, y, rows), param(r, "post"));
    y = o->add(pass, y, y);                                    /* one gradient on two ways at once */
    axf_tensor *used_again = o->add(pass, y, param(r, "row")); /* backward finds a gradient of y already there */
    y = o->multiply(pass, y, used_again);
    y = o->add(pass, used_again, y);
    const int32_t to[] = {4, -1, 0};
    y = o->scatter_rows(pass, y, to, 3, 5);
    const float targets[5 * WIDTH] = {0.5f, 0.25f, 0.25f, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    const float weights[WIDTH] = {1, 2, 0.5f, 3};
    axf_tensor *t = o->constant(pass, targets, 5, WIDTH), *w = o->constant(pass, weights, WIDTH, 0);
    axf_tensor *soft = o->cross_entropy(pass, y, t, w);
    const int32_t classes[] = {3, 0, 2, 1, 1};
    axf_tensor *hard = o->cross_entropy(pass, y, o->index(pass, classes, 5), w);
    axf_tensor *several = o->binary_cross_entropy(pass, y, t, w);
    return o->sum(pass, o->add(pass, o->add(pass, soft, hard), several), 0.5);
}

START_TEST(pointwise_and_losses)
{
    run of = {.model = pointwise};
    rig_open(&of.r, AXF_PRECISION_F64, 0);
    add_param(&of.r, "x", 0, 3, WIDTH);
    add_param(&of.r, "row", 0, WIDTH, 0);
    add_param(&of.r, "column", 0, 3, 1);
    add_param(&of.r, "one", 0, 1, 0);
    add_param(&of.r, "post", 0, POSTS, WIDTH);
    check_model(&of);
}
END_TEST

/* Rows of padding are zero after a gather, and no sum counts them. */
START_TEST(padding)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    add_param(&r, "x", 0, 3, WIDTH);
    rig_draw(&r);
    axf_tape_begin(r.tape, 0, 0);
    const axf_pass *pass = new_pass(&r);
    const axf_ops *o = pass->ops;
    axf_tensor *x = o->with_rows(pass, param(&r, "x"), axf_tape_rows(r.tape, 2, (const int32_t[]){0, 1, 3}));
    x = o->gather_posts(pass, x, (const int32_t[]){1, 0, 1}, 3);
    ck_assert_int_eq(x->shape[0], 32);
    ck_assert_int_eq(x->rows->total, 5);
    float values[32 * WIDTH], source[3 * WIDTH];
    ck_assert_int_eq(axf_tape_read(r.tape, x, values), AXF_OK);
    ck_assert_int_eq(axf_param_get(axf_params_find(&r.params, "x"), source), AXF_OK);
    static const int from[] = {1, 2, 0, 1, 2};
    for (int i = 0; i < 32 * WIDTH; i++) {
        const float expected = i / WIDTH < 5 ? source[from[i / WIDTH] * WIDTH + i % WIDTH] : 0;
        ck_assert_float_eq(values[i], expected);
    }
    ck_assert_double_eq(read_scalar(&r, o->sum(pass, o->scale(pass, x, 0, 1), 1)), 5 * WIDTH);
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

/* Draws are keyed by name: another name, another mask; the same name, the same. */
START_TEST(dropout_names)
{
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    axf_tape_begin(r.tape, 0, 0);
    const axf_pass *pass = new_pass(&r);
    const axf_ops *o = pass->ops;
    float ones[POSTS * 64], masks[3][POSTS * 64];
    for (int i = 0; i < POSTS * 64; i++) {
        ones[i] = 1;
    }
    axf_tensor *x = o->constant(pass, ones, POSTS, 64);
    static const char *const names[] = {"one", "two", "one"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(axf_tape_read(r.tape, o->dropout(pass, x, 0.5, names[i]), masks[i]), AXF_OK);
    }
    ck_assert_mem_ne(masks[0], masks[1], sizeof ones);
    ck_assert_mem_eq(masks[0], masks[2], sizeof ones);
    ck_assert_mem_ne(masks[0], ones, sizeof ones);
    axf_tape_end(r.tape);
    rig_close(&r);
}
END_TEST

static axf_tensor *gradient_in_target(rig *r, const axf_pass *pass)
{
    return pass->ops->cross_entropy(pass, param(r, "x"), param(r, "x"), NULL);
}

static axf_tensor *large_kernel(rig *r, const axf_pass *pass)
{
    return pass->ops->conv2d(pass, pass->ops->image_tensor(pass, pictures(r, 1)), param(r, "w9"), NULL, 1, 1);
}

static axf_tensor *several_sizes(rig *r, const axf_pass *pass)
{
    return pass->ops->image_tensor(pass, pictures(r, 0));
}

static axf_tensor *pixels_missing(rig *r, const axf_pass *pass)
{
    axf_images *images = pictures(r, 0);
    ((int32_t *)images->height)[1] = SIDE;
    return pass->ops->patches(pass, images, 2);
}

static axf_tensor *wrong_grid(rig *r, const axf_pass *pass)
{
    return pass->ops->resample_grid(pass, param(r, "x"), 2, 2, 3, 3, AXF_GRID_BICUBIC);
}

static axf_tensor *odd_heads(rig *r, const axf_pass *pass)
{
    axf_tensor *x = pass->ops->with_rows(pass, param(r, "x"), axf_tape_rows(r->tape, 1, (const int32_t[]){0, 3}));
    return pass->ops->attention(pass, x, x, x, NULL, 3, 1, 0, NULL);
}

static axf_tensor *falling_rows(rig *r, const axf_pass *pass)
{
    return pass->ops->with_rows(pass, param(r, "x"), axf_tape_rows(r->tape, 2, (const int32_t[]){0, 3, 2}));
}

/* Kept by the inner scope, yet not by the outer one. */
static axf_tensor *outer_scope(rig *r, const axf_pass *pass)
{
    pass->ops->scope_begin(pass);
    pass->ops->scope_begin(pass);
    axf_tensor *y = pass->ops->scale(pass, param(r, "x"), 2, 0);
    pass->ops->scope_end(pass, &y, 1);
    axf_tensor *z = pass->ops->softmax(pass, y);
    ck_assert_ptr_nonnull(z);
    pass->ops->scope_end(pass, &z, 1);
    ck_assert_ptr_nonnull(pass->ops->softmax(pass, z));
    return pass->ops->softmax(pass, y);
}

static axf_tensor *broadcast_nothing(rig *r, const axf_pass *pass)
{
    return pass->ops->add(pass, param(r, "x"), param(r, "w9"));
}

static axf_tensor *unknown_loss(rig *r, const axf_pass *pass)
{
    axf_tensor *loss = pass->ops->sum(pass, pass->ops->detach(pass, param(r, "x")), 1);
    return axf_tape_backward(r->tape, loss, 1, NULL, NULL) == AXF_OK ? loss : NULL;
}

START_TEST(misuse_is_named)
{
    static const struct {
        model_function call;
        const char *message;
    } cases[] = {
        {gradient_in_target, "cross_entropy: input 2, x [3, 4], carries a gradient"},
        {large_kernel, "conv2d: [2, 3, 6, 6] and w9 [1, 3, 9, 9] do not fit: the image is smaller"},
        {several_sizes, "image_tensor: [162] does not fit: the images have several sizes"},
        {pixels_missing, "patches: image 1, 6 x 6 at 108, is not within the pixels [162]"},
        {wrong_grid, "resample_grid: x [3, 4] is no grid of 2 x 2"},
        {odd_heads, "attention: [3, 4] and [3, 4] do not fit: the columns"},
        {falling_rows, "rows of post 1 end at 2, before their begin at 3"},
        {broadcast_nothing, "add: x [3, 4] and w9 [1, 3, 9, 9] do not fit"},
        {outer_scope, "softmax: tensor 1, [3, 4], was made in a scope that has ended"},
        {unknown_loss, "no trained parameter lies behind the loss"},
    };
    rig r;
    rig_open(&r, AXF_PRECISION_F32, 0);
    add_param(&r, "x", 0, 3, WIDTH);
    add_param4(&r, "w9", 1, 3, 9, 9);
    rig_draw(&r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_tape_begin(r.tape, 1, 0);
        ck_assert_ptr_null(cases[i].call(&r, new_pass(&r)));
        ck_assert_int_ne(axf_tape_status(r.tape), AXF_OK);
        ck_assert_msg(strstr(axf_error_message(), cases[i].message) != NULL, "message \"%s\", not \"%s\"",
                      axf_error_message(), cases[i].message);
        axf_tape_end(r.tape);
    }
    rig_close(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tape_ops");
    TCase *models = tcase_create("models");
    tcase_set_timeout(models, 60);
    tcase_add_test(models, image_network);
    tcase_add_test(models, patch_network);
    tcase_add_test(models, pointwise_and_losses);
    tcase_add_test(models, padding);
    tcase_add_test(models, dropout_names);
    tcase_add_test(models, misuse_is_named);
    suite_add_tcase(suite, models);
    return run_suite(suite);
}
