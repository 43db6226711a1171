/* Encoders, one at a time, against transformers: outputs, gradients, and the shortcut of the last layer. */
#include "encoder_case.h"

#include "auxfuse/image_encoder.h"

/* ---- BERT ---- */

static const axf_text_encoder *open_bert(rig *r, axf_instance *instance, const char *options,
                                         const axf_safetensors *file)
{
    rig_instance(r, instance, AXF_KIND_TEXT_ENCODER, "bert", options);
    const axf_text_encoder *bert = instance->vtable;
    axf_text_facts facts = {.struct_size = sizeof facts};
    ck_ok(bert->describe(&instance->host, instance->options, &facts));
    ck_assert_int_eq(facts.width, 32);
    ck_assert_int_eq(facts.pooled_width, 32);
    ck_assert_int_eq(facts.vocabulary, 99);
    ck_assert_int_eq(facts.max_length, 24);
    ck_ok(bert->declare(&instance->host, instance->options, facts.gives, &instance->self));
    rig_ready(r, file);
    axf_weights_summary summary;
    ck_ok(axf_weights_load(&r->model, instance, &summary));
    ck_assert_int_eq(summary.drawn, 0);
    return bert;
}

START_TEST(bert_equals_transformers)
{
    static rig r;
    axf_instance instance;
    texts t;
    if (!rig_open(&r, _i)) {
        return;
    }
    axf_safetensors *file = golden_open(GOLDEN "bert/golden.safetensors");
    const axf_text_encoder *bert = open_bert(&r, &instance, "{weights: " GOLDEN "bert, max_length: 24}", file);
    const axf_pass *pass = rig_begin(&r, "text", 1, AXF_WANT_ROWS | AXF_WANT_POOLED | AXF_WANT_FIRST, 4);
    const axf_tokens tokens = tokens_of(&r, file, &t);
    axf_state state = {.struct_size = sizeof state};
    ck_ok(bert->encode(instance.self, pass, &tokens, &state));
    check_encoder(&r, pass, &state, file);
    axf_tape_end(r.tape);
    texts_free(&t);
    bert->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}
END_TEST

/* Gradients of Σ first · w + Σ pooled · w for one set of wanted outputs. */
static double **first_gradients(rig *r, const axf_text_encoder *bert, void *self, const axf_safetensors *file,
                                uint32_t wanted)
{
    texts t;
    const axf_pass *pass = rig_begin(r, "text", 1, wanted, 4);
    const axf_tokens tokens = tokens_of(r, file, &t);
    axf_state state = {.struct_size = sizeof state};
    ck_ok(bert->encode(self, pass, &tokens, &state));
    axf_tensor *loss = pass->ops->add(
        pass, weighed(r, pass, state_find(&state, "first"), file, "upstream.pooled"),
        pass->ops->scale(pass, weighed(r, pass, state_find(&state, "pooled"), file, "upstream.pooled"), 0.7, 0));
    ck_ok(axf_tape_backward(r->tape, loss, 1, NULL, NULL));
    double **gradients = calloc((size_t)r->model.params.count, sizeof *gradients);
    for (int32_t i = 0; i < r->model.params.count; i++) {
        gradients[i] = rig_gradient(r->tape, r->model.params.items[i]);
    }
    axf_tape_end(r->tape);
    texts_free(&t);
    return gradients;
}

/* With the first row alone wanted, the last layer is computed for it alone: the same numbers, dropout drawn
 * alike. (But for attention dropout, whose draws are numbered by the query rows that are computed.) */
START_TEST(bert_first_row_shortcut)
{
    static rig r;
    axf_instance instance;
    if (!rig_open(&r, _i)) {
        return;
    }
    axf_safetensors *file = golden_open(GOLDEN "bert/golden.safetensors");
    const axf_text_encoder *bert =
        open_bert(&r, &instance, "{weights: " GOLDEN "bert, max_length: 24, hidden_dropout: 0.3}", file);
    double **few = first_gradients(&r, bert, instance.self, file, AXF_WANT_FIRST | AXF_WANT_POOLED);
    double **all = first_gradients(&r, bert, instance.self, file, AXF_WANT_FIRST | AXF_WANT_POOLED | AXF_WANT_ROWS);
    double largest = 0;
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < r.model.params.count; i++) {
            for (int64_t k = 0; k < axf_param_elements(r.model.params.items[i]); k++) {
                largest = fabs(all[i][k]) > largest ? fabs(all[i][k]) : largest;
                ck_assert_msg(pass == 0 || fabs(few[i][k] - all[i][k]) <= 1e-5 * largest, "%s[%lld]: %g, %g",
                              r.model.params.items[i]->name, (long long)k, few[i][k], all[i][k]);
            }
        }
    }
    ck_assert(largest > 0);
    for (int32_t i = 0; i < r.model.params.count; i++) {
        free(few[i]);
        free(all[i]);
    }
    free(few);
    free(all);
    bert->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}
END_TEST

/* ---- ViT, DINOv2 ---- */

static axf_images images_of(rig *r, const axf_safetensors *file, int32_t *height, int32_t *width, int64_t *offset)
{
    const axf_stored *entry = golden_entry(file, "input.pixels");
    const int32_t posts = (int32_t)entry->shape[0];
    float *pixels = golden_entry_real(entry);
    for (int32_t b = 0; b <= posts; b++) {
        height[b] = (int32_t)entry->shape[2];
        width[b] = (int32_t)entry->shape[3];
        offset[b] = 3 * (int64_t)height[b] * width[b] * b;
    }
    axf_tensor *tensor = axf_tape_input(r->tape, AXF_F32, 1, &entry->count, pixels, NULL);
    free(pixels);
    return (axf_images){.struct_size = sizeof(axf_images),
                        .posts = posts,
                        .pixels = tensor,
                        .height = height,
                        .width = width,
                        .offset = offset,
                        .one_size = 1};
}

static void check_images(int kind, const char *name, const char *options, const char *golden, int32_t rows)
{
    static rig r;
    axf_instance instance;
    int32_t height[16], width[16];
    int64_t offset[16];
    if (!rig_open(&r, kind)) {
        return;
    }
    axf_safetensors *file = golden_open(golden);
    rig_instance(&r, &instance, AXF_KIND_IMAGE_ENCODER, name, options);
    const axf_image_encoder *encoder = instance.vtable;
    axf_image_facts facts = {.struct_size = sizeof facts};
    ck_ok(encoder->describe(&instance.host, instance.options, &facts));
    ck_assert_int_eq(facts.rows, rows);
    ck_ok(encoder->declare(&instance.host, instance.options, facts.gives, &instance.self));
    rig_ready(&r, file);
    axf_weights_summary summary;
    ck_ok(axf_weights_load(&r.model, &instance, &summary));
    ck_assert_int_eq(summary.drawn, 0);
    const int32_t posts = (int32_t)golden_entry(file, "input.pixels")->shape[0];
    const uint32_t wanted[] = {AXF_WANT_FIRST | AXF_WANT_POOLED, AXF_WANT_ROWS | AXF_WANT_POOLED};
    for (int i = 0; i < 2; i++) {
        const axf_pass *pass = rig_begin(&r, "image", 1, wanted[i], posts);
        const axf_images images = images_of(&r, file, height, width, offset);
        axf_state state = {.struct_size = sizeof state};
        ck_ok(encoder->encode(instance.self, pass, &images, &state));
        if (i == 0) {
            rig_check(&r, "output.pooled", state_find(&state, "pooled"), file);
        } else {
            check_encoder(&r, pass, &state, file);
        }
        axf_tape_end(r.tape);
    }
    encoder->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}

START_TEST(vit_equals_transformers)
{
    check_images(_i, "vit", "{weights: " GOLDEN "vit}", GOLDEN "vit/golden.safetensors", 17);
}
END_TEST

START_TEST(dinov2_equals_transformers)
{
    static const char options[] = "{weights: " GOLDEN "dinov2}";
    check_images(_i, "dinov2", options, GOLDEN "dinov2/golden-56x56.safetensors", 10);
    check_images(_i, "dinov2", options, GOLDEN "dinov2/golden-42x42.safetensors", 10);
    check_images(_i, "dinov2", options, GOLDEN "dinov2/golden-28x42.safetensors", 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("models");
    TCase *encoders = tcase_create("encoders");
    tcase_set_timeout(encoders, 60);
    tcase_add_loop_test(encoders, bert_equals_transformers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, bert_first_row_shortcut, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, vit_equals_transformers, 0, RIG_KINDS);
    tcase_add_loop_test(encoders, dinov2_equals_transformers, 0, RIG_KINDS);
    suite_add_tcase(suite, encoders);
    return run_suite(suite);
}
