/* What encoders make of a model folder's small files: recipes, tokenizer settings, and one clear message for each
 * fault. */
#include "model_case.h"

#include "auxfuse/image_encoder.h"
#include "auxfuse/text_encoder.h"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(temp_path(folder, name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* Describes an encoder with random weights from the folder; `facts` may be NULL. */
static axf_status describe(const char *kind, const char *name, const char *more, axf_image_facts *facts)
{
    static axf_registry registry;
    axf_arena arena = {0};
    axf_instance instance;
    ck_ok(axf_instance_init(&instance, rig_component(&registry, kind, name), name, 7));
    const char *text = axf_arena_printf(&arena, "{weights: random, config: %s%s}", folder, more);
    const axf_source source = {.name = "options", .folder = "/", .text = text, .length = strlen(text)};
    const axf_options_context context = {.owner = name};
    const axf_node *map;
    ck_ok(axf_yaml_parse(&arena, &source, &map));
    ck_ok(axf_options_parse(instance.component->component.options, map, &instance.arena, instance.options, &context));
    axf_status status;
    if (strcmp(kind, AXF_KIND_TEXT_ENCODER) == 0) {
        axf_text_facts text_facts = {.struct_size = sizeof text_facts};
        status = ((const axf_text_encoder *)instance.vtable)->describe(&instance.host, instance.options, &text_facts);
    } else {
        axf_image_facts image_facts = {.struct_size = sizeof image_facts};
        status = ((const axf_image_encoder *)instance.vtable)->describe(&instance.host, instance.options, &image_facts);
        if (facts != NULL) {
            *facts = image_facts;
        }
    }
    axf_instance_free(&instance);
    axf_arena_free(&arena);
    return status;
}

static void refused(axf_status status, axf_status want, const char *const *words)
{
    ck_assert_int_eq(status, want);
    for (; *words != NULL; words++) {
        ck_assert_msg(strstr(axf_error_message(), *words) != NULL, "no '%s' in: %s", *words, axf_error_message());
    }
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct bad {
    const char *encoder, *config;
    axf_status status;
    const char *words[4];
} bad_configs[] = {
    {"vit", "{\"hidden_size\": }", AXF_ERR_FORMAT, {"config.json:1:", "not JSON"}},
    {"vit", "[1]", AXF_ERR_FORMAT, {"config.json", "no JSON object"}},
    {"vit", "{\"hidden_size\": 32, \"hidden_size\": 64}", AXF_ERR_FORMAT, {"config.json", "duplicate"}},
    {"vit", "{\"hidden_size\": \"32\"}", AXF_ERR_FORMAT, {"config.json", "'hidden_size'", "whole number"}},
    {"vit", "{\"hidden_size\": -4}", AXF_ERR_FORMAT, {"'hidden_size' is -4", "1 to 65536"}},
    {"vit", "{\"hidden_size\": 9e99}", AXF_ERR_FORMAT, {"'hidden_size'", "whole number"}},
    {"vit", "{\"hidden_size\": 100}", AXF_ERR_FORMAT, {"hidden_size 100", "num_attention_heads 12"}},
    {"vit", "{\"hidden_act\": \"gelu_new\"}", AXF_ERR_FORMAT, {"'hidden_act' is 'gelu_new'", "'gelu'"}},
    {"vit", "{\"model_type\": \"beit\"}", AXF_ERR_FORMAT, {"'model_type' is 'beit'", "'vit'"}},
    {"vit", "{\"qkv_bias\": 1}", AXF_ERR_FORMAT, {"'qkv_bias' must be true or false"}},
    {"vit", "{\"image_size\": 8}", AXF_ERR_FORMAT, {"image_size 8", "patch_size 16"}},
    {"vit", "{\"layer_norm_eps\": 2}", AXF_ERR_FORMAT, {"'layer_norm_eps' is 2"}},
    {"dinov2", "{\"use_swiglu_ffn\": true}", AXF_ERR_UNSUPPORTED, {"'use_swiglu_ffn'", "giant"}},
    {"dinov2", "{\"mlp_ratio\": 0}", AXF_ERR_FORMAT, {"mlp_ratio 0"}},
    {"bert", "{\"position_embedding_type\": \"relative_key\"}", AXF_ERR_FORMAT, {"'relative_key'"}},
    {"bert", "{\"max_position_embeddings\": 64}", AXF_ERR_SPEC, {"max_length is 128", "64 tokens"}},
    {"bert", "{\"vocab_size\": 5}", AXF_ERR_FORMAT, {"vocab.txt has 6 tokens", "vocab_size of 5"}},
};

START_TEST(bad_config_is_refused)
{
    const struct bad *bad = &bad_configs[_i];
    put("config.json", bad->config);
    put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nword\n##s\n");
    const char *kind = strcmp(bad->encoder, "bert") == 0 ? AXF_KIND_TEXT_ENCODER : AXF_KIND_IMAGE_ENCODER;
    refused(describe(kind, bad->encoder, "", NULL), bad->status, bad->words);
}
END_TEST

START_TEST(missing_files_are_named)
{
    refused(describe(AXF_KIND_IMAGE_ENCODER, "vit", "", NULL), AXF_ERR_IO, WORDS("/config.json", "No such file"));
    put("config.json", "{}");
    ck_ok(describe(AXF_KIND_IMAGE_ENCODER, "vit", "", NULL));
    refused(describe(AXF_KIND_TEXT_ENCODER, "bert", "", NULL), AXF_ERR_IO, WORDS("/vocab.txt"));
    put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\nword\n");
    refused(describe(AXF_KIND_TEXT_ENCODER, "bert", "", NULL), AXF_ERR_FORMAT, WORDS("/vocab.txt", "[SEP]"));
}
END_TEST

/* ---- preprocessor_config.json ---- */

static const struct recipe {
    const char *encoder, *text;
    int32_t resize, filter, height, short_side, crop, out;
} recipes[] = {
    {"vit", NULL, AXF_RESIZE_SQUASH, AXF_FILTER_BILINEAR, 224, 0, 0, 224},
    {"vit", "{\"size\": 224, \"feature_extractor_type\": \"ViTFeatureExtractor\"}", AXF_RESIZE_SQUASH,
     AXF_FILTER_BILINEAR, 224, 0, 0, 224},
    {"vit", "{\"size\": {\"height\": 224, \"width\": 224}, \"resample\": 3}", AXF_RESIZE_SQUASH, AXF_FILTER_BICUBIC,
     224, 0, 0, 224},
    {"vit", "{\"size\": {\"shortest_edge\": 256}, \"do_center_crop\": true, \"crop_size\": 224}", AXF_RESIZE_SHORT_SIDE,
     AXF_FILTER_BILINEAR, 0, 256, AXF_CROP_FLOOR, 224},
    {"vit", "{\"do_resize\": false, \"do_center_crop\": true}", AXF_RESIZE_NONE, AXF_FILTER_BILINEAR, 0, 0,
     AXF_CROP_FLOOR, 224},
    {"dinov2", NULL, AXF_RESIZE_SHORT_SIDE, AXF_FILTER_BICUBIC, 0, 256, AXF_CROP_FLOOR, 224},
    {"dinov2", "{\"size\": {\"shortest_edge\": 300}, \"crop_size\": {\"height\": 280, \"width\": 280}}",
     AXF_RESIZE_SHORT_SIDE, AXF_FILTER_BICUBIC, 0, 300, AXF_CROP_FLOOR, 280},
    {"dinov2", "{\"size\": 256}", AXF_RESIZE_SHORT_SIDE, AXF_FILTER_BICUBIC, 0, 256, AXF_CROP_FLOOR, 224},
    {"dinov2", "{\"size\": {\"height\": 42, \"width\": 42}}", AXF_RESIZE_SQUASH, AXF_FILTER_BICUBIC, 42, 0, 0, 42},
};

START_TEST(recipe_is_read)
{
    const struct recipe *want = &recipes[_i];
    axf_image_facts facts;
    put("config.json", "{}");
    if (want->text != NULL) {
        put("preprocessor_config.json", want->text);
    }
    ck_ok(describe(AXF_KIND_IMAGE_ENCODER, want->encoder, "", &facts));
    ck_assert_int_eq(facts.recipe.resize, want->resize);
    ck_assert_int_eq(facts.recipe.filter, want->filter);
    ck_assert_int_eq(facts.recipe.height, want->height);
    ck_assert_int_eq(facts.recipe.width, want->height);
    ck_assert_int_eq(facts.recipe.short_side, want->short_side);
    ck_assert_int_eq(facts.recipe.crop, want->crop);
    ck_assert_int_eq(facts.recipe.crop_height, want->crop != 0 ? want->out : 0);
    ck_assert_int_eq(facts.recipe.out_height, want->out);
    ck_assert_int_eq(facts.recipe.out_width, want->out);
    ck_assert_int_eq(facts.recipe.one_size, 1);
    ck_assert(facts.recipe.divisor == 255);
}
END_TEST

START_TEST(pixel_scale_is_read)
{
    axf_image_facts facts;
    put("config.json", "{}");
    put("preprocessor_config.json", "{\"rescale_factor\": 0.00392156862745098, \"image_mean\": [0.1, 0.2, 0.3], "
                                    "\"image_std\": [0.4, 0.5, 0.6]}");
    ck_ok(describe(AXF_KIND_IMAGE_ENCODER, "vit", "", &facts));
    ck_assert(facts.recipe.divisor == 255);
    ck_assert(facts.recipe.mean[0] == 0.1f && facts.recipe.mean[2] == 0.3f && facts.recipe.std[1] == 0.5f);
    put("preprocessor_config.json", "{\"do_rescale\": false, \"do_normalize\": false, \"image_mean\": [1, 1, 1]}");
    ck_ok(describe(AXF_KIND_IMAGE_ENCODER, "vit", "", &facts));
    ck_assert(facts.recipe.divisor == 1 && facts.recipe.mean[0] == 0 && facts.recipe.std[2] == 1);
}
END_TEST

static const struct bad bad_recipes[] = {
    {"vit", "{\"size\": {\"shortest_edge\": 224}}", AXF_ERR_UNSUPPORTED, {"preprocessor_config.json", "several sizes"}},
    {"vit", "{\"size\": 256}", AXF_ERR_FORMAT, {"256 x 256", "image_size 224"}},
    {"vit", "{\"size\": {\"height\": 224, \"shortest_edge\": 3}}", AXF_ERR_FORMAT, {"'size'"}},
    {"vit", "{\"size\": {}}", AXF_ERR_FORMAT, {"'size'"}},
    {"vit", "{\"size\": \"big\"}", AXF_ERR_FORMAT, {"'size' must be a whole number"}},
    {"vit", "{\"resample\": 1}", AXF_ERR_FORMAT, {"'resample' is 1", "2 to 3"}},
    {"vit", "{\"image_std\": [0.5, 0, 0.5]}", AXF_ERR_FORMAT, {"'image_std'", "above 0"}},
    {"vit", "{\"image_mean\": [0.5, 0.5]}", AXF_ERR_FORMAT, {"'image_mean'", "three numbers"}},
    {"vit", "{\"do_center_crop\": true, \"crop_size\": 300}", AXF_ERR_FORMAT, {"crops 300 x 300", "224 x 224"}},
    {"vit", "{\"rescale_factor\": 0}", AXF_ERR_FORMAT, {"'rescale_factor' is 0"}},
    {"dinov2", "{\"size\": {\"height\": 14, \"width\": 9}}", AXF_ERR_FORMAT, {"14 x 9 pixels", "patch of 16"}},
};

START_TEST(bad_recipe_is_refused)
{
    const struct bad *bad = &bad_recipes[_i];
    put("config.json", "{}");
    put("preprocessor_config.json", bad->config);
    refused(describe(AXF_KIND_IMAGE_ENCODER, bad->encoder, "", NULL), bad->status, bad->words);
}
END_TEST

/* ---- texts to ids ---- */

static int32_t tokenize(const char *options, const char *text, int32_t *ids, int32_t *types)
{
    static rig r;
    axf_instance instance;
    axf_text_facts facts = {.struct_size = sizeof facts};
    int32_t count;
    ck_assert(rig_open(&r, 1));
    char all[1200];
    snprintf(all, sizeof all, "{weights: random, config: %s%s}", folder, options);
    rig_instance(&r, &instance, AXF_KIND_TEXT_ENCODER, "bert", all);
    const axf_text_encoder *bert = instance.vtable;
    ck_ok(bert->describe(&instance.host, instance.options, &facts));
    ck_ok(bert->declare(&instance.host, instance.options, AXF_WANT_FIRST, &instance.self));
    ck_assert_ptr_null(axf_params_find(&r.model.params, "bert.pooler.dense.weight"));
    ck_ok(bert->tokenize(instance.self, text, strlen(text), ids, types, &count));
    ck_assert_int_le(count, facts.max_length);
    bert->destroy(instance.self);
    axf_tape_new(r.model.backend, r.model.backend_self, &r.model.params, &(axf_tape_settings){0}, &r.tape);
    rig_close(&r, &instance);
    return count;
}

static void ids_are(const char *options, const char *text, const int32_t *want, int32_t count)
{
    int32_t ids[8], types[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    ck_assert_int_eq(tokenize(options, text, ids, types), count);
    for (int32_t i = 0; i < count; i++) {
        ck_assert_msg(ids[i] == want[i], "id %d of '%s' with%s is %d, not %d", i, text, options, ids[i], want[i]);
        ck_assert_int_eq(types[i], 0);
    }
}
#define IDS(...) (const int32_t[]){__VA_ARGS__}, (int32_t)(sizeof(int32_t[]){__VA_ARGS__} / sizeof(int32_t))

START_TEST(texts_become_ids)
{
    put("config.json", "{\"hidden_size\": 12, \"num_hidden_layers\": 1, \"intermediate_size\": 8, \"vocab_size\": 9, "
                       "\"max_position_embeddings\": 8}");
    put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nword\n##s\nWord\n@\nuser\n");
    static const char tweet[] = ", max_length: 8", none[] = ", max_length: 8, normalise: none";
    ids_are(tweet, "Words @somebody", IDS(2, 4, 5, 7, 8, 3));
    ids_are(none, "Words @somebody", IDS(2, 4, 5, 7, 1, 3));
    ids_are(", max_length: 4", "words words words", IDS(2, 4, 5, 3));
    ids_are(tweet, "", IDS(2, 3));
    put("tokenizer_config.json", "{\"do_lower_case\": false}");
    ids_are(none, "Words", IDS(2, 6, 5, 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model files");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_loop_test(files, bad_config_is_refused, 0, sizeof bad_configs / sizeof bad_configs[0]);
    tcase_add_test(files, missing_files_are_named);
    tcase_add_loop_test(files, recipe_is_read, 0, sizeof recipes / sizeof recipes[0]);
    tcase_add_test(files, pixel_scale_is_read);
    tcase_add_loop_test(files, bad_recipe_is_refused, 0, sizeof bad_recipes / sizeof bad_recipes[0]);
    tcase_add_test(files, texts_become_ids);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
