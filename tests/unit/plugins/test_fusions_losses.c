/* Fusions and losses, one at a time, against torch: results and gradients, those of their inputs included. */
#include "model_case.h"

#include "auxfuse/fusion.h"
#include "auxfuse/loss.h"
#include "tensor/backward.h"
#include "tensor/ragged.h"

/* ---- fusions ---- */

static void check_fusion(int kind, const char *name, const char *golden)
{
    static rig r;
    axf_instance instance;
    if (!rig_open(&r, kind)) {
        return;
    }
    axf_safetensors *file = golden_open(golden);
    rig_instance(&r, &instance, AXF_KIND_FUSION, name, "");
    const axf_fusion *fusion = instance.vtable;
    const axf_text_facts text_facts = {.struct_size = sizeof text_facts, .width = 12};
    const axf_image_facts image_facts = {.struct_size = sizeof image_facts, .width = 20};
    const axf_fusion_inputs inputs = {sizeof inputs, &text_facts, &image_facts};
    axf_fusion_facts facts = {.struct_size = sizeof facts};
    ck_ok(fusion->describe(&instance.host, instance.options, &inputs, &facts));
    ck_assert_int_eq(facts.width, 12);
    ck_ok(fusion->declare(&instance.host, instance.options, &inputs, &instance.self));
    axf_param *text = rig_input(&r, file, "input.text_rows", 25, 12);
    axf_param *image = rig_input(&r, file, "input.image_rows", 40, 20);
    rig_ready(&r, file);
    const axf_pass *pass = rig_begin(&r, "fusion", 1, 0, 4);
    const axf_ops *ops = pass->ops;
    int32_t *offsets = golden_index(file, "input.offsets");
    const int32_t tens[] = {0, 10, 20, 30, 40};
    axf_tensor *text_rows = ops->with_rows(pass, &text->tensor, axf_tape_rows(r.tape, 4, offsets));
    axf_tensor *image_rows = ops->with_rows(pass, &image->tensor, axf_tape_rows(r.tape, 4, tens));
    axf_state text_state = {sizeof text_state, 2, {{"rows", text_rows}, {"first", NULL}}}, image_state = text_state;
    text_state.item[1].tensor = ops->pool_rows(pass, text_rows, AXF_POOL_FIRST, 0);
    image_state.item[0].tensor = image_rows;
    image_state.item[1].tensor = ops->pool_rows(pass, image_rows, AXF_POOL_FIRST, 0);
    axf_tensor *fused;
    ck_ok(fusion->fuse(instance.self, pass, &text_state, &image_state, &fused));
    rig_check(&r, "output.fused", fused, file);
    float *upstream = golden_real(file, "upstream.fused");
    axf_tensor *loss = ops->sum(pass, ops->multiply(pass, fused, ops->constant(pass, upstream, 4, 12)), 1);
    ck_ok(axf_tape_backward(r.tape, loss, 1, NULL, NULL));
    rig_check_gradients(&r, file);
    axf_tape_end(r.tape);
    free(offsets);
    free(upstream);
    fusion->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}

START_TEST(concat_equals_torch)
{
    check_fusion(_i, "concat", GOLDEN "fusion-concat.safetensors");
}
END_TEST

START_TEST(attention_equals_torch)
{
    check_fusion(_i, "attention", GOLDEN "fusion-attention.safetensors");
}
END_TEST

/* ---- losses ---- */

typedef struct loss_case {
    rig r;
    axf_instance instance;
    const axf_loss *loss;
    axf_loss_facts facts;
    axf_safetensors *file;
    const char *published;
    axf_tensor *vectors; /* what repair gives */
    axf_tensor *similarity;
    int32_t *match;       /* labels that the draws must come to */
    int32_t noted, posts; /* pairs told of */
} loss_case;

static int loss_open(loss_case *c, int kind, const char *name, const char *options, const axf_loss_inputs *inputs)
{
    char golden[512];
    *c = (loss_case){0};
    if (!rig_open(&c->r, kind)) {
        return 0;
    }
    snprintf(golden, sizeof golden, GOLDEN "loss-%s.safetensors", name);
    c->file = golden_open(golden);
    rig_instance(&c->r, &c->instance, AXF_KIND_LOSS, name, options);
    c->loss = c->instance.vtable;
    c->facts = (axf_loss_facts){.struct_size = sizeof c->facts};
    ck_ok(c->loss->describe(&c->instance.host, c->instance.options, inputs, &c->facts));
    ck_ok(c->loss->declare(&c->instance.host, c->instance.options, inputs, &c->instance.self));
    return 1;
}

/* Computes, compares loss and gradients, and closes. */
static void loss_check(loss_case *c, const axf_pass *pass, const axf_loss_view *view, double factor)
{
    axf_loss_result result = {.struct_size = sizeof result};
    ck_ok(c->loss->compute(c->instance.self, pass, view, &result));
    ck_ok(axf_tape_status(c->r.tape));
    ck_assert(result.weight > 0);
    axf_tensor *loss = pass->ops->scale(pass, result.sum, factor / result.weight, 0);
    rig_check(&c->r, "output.loss", loss, c->file);
    ck_ok(axf_tape_backward(c->r.tape, loss, 1, NULL, NULL));
    rig_check_gradients(&c->r, c->file);
}

static void loss_close(loss_case *c)
{
    axf_tape_end(c->r.tape);
    c->loss->destroy(c->instance.self);
    rig_close(&c->r, &c->instance);
    axf_safetensors_close(c->file);
}

static void check_cross_entropy(int kind, const char *options, int by_weights)
{
    static loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .classes = 3};
    if (!loss_open(&c, kind, "cross_entropy", options, &inputs)) {
        return;
    }
    ck_assert_int_eq(c.facts.role, AXF_LOSS_OBJECTIVE);
    ck_assert_int_eq(c.facts.scope, by_weights ? AXF_LOSS_PER_BATCH : AXF_LOSS_PER_POST);
    axf_param *logits = rig_input(&c.r, c.file, "input.logits", 6, 3);
    rig_ready(&c.r, c.file);
    const axf_pass *pass = rig_begin(&c.r, "objective", 1, 0, 6);
    int32_t *targets = golden_index(c.file, "input.targets");
    float *weights = golden_real(c.file, "input.class_weights");
    const axf_loss_view view = {.struct_size = sizeof view,
                                .posts = 6,
                                .batch_posts = 6,
                                .classes = 3,
                                .logits = &logits->tensor,
                                .targets = pass->ops->index(pass, targets, 6),
                                .host_targets = targets,
                                .class_weights = pass->ops->constant(pass, weights, 3, 0),
                                .host_class_weights = weights};
    double sum = 0;
    for (int b = 0; b < 6; b++) {
        sum += weights[targets[b]];
    }
    loss_check(&c, pass, &view, by_weights ? sum / 6 : 1);
    free(targets);
    free(weights);
    loss_close(&c);
}

START_TEST(cross_entropy_equals_torch)
{
    check_cross_entropy(_i, "", 0);
    check_cross_entropy(_i, "{average: weights}", 1);
}
END_TEST

static axf_status view_gather(void *context, axf_tensor *x, axf_tensor **all)
{
    (void)context;
    *all = x;
    return AXF_OK;
}

static axf_status view_publish(void *context, const char *name, axf_tensor *tensor)
{
    loss_case *c = context;
    ck_assert_int_eq(tensor->shape[0], 5);
    ck_assert_int_eq(tensor->shape[1], 5);
    c->published = name;
    return AXF_OK;
}

START_TEST(itc_equals_torch)
{
    static loss_case c;
    const axf_loss_inputs inputs = {
        .struct_size = sizeof inputs, .contrast_text_width = 12, .contrast_image_width = 20, .pairs = 1};
    if (!loss_open(&c, _i, "itc", "{projection_width: 8}", &inputs)) {
        return;
    }
    ck_assert_int_eq(c.facts.scope, AXF_LOSS_PER_BATCH);
    axf_param *text = rig_input(&c.r, c.file, "input.text_pooled", 5, 12);
    axf_param *image = rig_input(&c.r, c.file, "input.image_pooled", 5, 20);
    rig_ready(&c.r, c.file);
    const axf_pass *pass = rig_begin(&c.r, "losses.itc", 1, 0, 5);
    const axf_loss_view view = {.struct_size = sizeof view,
                                .context = &c,
                                .posts = 5,
                                .batch_posts = 5,
                                .contrast_text = &text->tensor,
                                .contrast_image = &image->tensor,
                                .gather = view_gather,
                                .publish = view_publish};
    loss_check(&c, pass, &view, 1);
    ck_assert_str_eq(c.published, "itc.similarity");
    loss_close(&c);
}
END_TEST

static axf_status view_repair(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                              axf_tensor **match)
{
    loss_case *c = context;
    for (int32_t i = 0; i < n; i++) {
        ck_assert_int_eq(image_index[i], i);
        ck_assert_int_eq(text_index[i] == i, c->match[i]);
    }
    *match = c->vectors;
    return AXF_OK;
}

static void view_note_pairs(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                            const int32_t *match)
{
    (void)text_index, (void)image_index, (void)match;
    ((loss_case *)context)->noted = n;
}

static const int32_t *wanted_match; /* of forced_uniform */

/* Draws that give the labels of the golden file. */
static void forced_uniform(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                           float *numbers)
{
    (void)host, (void)pass;
    ck_assert_str_eq(name, "pairs");
    ck_assert_int_eq(count, 2);
    numbers[0] = wanted_match[slot] ? 0.5f : 0.4999f;
    numbers[1] = 0;
}

START_TEST(itm_equals_torch)
{
    static loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .match_width = 12, .pairs = 1};
    if (!loss_open(&c, _i, "itm", "", &inputs)) {
        return;
    }
    axf_param *vectors = rig_input(&c.r, c.file, "input.match_vectors", 6, 12);
    rig_ready(&c.r, c.file);
    const axf_pass *pass = rig_begin(&c.r, "losses.itm", 1, 0, 6);
    c.match = golden_index(c.file, "input.match");
    c.vectors = &vectors->tensor;
    wanted_match = c.match;
    c.instance.host.uniform = forced_uniform;
    const axf_loss_view view = {.struct_size = sizeof view,
                                .context = &c,
                                .posts = 6,
                                .batch_posts = 6,
                                .repair = view_repair,
                                .note_pairs = view_note_pairs};
    loss_check(&c, pass, &view, 1);
    ck_assert_int_eq(c.noted, 6);
    free(c.match);
    loss_close(&c);
}
END_TEST

/* ---- the draws of itm ---- */

static int64_t replaced, donors[8][8];
static int32_t drawn_match[8];

static axf_status count_pairs(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                              axf_tensor **match)
{
    loss_case *c = context;
    for (int32_t i = 0; i < n; i++) {
        ck_assert_int_eq(image_index[i], i);
        ck_assert_int_ge(text_index[i], 0);
        ck_assert_int_lt(text_index[i], n);
        ck_assert_int_eq(drawn_match[i], text_index[i] == i);
        replaced += text_index[i] != i;
        donors[i][text_index[i]]++;
    }
    *match = c->vectors;
    return AXF_OK;
}

static void keep_match(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                       const int32_t *match)
{
    (void)context, (void)text_index, (void)image_index;
    memcpy(drawn_match, match, (size_t)n * sizeof *match);
}

/* Half of the texts are replaced, every other post of the batch gives as often, and a lone post keeps its text. */
START_TEST(itm_draws_evenly)
{
    static loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .match_width = 12, .pairs = 1};
    ck_assert(loss_open(&c, 1, "itm", "", &inputs));
    axf_param *vectors = rig_input(&c.r, c.file, "input.match_vectors", 6, 12);
    rig_ready(&c.r, c.file);
    c.vectors = &vectors->tensor;
    enum { STEPS = 2000 };
    for (int64_t step = 0; step < STEPS; step++) {
        axf_tape_begin(c.r.tape, 0, 0);
        const axf_pass_settings settings = {"losses.itm", 1, AXF_PASS_FIRST, 0, 6, NULL, step, 0};
        const axf_loss_view view = {.struct_size = sizeof view,
                                    .context = &c,
                                    .posts = 6,
                                    .batch_posts = 6,
                                    .repair = count_pairs,
                                    .note_pairs = keep_match};
        axf_loss_result result = {.struct_size = sizeof result};
        ck_ok(c.loss->compute(c.instance.self, axf_tape_pass(c.r.tape, &settings), &view, &result));
        axf_tape_end(c.r.tape);
    }
    const double expected = STEPS / 2.0 / 5; /* of each donor: σ is about 13 */
    ck_assert_int_lt(llabs(replaced - 6 * STEPS / 2), 300);
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 6; k++) {
            ck_assert_msg(i == k || fabs((double)donors[i][k] - expected) < 70, "post %d got the text of %d %lld times",
                          i, k, (long long)donors[i][k]);
        }
    }
    replaced = 0;
    for (int64_t step = 0; step < 50; step++) {
        axf_tape_begin(c.r.tape, 0, 0);
        const axf_pass_settings settings = {"losses.itm", 1, AXF_PASS_FIRST, 0, 1, NULL, step, 0};
        const axf_pass *pass = axf_tape_pass(c.r.tape, &settings);
        const int32_t zero = 0;
        c.vectors = pass->ops->gather_rows(pass, &vectors->tensor, &zero, 1);
        const axf_loss_view view = {.struct_size = sizeof view,
                                    .context = &c,
                                    .posts = 1,
                                    .batch_posts = 1,
                                    .repair = count_pairs,
                                    .note_pairs = keep_match};
        axf_loss_result result = {.struct_size = sizeof result};
        ck_ok(c.loss->compute(c.instance.self, pass, &view, &result));
        axf_tape_end(c.r.tape);
    }
    ck_assert_int_eq(replaced, 0);
    axf_tape_begin(c.r.tape, 0, 0);
    loss_close(&c);
}
END_TEST

/* ---- hard negatives ---- */

static float similarity[6 * 6]; /* [text, image] */

static axf_status give_similarity(void *context, const char *name, axf_tensor **tensor)
{
    ck_assert_str_eq(name, "itc.similarity");
    *tensor = ((loss_case *)context)->similarity;
    return AXF_OK;
}

static axf_status read_similarity(void *context, const axf_tensor *tensor, float *values)
{
    return axf_tape_read(((loss_case *)context)->r.tape, tensor, values);
}

static axf_status compute_hard(loss_case *c, int64_t step, int64_t rows, int64_t columns)
{
    axf_tape_begin(c->r.tape, 0, 0);
    const axf_pass_settings settings = {"losses.itm", 1, AXF_PASS_FIRST, 0, 6, NULL, step, 0};
    const axf_pass *pass = axf_tape_pass(c->r.tape, &settings);
    c->similarity = pass->ops->constant(pass, similarity, rows, columns);
    const axf_loss_view view = {.struct_size = sizeof view,
                                .context = c,
                                .posts = 6,
                                .batch_posts = 6,
                                .repair = count_pairs,
                                .note_pairs = keep_match,
                                .published = give_similarity,
                                .read = read_similarity};
    axf_loss_result result = {.struct_size = sizeof result};
    const axf_status status = c->loss->compute(c->instance.self, pass, &view, &result);
    axf_tape_end(c->r.tape);
    return status;
}

/* The text of post k comes to the image of post i as often as exp(S[k, i]) says, whatever the scale of S, and never the
 * own one. */
START_TEST(itm_draws_hard_negatives)
{
    static loss_case c;
    const axf_loss_inputs inputs = {.struct_size = sizeof inputs, .match_width = 12, .pairs = 1};
    ck_assert(loss_open(&c, 1, "itm", "{negatives: hard}", &inputs));
    ck_assert_str_eq(c.facts.reads_published, "itc.similarity");
    axf_param *vectors = rig_input(&c.r, c.file, "input.match_vectors", 6, 12);
    rig_ready(&c.r, c.file);
    c.vectors = &vectors->tensor;
    for (int i = 0; i < 36; i++) {
        similarity[i] = 1000.f + 1.5f * sinf((float)(i * i)); /* the same 1000 added to all changes nothing */
    }
    enum { STEPS = 2000 };
    for (int64_t step = 0; step < STEPS; step++) {
        ck_ok(compute_hard(&c, step, 6, 6));
    }
    ck_assert_int_lt(llabs(replaced - 6 * STEPS / 2), 300);
    for (int i = 0; i < 6; i++) {
        double sum = 0;
        for (int k = 0; k < 6; k++) {
            sum += k != i ? exp((double)similarity[6 * k + i] - 1000) : 0;
        }
        for (int k = 0; k < 6; k++) {
            const double expected = STEPS / 2.0 * exp((double)similarity[6 * k + i] - 1000) / sum;
            ck_assert_msg(k == i || fabs((double)donors[i][k] - expected) < 5 * sqrt(expected) + 5,
                          "post %d got the text of %d %lld times, expected %g", i, k, (long long)donors[i][k],
                          expected);
        }
    }
    ck_assert_int_eq(compute_hard(&c, 0, 4, 9), AXF_ERR_SPEC); /* similarities of other posts */
    axf_tape_begin(c.r.tape, 0, 0);
    loss_close(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fusions and losses");
    TCase *parts = tcase_create("parts");
    tcase_set_timeout(parts, 60);
    tcase_add_loop_test(parts, concat_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, attention_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, cross_entropy_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, itc_equals_torch, 0, RIG_KINDS);
    tcase_add_loop_test(parts, itm_equals_torch, 0, RIG_KINDS);
    tcase_add_test(parts, itm_draws_evenly);
    tcase_add_test(parts, itm_draws_hard_negatives);
    suite_add_tcase(suite, parts);
    return run_suite(suite);
}
