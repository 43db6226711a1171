/* Further fusions and losses against torch: results, gradients (those of their inputs included) and three steps. */
#include "wide_case.h"

#include "auxfuse/fusion.h"
#include "auxfuse/loss.h"
#include "tensor/ragged.h"

/* ---- fusions ---- */

typedef struct fusion_case {
    axf_instance instance;
    const axf_fusion *fusion;
    axf_safetensors *file;
    axf_param *text_rows, *text_pooled, *image_rows, *image_pooled; /* those that the file has */
    int32_t width;
} fusion_case;

static axf_param *input_or_none(rig *r, const axf_safetensors *file, const char *name)
{
    const axf_stored *entry = axf_safetensors_find(file, name);
    return entry != NULL ? rig_input(r, file, name, entry->shape[0], entry->shape[1]) : NULL;
}

static void put(axf_state *state, const char *name, axf_tensor *tensor)
{
    state->item[state->count].name = name;
    state->item[state->count++].tensor = tensor;
}

static axf_state state_of(rig *r, const axf_pass *pass, axf_param *rows, const int32_t *offsets, axf_param *pooled)
{
    axf_state state = {.struct_size = sizeof state};
    if (rows != NULL) {
        axf_tensor *ragged = pass->ops->with_rows(pass, &rows->tensor, axf_tape_rows(r->tape, 4, offsets));
        put(&state, "rows", ragged);
        put(&state, "first", pass->ops->pool_rows(pass, ragged, AXF_POOL_FIRST, 0));
    }
    if (pooled != NULL) {
        put(&state, "pooled", &pooled->tensor);
    }
    return state;
}

static axf_tensor *fuse(rig *r, void *context, int check)
{
    const fusion_case *c = context;
    static const int32_t tens[] = {0, 10, 20, 30, 40};
    const axf_pass *pass = rig_begin(r, "fusion", 1, 0, 4);
    int32_t *offsets = golden_index(c->file, "input.offsets");
    const axf_state text = state_of(r, pass, c->text_rows, offsets, c->text_pooled);
    const axf_state image = state_of(r, pass, c->image_rows, tens, c->image_pooled);
    axf_tensor *fused;
    ck_ok(c->fusion->fuse(c->instance.self, pass, &text, &image, &fused));
    if (check) {
        rig_check(r, "output.fused", fused, c->file);
    }
    float *upstream = golden_real(c->file, "input.upstream");
    axf_tensor *weights = pass->ops->constant(pass, upstream, 4, c->width);
    free(offsets);
    free(upstream);
    return pass->ops->sum(pass, pass->ops->multiply(pass, fused, weights), 1);
}

static void check_fusion(int kind, const char *name, const char *options, const char *golden, int32_t image_width,
                         int32_t head_dropout)
{
    static rig r;
    fusion_case c = {0};
    if (!rig_open(&r, kind)) {
        return;
    }
    c.file = golden_open(golden);
    rig_instance(&r, &c.instance, AXF_KIND_FUSION, name, options);
    c.fusion = c.instance.vtable;
    const axf_text_facts text = {.struct_size = sizeof text, .width = 12, .pooled_width = 12};
    const axf_image_facts image = {.struct_size = sizeof image, .width = image_width, .pooled_width = image_width};
    const axf_fusion_inputs inputs = {sizeof inputs, &text, &image};
    axf_fusion_facts facts = {.struct_size = sizeof facts, .head_dropout = -1};
    ck_ok(c.fusion->describe(&c.instance.host, c.instance.options, &inputs, &facts));
    ck_assert_int_eq(facts.width, 12);
    ck_assert_int_eq(facts.head_dropout, head_dropout);
    c.width = facts.width;
    ck_ok(c.fusion->declare(&c.instance.host, c.instance.options, &inputs, &c.instance.self));
    c.text_rows = input_or_none(&r, c.file, "input.text_rows");
    c.text_pooled = input_or_none(&r, c.file, "input.text_pooled");
    c.image_rows = input_or_none(&r, c.file, "input.image_rows");
    c.image_pooled = input_or_none(&r, c.file, "input.image_pooled");
    const uint32_t rows = AXF_WANT_ROWS | AXF_WANT_FIRST;
    ck_assert(!(facts.reads_text & rows) == (c.text_rows == NULL));
    ck_assert(!(facts.reads_text & AXF_WANT_POOLED) == (c.text_pooled == NULL));
    ck_assert(!(facts.reads_image & rows) == (c.image_rows == NULL));
    ck_assert(!(facts.reads_image & AXF_WANT_POOLED) == (c.image_pooled == NULL));
    rig_ready(&r, c.file);
    wide_run(&r, c.file, fuse, &c);
    c.fusion->destroy(c.instance.self);
    rig_close(&r, &c.instance);
    axf_safetensors_close(c.file);
}

START_TEST(gmu_equals_torch)
{
    check_fusion(_i, "gmu", "", WIDE "fusion-gmu.safetensors", 20, 1);
}
END_TEST

START_TEST(aspect_att_equals_torch)
{
    check_fusion(_i, "aspect-att", "", WIDE "fusion-aspect-att.safetensors", 12, 1);
    check_fusion(_i, "aspect-att", "{reference_defects: true}", WIDE "fusion-aspect-att-mixed.safetensors", 12, 1);
}
END_TEST

START_TEST(concat_cnn_equals_torch)
{
    check_fusion(_i, "concat_cnn", "", WIDE "fusion-concat_cnn.safetensors", 20, 0);
}
END_TEST

START_TEST(xatt_equals_torch)
{
    check_fusion(_i, "xatt", "{bottleneck: 4}", WIDE "fusion-xatt.safetensors", 20, 1);
}
END_TEST

/* What describe says of text and image vectors that do not fit. */
static void check_refused(const char *name, const char *options, int32_t image_width, axf_status status,
                          const char *words)
{
    static rig r;
    axf_instance instance;
    ck_assert(rig_open(&r, 0));
    rig_instance(&r, &instance, AXF_KIND_FUSION, name, options);
    const axf_text_facts text = {.struct_size = sizeof text, .width = 12, .pooled_width = 12};
    const axf_image_facts image = {.struct_size = sizeof image, .width = image_width, .pooled_width = image_width};
    const axf_fusion_inputs inputs = {sizeof inputs, &text, &image};
    axf_fusion_facts facts = {.struct_size = sizeof facts};
    const axf_fusion *fusion = instance.vtable;
    ck_assert_int_eq(fusion->describe(&instance.host, instance.options, &inputs, &facts), status);
    ck_assert_msg(strstr(axf_error_message(), words) != NULL, "%s", axf_error_message());
    const axf_tape_settings settings = {.seed = 7};
    ck_ok(axf_tape_new(r.model.backend, r.model.backend_self, &r.model.params, &settings, &r.tape));
    rig_close(&r, &instance);
}

START_TEST(fusions_refuse)
{
    check_refused("aspect-att", "", 20, AXF_ERR_SPEC, "the text's has 12 columns, the image's 20");
}
END_TEST

/* ---- losses ---- */

typedef struct loss_case {
    axf_instance instance;
    const axf_loss *loss;
    axf_loss_facts facts;
    axf_safetensors *file;
    axf_param *input;
    const char *column;
    int32_t posts;
    int32_t *targets;
    float *labels, *weights;
} loss_case;

static int loss_open(rig *r, loss_case *c, int kind, const char *name, const char *options, const char *golden,
                     const axf_loss_inputs *inputs)
{
    *c = (loss_case){.posts = 6};
    if (!rig_open(r, kind)) {
        return 0;
    }
    c->file = golden_open(golden);
    rig_instance(r, &c->instance, AXF_KIND_LOSS, name, options);
    c->loss = c->instance.vtable;
    c->facts = (axf_loss_facts){.struct_size = sizeof c->facts};
    ck_ok(c->loss->describe(&c->instance.host, c->instance.options, inputs, &c->facts));
    ck_assert_int_eq(c->facts.scope, AXF_LOSS_PER_POST);
    ck_ok(c->loss->declare(&c->instance.host, c->instance.options, inputs, &c->instance.self));
    return 1;
}

static axf_tensor *compute(rig *r, loss_case *c, const axf_pass *pass, const axf_loss_view *view, int check)
{
    axf_loss_result result = {.struct_size = sizeof result};
    ck_ok(c->loss->compute(c->instance.self, pass, view, &result));
    ck_assert(result.weight == view->posts);
    axf_tensor *loss = pass->ops->scale(pass, result.sum, 1 / result.weight, 0);
    if (check) {
        rig_check(r, "output.loss", loss, c->file);
    }
    return loss;
}

static void loss_close(rig *r, loss_case *c)
{
    c->loss->destroy(c->instance.self);
    rig_close(r, &c->instance);
    axf_safetensors_close(c->file);
    free(c->targets);
    free(c->labels);
    free(c->weights);
}

static axf_status view_column(void *context, const char *name, axf_tensor **values, const float **host_values)
{
    const loss_case *c = context;
    ck_assert_str_eq(name, c->column);
    *values = NULL; /* not read */
    *host_values = c->labels;
    return AXF_OK;
}

static axf_tensor *iadds(rig *r, void *context, int check)
{
    loss_case *c = context;
    const axf_pass *pass = rig_begin(r, "losses.iadds", 1, 0, c->posts);
    const axf_loss_view view = {.struct_size = sizeof view,
                                .context = c,
                                .posts = c->posts,
                                .batch_posts = c->posts,
                                .fused_dropped = &c->input->tensor,
                                .column = view_column};
    return compute(r, c, pass, &view, check);
}

static int iadds_open(rig *r, loss_case *c, int kind, const char *options, const char *column)
{
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .classes = 3, .fused_width = 12};
    if (!loss_open(r, c, kind, "iadds", options, WIDE "loss-iadds.safetensors", &inputs)) {
        return 0;
    }
    ck_assert_int_eq(c->facts.role, AXF_LOSS_AUXILIARY);
    ck_assert_int_eq(c->facts.reads, AXF_READ_FUSED_DROPPED);
    ck_assert_str_eq(c->facts.column, column);
    c->column = column;
    c->input = rig_input(r, c->file, "input.fused", 6, 12);
    rig_ready(r, c->file);
    c->targets = golden_index(c->file, "input.labels");
    c->labels = malloc(6 * sizeof *c->labels);
    for (int i = 0; i < 6; i++) {
        c->labels[i] = (float)c->targets[i];
    }
    return 1;
}

START_TEST(iadds_equals_torch)
{
    static rig r;
    loss_case c;
    if (iadds_open(&r, &c, _i, "", "image_adds")) {
        wide_run(&r, c.file, iadds, &c);
        loss_close(&r, &c);
    }
    if (iadds_open(&r, &c, _i, "{column: other}", "other")) {
        wide_run(&r, c.file, iadds, &c);
        loss_close(&r, &c);
    }
}
END_TEST

START_TEST(iadds_refuses_other_labels)
{
    static rig r;
    static const float wrong[] = {2, -1, 0.5f, NAN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        loss_case c;
        ck_assert(iadds_open(&r, &c, 0, "", "image_adds"));
        c.labels[3] = wrong[i];
        const axf_pass *pass = rig_begin(&r, "losses.iadds", 1, 0, 6);
        const axf_loss_view view = {.struct_size = sizeof view,
                                    .context = &c,
                                    .posts = 6,
                                    .batch_posts = 6,
                                    .fused_dropped = &c.input->tensor,
                                    .column = view_column};
        axf_loss_result result = {.struct_size = sizeof result};
        ck_assert_int_eq(c.loss->compute(c.instance.self, pass, &view, &result), AXF_ERR_SPEC);
        ck_assert_ptr_nonnull(strstr(axf_error_message(), "column 'image_adds'"));
        axf_tape_end(r.tape);
        loss_close(&r, &c);
    }
}
END_TEST

static axf_tensor *bce(rig *r, void *context, int check)
{
    loss_case *c = context;
    const axf_pass *pass = rig_begin(r, "objective", 1, 0, 6);
    const axf_loss_view view = {.struct_size = sizeof view,
                                .posts = 6,
                                .batch_posts = 6,
                                .classes = 5,
                                .logits = &c->input->tensor,
                                .targets = pass->ops->constant(pass, c->labels, 6, 5),
                                .class_weights = pass->ops->constant(pass, c->weights, 5, 0),
                                .host_class_weights = c->weights};
    return compute(r, c, pass, &view, check);
}

static void check_bce(int kind, const char *options, const char *golden)
{
    static rig r;
    loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .classes = 5, .multi_label = 1};
    if (!loss_open(&r, &c, kind, "bce", options, golden, &inputs)) {
        return;
    }
    ck_assert_int_eq(c.facts.role, AXF_LOSS_OBJECTIVE);
    c.input = rig_input(&r, c.file, "input.logits", 6, 5);
    rig_ready(&r, c.file);
    c.labels = golden_real(c.file, "input.targets");
    c.weights = golden_real(c.file, "input.positive_weights");
    wide_run(&r, c.file, bce, &c);
    loss_close(&r, &c);
}

START_TEST(bce_equals_torch)
{
    check_bce(_i, "", WIDE "loss-bce.safetensors");
    check_bce(_i, "{class_weights: none}", WIDE "loss-bce-plain.safetensors");
}
END_TEST

static axf_tensor *loss_correction(rig *r, void *context, int check)
{
    loss_case *c = context;
    const axf_pass *pass = rig_begin(r, "objective", 1, 0, 6);
    const axf_loss_view view = {.struct_size = sizeof view,
                                .posts = 6,
                                .batch_posts = 6,
                                .classes = 2,
                                .logits = &c->input->tensor,
                                .targets = pass->ops->index(pass, c->targets, 6),
                                .host_targets = c->targets,
                                .class_weights = pass->ops->constant(pass, c->weights, 2, 0),
                                .host_class_weights = c->weights};
    return compute(r, c, pass, &view, check);
}

static void check_correction(int kind, const char *options, const char *golden)
{
    static rig r;
    loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .classes = 2};
    if (!loss_open(&r, &c, kind, "loss_correction", options, golden, &inputs)) {
        return;
    }
    ck_assert_int_eq(c.facts.role, AXF_LOSS_OBJECTIVE);
    c.input = rig_input(&r, c.file, "input.logits", 6, 2);
    rig_ready(&r, c.file);
    c.targets = golden_index(c.file, "input.targets");
    c.weights = golden_real(c.file, "input.class_weights");
    wide_run(&r, c.file, loss_correction, &c);
    loss_close(&r, &c);
}

START_TEST(loss_correction_equals_torch)
{
    check_correction(_i, "", WIDE "loss-loss_correction.safetensors");
    check_correction(_i, "{flipped_0: 0.3, flipped_1: 0.05}", WIDE "loss-loss_correction-rates.safetensors");
}
END_TEST

static void check_loss_refused(const char *name, const char *options, int32_t classes, int32_t multi_label,
                               const char *words)
{
    static rig r;
    axf_instance instance;
    ck_assert(rig_open(&r, 0));
    rig_instance(&r, &instance, AXF_KIND_LOSS, name, options);
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .classes = classes, .multi_label = multi_label};
    axf_loss_facts facts = {.struct_size = sizeof facts};
    const axf_loss *loss = instance.vtable;
    ck_assert_int_eq(loss->describe(&instance.host, instance.options, &inputs, &facts), AXF_ERR_SPEC);
    ck_assert_msg(strstr(axf_error_message(), words) != NULL, "%s", axf_error_message());
    const axf_tape_settings settings = {.seed = 7};
    ck_ok(axf_tape_new(r.model.backend, r.model.backend_self, &r.model.params, &settings, &r.tape));
    rig_close(&r, &instance);
}

START_TEST(losses_refuse)
{
    check_loss_refused("bce", "", 5, 0, "one class a post");
    check_loss_refused("loss_correction", "", 3, 0, "3 classes");
    check_loss_refused("loss_correction", "", 2, 1, "several a post");
    check_loss_refused("loss_correction", "{flipped_0: 0.6, flipped_1: 0.4}", 2, 0, "is 1");
    check_loss_refused("iadds", "{column: ''}", 2, 0, "must name a column");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("further fusions and losses");
    TCase *parts = tcase_create("parts");
    tcase_set_timeout(parts, 60);
    tcase_add_loop_test(parts, gmu_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, aspect_att_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, concat_cnn_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, xatt_equals_torch, 0, RIG_KINDS);
    tcase_add_test(parts, fusions_refuse);
    tcase_add_loop_test(parts, iadds_equals_torch, 0, RIG_KINDS);
    tcase_add_test(parts, iadds_refuses_other_labels);
    tcase_add_loop_test(parts, bce_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, loss_correction_equals_torch, 0, RIG_KINDS);
    tcase_add_test(parts, losses_refuse);
    suite_add_tcase(suite, parts);
    return run_suite(suite);
}
