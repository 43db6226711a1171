/* The row-sparse AdamW update gives the bits of the dense one; groups, schedules and clipping do what they say. */
#include "core/error.h"
#include "plugin/registry.h"
#include "temp_folder.h"
#include "tensor/first_values.h"
#include "tensor/param_values.h"
#include "train/clip.h"
#include "train/optimizer.h"
#include "train/schedule.h"

#include <math.h>

enum { ROWS = 50, WIDTH = 7, STEPS = 300 };

typedef struct rig {
    axf_registry registry;
    axf_instance instance;
    const axf_backend *backend;
    void *self;
    axf_experiment experiment;
    axf_params params;
    axf_optimizer optimizer;
} rig;

static void rig_open(rig *r)
{
    axf_registered *component;
    *r = (rig){0};
    ck_assert_int_eq(axf_registry_add_file(&r->registry, AXF_BUILD_DIR "/lib/auxfuse/reference.so"), AXF_OK);
    ck_assert_int_eq(axf_registry_get(&r->registry, AXF_KIND_BACKEND, "reference", &component), AXF_OK);
    ck_assert_int_eq(axf_instance_init(&r->instance, component, "backend", 0), AXF_OK);
    r->backend = r->instance.vtable;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = AXF_PRECISION_F32, .threads = 1};
    ck_assert_int_eq(r->backend->create(&r->instance.host, r->instance.options, &request, &r->self), AXF_OK);
    r->experiment.train = (axf_settings_train){.learning_rate = 1e-3,
                                               .weight_decay = 0.1,
                                               .beta1 = 0.9,
                                               .beta2 = 0.999,
                                               .epsilon = 1e-8,
                                               .schedule = AXF_SCHEDULE_COSINE,
                                               .warmup = 0.1,
                                               .clip = NAN};
    axf_params_init(&r->params, r->backend, r->self, AXF_F32);
}

static void rig_close(rig *r)
{
    axf_optimizer_free(&r->optimizer);
    axf_params_free(&r->params);
    r->backend->destroy(r->self);
    axf_instance_free(&r->instance);
    axf_registry_free(&r->registry);
}

static axf_param *add(rig *r, const char *name, uint32_t flags)
{
    const axf_parameter spec = {sizeof spec, name, 2, {ROWS, WIDTH}, AXF_INIT_NORMAL, 0.5, 0, flags};
    axf_param *param;
    ck_assert_int_eq(axf_params_add(&r->params, NULL, &spec, &param), AXF_OK);
    param->trained = 1;
    return param;
}

/* Pseudo-random rows of a step, without repeats; some rows of the table are never met. */
static int32_t rows_of_step(int step, int32_t ids[8])
{
    int32_t count = 0;
    for (int i = 0; i < 8; i++) {
        const int32_t id = (step * 31 + i * i * 17 + i) % (ROWS - 10);
        int seen = 0;
        for (int32_t k = 0; k < count; k++) {
            seen |= ids[k] == id;
        }
        if (!seen) {
            ids[count++] = id;
        }
    }
    return count;
}

static float gradient_at(int step, int32_t row, int column)
{
    return sinf((float)(step * 13 + row * 7 + column)) * (row % 3 == 0 ? 1e-3f : 1.0f);
}

static void step_dense(rig *r, axf_param *param, int step, float *values)
{
    int32_t ids[8];
    const int32_t count = rows_of_step(step, ids);
    memset(values, 0, ROWS * WIDTH * sizeof *values);
    for (int32_t i = 0; i < count; i++) {
        for (int c = 0; c < WIDTH; c++) {
            values[ids[i] * WIDTH + c] = gradient_at(step, ids[i], c);
        }
    }
    param->gradient = param->tensor;
    param->gradient.data = values;
    param->has_gradient = 1;
    ck_assert_int_eq(axf_optimizer_update(&r->optimizer, param), AXF_OK);
    param->gradient = (axf_tensor){0};
    param->has_gradient = 0;
}

static void step_sparse(rig *r, axf_param *param, int step, float *values)
{
    static int32_t slot[ROWS];
    int32_t ids[8];
    const int32_t count = rows_of_step(step, ids);
    for (int32_t i = 0; i < ROWS; i++) {
        slot[i] = -1;
    }
    for (int32_t i = 0; i < count; i++) {
        slot[ids[i]] = i;
        for (int c = 0; c < WIDTH; c++) {
            values[i * WIDTH + c] = gradient_at(step, ids[i], c);
        }
    }
    const axf_touched kept = param->touched;
    param->touched = (axf_touched){.place_of_row = slot, .ids = ids, .count = count};
    param->gradient = param->tensor;
    param->gradient.shape[0] = count;
    param->gradient.data = values;
    param->has_gradient = 1;
    ck_assert_int_eq(axf_optimizer_update(&r->optimizer, param), AXF_OK);
    param->touched = kept;
    param->gradient = (axf_tensor){0};
    param->has_gradient = 0;
}

START_TEST(sparse_update_has_the_bits_of_the_dense_one)
{
    rig r;
    float start[ROWS * WIDTH], dense[ROWS * WIDTH], sparse[ROWS * WIDTH], values[ROWS * WIDTH];
    rig_open(&r);
    axf_param *a = add(&r, "dense", 0), *b = add(&r, "sparse", AXF_PARAM_SPARSE);
    ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
    ck_assert_int_eq(axf_param_draw(a, 1), AXF_OK);
    ck_assert_int_eq(axf_param_get(a, start), AXF_OK);
    ck_assert_int_eq(axf_param_set(b, start), AXF_OK);
    ck_assert_int_eq(axf_optimizer_init(&r.optimizer, &r.experiment, &r.params, STEPS), AXF_OK);
    for (int step = 0; step < STEPS; step++) {
        axf_optimizer_begin_step(&r.optimizer);
        step_dense(&r, a, step, values);
        step_sparse(&r, b, step, values);
        axf_optimizer_end_step(&r.optimizer);
    }
    ck_assert_int_eq(axf_param_get(a, dense), AXF_OK);
    ck_assert_int_eq(axf_param_get(b, sparse), AXF_OK);
    ck_assert_mem_eq(dense, sparse, sizeof dense);
    ck_assert_mem_ne(dense, start, sizeof dense);
    /* A row that was never met only decayed: it moved, and has no moments. */
    ck_assert_float_ne(dense[(ROWS - 1) * WIDTH], start[(ROWS - 1) * WIDTH]);
    const axf_moments *moments = b->optimizer;
    ck_assert_int_le(moments->count, ROWS - 10);
    ck_assert_int_eq(moments->place_of_row[ROWS - 1], -1);
    rig_close(&r);
}
END_TEST

START_TEST(groups_set_rates_and_freeze)
{
    rig r;
    rig_open(&r);
    axf_param *text = add(&r, "text.a", 0), *head = add(&r, "head.b", AXF_PARAM_NO_DECAY),
              *image = add(&r, "image.c", 0);
    ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
    axf_settings_group groups[] = {{"text.*", 1e-6, NAN, "2 epochs"}, {"image*", NAN, 0, "yes"}};
    r.experiment.groups = groups;
    r.experiment.group_count = 2;
    r.experiment.train.decay_exclusions = true;
    ck_assert_int_eq(axf_optimizer_init(&r.optimizer, &r.experiment, &r.params, 10), AXF_OK);
    const axf_group_values *of_text = &r.optimizer.values[0], *of_head = &r.optimizer.values[1];
    ck_assert_double_eq(of_text->learning_rate, 1e-6);
    ck_assert_double_nan(of_text->weight_decay);
    ck_assert_double_nan(of_head->learning_rate);
    ck_assert_double_eq(of_head->weight_decay, 0);
    ck_assert_int_eq(image->trained, 0);
    axf_groups_begin_epoch(r.optimizer.values, &r.params, 1);
    ck_assert_int_eq(text->trained, 0);
    ck_assert_int_eq(head->trained, 1);
    axf_groups_begin_epoch(r.optimizer.values, &r.params, 2);
    ck_assert_int_eq(text->trained, 1);
    rig_close(&r);
}
END_TEST

START_TEST(a_group_that_matches_nothing_is_an_error)
{
    rig r;
    rig_open(&r);
    add(&r, "fusion.linear.weight", 0);
    ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
    axf_settings_group group = {"fusion.linar.weight", 1e-6, NAN, "no"};
    r.experiment.groups = &group;
    r.experiment.group_count = 1;
    ck_assert_int_eq(axf_optimizer_init(&r.optimizer, &r.experiment, &r.params, 10), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "did you mean \"fusion.linear.weight\""));
    rig_close(&r);
}
END_TEST

START_TEST(the_schedule_rises_and_falls)
{
    rig r;
    rig_open(&r);
    add(&r, "a", 0);
    ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
    r.experiment.train.schedule = AXF_SCHEDULE_LINEAR;
    r.experiment.train.warmup = 0.5;
    ck_assert_int_eq(axf_optimizer_init(&r.optimizer, &r.experiment, &r.params, 8), AXF_OK);
    static const double expected[8] = {0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25};
    for (int i = 0; i < 8; i++) {
        axf_optimizer_begin_step(&r.optimizer);
        ck_assert_double_eq_tol(r.optimizer.rate_factor, expected[i], 1e-12);
        axf_optimizer_end_step(&r.optimizer);
    }
    rig_close(&r);
}
END_TEST

START_TEST(clipping_scales_all_gradients_by_their_common_norm)
{
    rig r;
    rig_open(&r);
    axf_param *dense = add(&r, "dense", 0), *table = add(&r, "table", AXF_PARAM_SPARSE), *frozen = add(&r, "frozen", 0);
    float of_dense[ROWS * WIDTH] = {3}, of_table[ROWS * WIDTH] = {0, 4}, of_frozen[ROWS * WIDTH] = {100};
    of_table[WIDTH] = 50; /* in a row that was not touched */
    axf_param *const params[] = {dense, table, frozen};
    float *const gradients[] = {of_dense, of_table, of_frozen};
    axf_clip clip = {0};
    axf_tape *tape;
    const axf_tape_settings settings = {.keep_gradients = 1};
    ck_assert_int_eq(axf_params_allocate(&r.params), AXF_OK);
    ck_assert_int_eq(axf_tape_new(r.backend, r.self, &r.params, &settings, &tape), AXF_OK);
    for (int i = 0; i < 3; i++) {
        params[i]->gradient = params[i]->tensor;
        params[i]->gradient.data = gradients[i];
        params[i]->has_gradient = 1;
    }
    const axf_touched kept = table->touched;
    table->touched.count = 1;
    frozen->trained = 0;
    ck_assert_int_eq(axf_clip_gradients(&clip, &r.params, tape, 5), AXF_OK); /* the norm is 5: nothing changes */
    ck_assert_float_eq(of_dense[0], 3);
    ck_assert_int_eq(axf_clip_gradients(&clip, &r.params, tape, 1), AXF_OK);
    ck_assert_float_eq_tol(of_dense[0], 0.6, 1e-6);
    ck_assert_float_eq_tol(of_table[1], 0.8, 1e-6);
    ck_assert_float_eq(of_table[WIDTH], 50);
    ck_assert_float_eq(of_frozen[0], 100);
    table->touched = kept;
    for (int i = 0; i < 3; i++) {
        params[i]->gradient = (axf_tensor){0};
        params[i]->has_gradient = 0;
    }
    axf_clip_free(&clip, &r.params);
    axf_tape_free(tape);
    rig_close(&r);
}
END_TEST

START_TEST(schedules)
{
    static const struct {
        int64_t schedule, step, total;
        double warmup, factor;
    } cases[] = {
        {AXF_SCHEDULE_CONSTANT, 0, 10, 0, 1},     {AXF_SCHEDULE_CONSTANT, 9, 10, 0, 1},
        {AXF_SCHEDULE_LINEAR, 0, 10, 0, 1},       {AXF_SCHEDULE_LINEAR, 5, 10, 0, 0.5},
        {AXF_SCHEDULE_COSINE, 5, 10, 0, 0.5},     {AXF_SCHEDULE_COSINE, 10, 10, 0, 0},
        {AXF_SCHEDULE_CONSTANT, 1, 10, 0.4, 0.5}, {AXF_SCHEDULE_COSINE, 4, 10, 0.4, 1},
        {AXF_SCHEDULE_LINEAR, 0, 0, 0.1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const axf_settings_train train = {.schedule = cases[i].schedule, .warmup = cases[i].warmup};
        ck_assert_double_eq_tol(axf_schedule_factor(&train, cases[i].step, cases[i].total), cases[i].factor, 1e-12);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *tests = tcase_create("optimizer");
    tcase_add_test(tests, sparse_update_has_the_bits_of_the_dense_one);
    tcase_add_test(tests, groups_set_rates_and_freeze);
    tcase_add_test(tests, a_group_that_matches_nothing_is_an_error);
    tcase_add_test(tests, the_schedule_rises_and_falls);
    tcase_add_test(tests, clipping_scales_all_gradients_by_their_common_norm);
    tcase_add_test(tests, schedules);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
