/* Further image encoders against transformers and torchvision: outputs, gradients and three steps, from checkpoint
 * folders as they are published. */
#include "wide_case.h"

#include "auxfuse/image_encoder.h"
#include "model/state.h"

typedef struct image_case {
    axf_instance instance;
    const axf_image_encoder *encoder;
    axf_image_facts facts;
    axf_weights_summary summary;
    axf_safetensors *file;
    int training;
} image_case;

/* ResNets share a plugin. */
static void add_file(axf_registry *registry, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, name);
    ck_ok(axf_registry_add_file(registry, path));
}

static int image_open(rig *r, image_case *c, int kind, const char *name, const char *options, const char *golden)
{
    *c = (image_case){0};
    if (!rig_open(r, kind)) {
        return 0;
    }
    if (strncmp(name, "resnet", 6) == 0) {
        add_file(&r->registry, "resnet");
    }
    c->file = golden_open(golden);
    rig_instance(r, &c->instance, AXF_KIND_IMAGE_ENCODER, name, options);
    c->encoder = c->instance.vtable;
    c->facts = (axf_image_facts){.struct_size = sizeof c->facts};
    ck_ok(c->encoder->describe(&c->instance.host, c->instance.options, &c->facts));
    ck_ok(c->encoder->declare(&c->instance.host, c->instance.options, c->facts.gives, &c->instance.self));
    rig_ready(r, c->file);
    ck_ok(axf_weights_load(&r->model, &c->instance, &c->summary));
    ck_assert_int_eq(c->summary.drawn, 0);
    return 1;
}

static void image_close(rig *r, image_case *c)
{
    c->encoder->destroy(c->instance.self);
    rig_close(r, &c->instance);
    axf_safetensors_close(c->file);
}

/* The golden pixels through the encoder. */
static const axf_pass *encode(rig *r, const image_case *c, int training, uint32_t wanted, axf_state *state)
{
    enum { MOST = 8 };
    int32_t height[MOST], width[MOST];
    int64_t offset[MOST + 1];
    const axf_stored *entry = golden_entry(c->file, "input.pixels");
    const int32_t posts = (int32_t)entry->shape[0];
    ck_assert_int_le(posts, MOST);
    const axf_pass *pass = rig_begin(r, "image", training, wanted, posts);
    float *pixels = golden_entry_real(entry);
    for (int32_t b = 0; b <= posts; b++) {
        offset[b] = 3 * entry->shape[2] * entry->shape[3] * b;
    }
    for (int32_t b = 0; b < posts; b++) {
        height[b] = (int32_t)entry->shape[2];
        width[b] = (int32_t)entry->shape[3];
    }
    axf_tensor *tensor = axf_tape_input(r->tape, AXF_F32, 1, &entry->count, pixels, NULL);
    const axf_images images = {.struct_size = sizeof images,
                               .posts = posts,
                               .pixels = tensor,
                               .height = height,
                               .width = width,
                               .offset = offset,
                               .one_size = 1};
    *state = (axf_state){.struct_size = sizeof *state};
    ck_ok(c->encoder->encode(c->instance.self, pass, &images, state));
    ck_ok(axf_tape_status(r->tape));
    free(pixels);
    return pass;
}

/* Σ x · the file's upstream gradient; rows of padding count 0. */
static axf_tensor *weighed(rig *r, const axf_pass *pass, axf_tensor *x, const axf_safetensors *file, const char *name)
{
    const axf_stored *entry = golden_entry(file, name);
    float *values = golden_entry_real(entry), *all = calloc((size_t)axf_tensor_elements(x), sizeof *all);
    memcpy(all, values, (size_t)entry->count * sizeof *all);
    axf_tensor *upstream = axf_tape_input(r->tape, AXF_F32, 2, x->shape, all, x->rows);
    free(values);
    free(all);
    return pass->ops->sum(pass, pass->ops->multiply(pass, x, upstream), 1);
}

static axf_tensor *forward(rig *r, void *context, int check)
{
    const image_case *c = context;
    axf_state state;
    const axf_pass *pass = encode(r, c, c->training, AXF_WANT_ROWS | AXF_WANT_POOLED, &state);
    axf_tensor *rows = axf_state_find(&state, "rows"), *pooled = axf_state_find(&state, "pooled");
    if (check) {
        rig_check(r, "output.rows", rows, c->file);
        rig_check(r, "output.pooled", pooled, c->file);
    }
    return pass->ops->add(pass, weighed(r, pass, rows, c->file, "input.upstream.rows"),
                          weighed(r, pass, pooled, c->file, "input.upstream.pooled"));
}

/* The first row alone, when only that is wanted, against the first of all rows. */
static void check_first(rig *r, const image_case *c)
{
    axf_state state;
    encode(r, c, 0, AXF_WANT_FIRST, &state);
    ck_assert_int_eq(state.count, 1);
    axf_tensor *first = axf_state_find(&state, "first");
    const int64_t posts = first->shape[0], width = first->shape[1];
    double *got = malloc((size_t)(posts * width) * sizeof *got);
    float *rows = golden_real(c->file, "output.rows");
    ck_ok(axf_tape_read_double(r->tape, first, got));
    for (int64_t b = 0; b < posts; b++) {
        golden_close("first", got + b * width, rows + b * c->facts.rows * width, width, 0, r->tolerance);
    }
    axf_tape_end(r->tape);
    free(got);
    free(rows);
}

static void check_transformer(int kind, const char *name, const char *options, const char *golden, int64_t ignored)
{
    static rig r;
    image_case c;
    if (!image_open(&r, &c, kind, name, options, golden)) {
        return;
    }
    ck_assert_int_eq(c.summary.ignored, ignored);
    check_first(&r, &c);
    wide_run(&r, c.file, forward, &c);
    image_close(&r, &c);
}

START_TEST(vit_steps_equal_transformers)
{
    check_transformer(_i, "vit", "{weights: " GOLDEN "vit}", GOLDEN "vit/steps.safetensors", 0);
}
END_TEST

START_TEST(dinov2_steps_equal_transformers)
{
    check_transformer(_i, "dinov2", "{weights: " GOLDEN "dinov2}", GOLDEN "dinov2/steps.safetensors", 1);
}
END_TEST

START_TEST(deit_equals_transformers)
{
    check_transformer(_i, "deit", "{weights: " WIDE "deit}", WIDE "deit/golden.safetensors", 2); /* two heads */
}
END_TEST

START_TEST(beit_equals_transformers)
{
    /* the index tables, which are computed */
    check_transformer(_i, "beit", "{weights: " WIDE "beit}", WIDE "beit/golden.safetensors",
                      3); /* a head, two tables of indices */
}
END_TEST

START_TEST(facts_and_recipes)
{
    static rig r;
    image_case c;
    ck_assert(image_open(&r, &c, 0, "deit", "{weights: " WIDE "deit}", WIDE "deit/golden.safetensors"));
    ck_assert_int_eq(c.facts.rows, 11);
    ck_assert_int_eq(c.facts.random, 0);
    ck_assert_int_eq(c.facts.recipe.resize, AXF_RESIZE_SQUASH);
    ck_assert_int_eq(c.facts.recipe.filter, AXF_FILTER_BICUBIC);
    ck_assert_int_eq(c.facts.recipe.height, 27);
    ck_assert_int_eq(c.facts.recipe.crop, AXF_CROP_FLOOR); /* the file does not say so: the class does */
    ck_assert_int_eq(c.facts.recipe.out_height, 24);
    image_close(&r, &c);
    ck_assert(image_open(&r, &c, 0, "beit", "{weights: " WIDE "beit}", WIDE "beit/golden.safetensors"));
    ck_assert_int_eq(c.facts.rows, 10);
    ck_assert_int_eq(c.facts.random, 1);
    ck_assert_int_eq(c.facts.recipe.filter, AXF_FILTER_BILINEAR);
    ck_assert_int_eq(c.facts.recipe.crop, AXF_CROP_NONE); /* the file overrides the class */
    ck_assert_int_eq(c.facts.recipe.out_width, 24);
    image_close(&r, &c);
}
END_TEST

static void zero(rig *r, const char *name)
{
    for (int32_t i = 0; i < r->model.params.count; i++) {
        axf_param *param = r->model.params.items[i];
        if (strcmp(param->spec.name, name) == 0) {
            float *zeros = calloc((size_t)axf_param_elements(param), sizeof *zeros);
            ck_ok(axf_param_set(param, zeros));
            free(zeros);
            return;
        }
    }
    ck_abort_msg("no parameter %s", name);
}

static double *rows_of(rig *r, const image_case *c, int training, int64_t *count)
{
    axf_state state;
    encode(r, c, training, AXF_WANT_ROWS, &state);
    axf_tensor *rows = axf_state_find(&state, "rows");
    *count = rows->rows->total * rows->shape[1];
    double *values = malloc((size_t)axf_tensor_elements(rows) * sizeof *values);
    ck_ok(axf_tape_read_double(r->tape, rows, values));
    axf_tape_end(r->tape);
    return values;
}

/* With the golden folder's rate of 0.999 the last of two layers is as good as never there in training, the first
 * always: the result is that of a model whose last layer adds nothing. */
START_TEST(beit_drops_later_layers)
{
    static rig r;
    image_case c;
    int64_t count;
    if (!image_open(&r, &c, _i, "beit", "{weights: " WIDE "beit}", WIDE "beit/golden.safetensors")) {
        return;
    }
    double *whole = rows_of(&r, &c, 0, &count), *dropped = rows_of(&r, &c, 1, &count);
    zero(&r, "encoder.layer.1.lambda_1");
    zero(&r, "encoder.layer.1.lambda_2");
    double *shorter = rows_of(&r, &c, 0, &count), change = 0;
    for (int64_t i = 0; i < count; i++) {
        ck_assert_msg(fabs(dropped[i] - shorter[i]) <= 1e-6, "value %lld: %g, %g", (long long)i, dropped[i],
                      shorter[i]);
        change = fmax(change, fabs(whole[i] - dropped[i]));
    }
    ck_assert(change > 0.1);
    free(whole);
    free(dropped);
    free(shorter);
    image_close(&r, &c);
}
END_TEST

/* ---- ResNet ---- */

static void check_resnet(int kind, const char *golden, int training)
{
    static rig r;
    image_case c;
    if (!image_open(&r, &c, kind, "resnet50", "{weights: " WIDE "resnet}", golden)) {
        return;
    }
    c.training = training;
    ck_assert_int_eq(c.facts.width, 64);
    ck_assert_int_eq(c.facts.rows, 4);
    ck_assert_int_eq(c.facts.gives, AXF_WANT_ROWS | AXF_WANT_POOLED);
    ck_assert_int_eq(c.facts.couples_posts, 1);
    wide_run(&r, c.file, forward, &c);
    image_close(&r, &c);
}

START_TEST(resnet_frozen_equals_torchvision)
{
    check_resnet(_i, WIDE "resnet/frozen.safetensors", 0);
}
END_TEST

START_TEST(resnet_training_equals_torchvision)
{
    check_resnet(_i, WIDE "resnet/training.safetensors", 1);
}
END_TEST

START_TEST(resnet_conv_attention_equals_torch)
{
    static rig r;
    image_case c;
    const char *options = "{weights: " WIDE "resnet-attention, conv_attention: true, attention_width: 4}";
    if (image_open(&r, &c, _i, "resnet50", options, WIDE "resnet-attention/golden.safetensors")) {
        wide_run(&r, c.file, forward, &c);
        image_close(&r, &c);
    }
}
END_TEST

typedef struct published {
    const char *name;
    int32_t tensors; /* of torchvision's state_dict, but for fc and num_batches_tracked */
    int64_t elements;
} published;

/* The sizes without a config.json: numbers of tensors and values as torchvision 0.14's resnet50() and resnet152(). */
START_TEST(resnet_published_sizes)
{
    static const published models[] = {{"resnet50", 265, 23561152}, {"resnet152", 775, 58295232}};
    static rig r;
    axf_instance instance;
    for (int i = 0; i < 2; i++) {
        ck_assert(rig_open(&r, 1));
        add_file(&r.registry, "resnet");
        rig_instance(&r, &instance, AXF_KIND_IMAGE_ENCODER, models[i].name, "{weights: random, transform: crop}");
        const axf_image_encoder *encoder = instance.vtable;
        axf_image_facts facts = {.struct_size = sizeof facts};
        ck_ok(encoder->describe(&instance.host, instance.options, &facts));
        ck_assert_int_eq(facts.width, 2048);
        ck_assert_int_eq(facts.rows, 49);
        ck_assert_int_eq(facts.recipe.resize, AXF_RESIZE_SHORT_SIDE);
        ck_assert_int_eq(facts.recipe.short_side, 256);
        ck_assert_int_eq(facts.recipe.crop, AXF_CROP_HALF_EVEN);
        ck_assert_int_eq(facts.recipe.out_height, 224);
        ck_ok(encoder->declare(&instance.host, instance.options, facts.gives, &instance.self));
        int64_t elements = 0;
        for (int32_t k = 0; k < r.model.params.count; k++) {
            elements += axf_param_elements(r.model.params.items[k]);
        }
        ck_assert_int_eq(r.model.params.count, models[i].tensors);
        ck_assert_int_eq(elements, models[i].elements);
        encoder->destroy(instance.self);
        const axf_tape_settings settings = {.seed = 7};
        ck_ok(axf_tape_new(r.model.backend, r.model.backend_self, &r.model.params, &settings, &r.tape));
        rig_close(&r, &instance);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("further image encoders");
    TCase *encoders = tcase_create("encoders");
    tcase_set_timeout(encoders, 120);
    tcase_add_loop_test(encoders, vit_steps_equal_transformers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, dinov2_steps_equal_transformers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, deit_equals_transformers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, beit_equals_transformers, 0, RIG_KINDS);
    tcase_add_test(encoders, facts_and_recipes);
    tcase_add_loop_test(encoders, beit_drops_later_layers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, resnet_frozen_equals_torchvision, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, resnet_training_equals_torchvision, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, resnet_conv_attention_equals_torch, 0, RIG_KINDS);
    tcase_add_test(encoders, resnet_published_sizes);
    suite_add_tcase(suite, encoders);
    return run_suite(suite);
}
