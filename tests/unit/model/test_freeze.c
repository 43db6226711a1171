/* Encoders frozen wholly, up to a layer, or by groups for a while: gradients, optimiser state, dropout and statistics.
 */
#include "whole_case.h"

#include "model/declare.h"
#include "model/describe.h"
#include "train/optimizer.h"
#include "weights/safetensors_write.h"

static whole_loss loss;

/* `text` and `image` go on with options of the encoders; dropout is in the text encoder alone. */
static const char *yaml(axf_arena *arena, const char *text, const char *image, const char *fusion, const char *rest)
{
    return axf_arena_printf(arena,
                            "name: freeze\n"
                            "data: {loader: synthetic}\n"
                            "model:\n"
                            "  text: {weights: random, config: " TINY "bert, max_length: 12, hidden_dropout: 0.3,\n"
                            "    attention_dropout: 0.3, encoder: bert%s}\n"
                            "  image: {weights: random, config: " TINY "%s}\n"
                            "  fusion: %s\n"
                            "  head: {dropout: 0}\n"
                            "backend: reference\n"
                            "precision: fp64\n"
                            "%s",
                            text, image, fusion, rest);
}

static axf_param *find(whole *w, const char *name)
{
    for (int32_t i = 0; i < w->model.params.count; i++) {
        if (strcmp(w->model.params.items[i]->name, name) == 0) {
            return w->model.params.items[i];
        }
    }
    ck_abort_msg("there is no parameter '%s'", name);
    return NULL;
}

/* Losses of the same posts under the draws of two steps. */
static void two_steps(whole *w, whole_posts *posts, double *first, double *second)
{
    axf_params_begin_step(&w->model.params);
    posts->step = 0;
    whole_pass(w, posts, 0, posts->count, &loss);
    *first = loss.total;
    axf_params_begin_step(&w->model.params);
    posts->step = 1;
    whole_pass(w, posts, 0, posts->count, &loss);
    *second = loss.total;
}

/* Below the layer: no gradient, and no dropout; above it: both. */
START_TEST(up_to_a_layer)
{
    static const struct {
        const char *options, *last; /* the last frozen parameter, or NULL */
        int random;                 /* dropout is left */
    } cases[] = {
        {"", NULL, 1},
        {", freeze_until: embeddings", "text.embeddings.LayerNorm.bias", 1},
        {", freeze_until: encoder.layer.0", "text.encoder.layer.0.output.LayerNorm.bias", 1},
        {", freeze_until: encoder.layer.1.attention", "text.encoder.layer.1.attention.output.LayerNorm.bias", 1},
        {", frozen: true", "text.encoder.layer.1.output.LayerNorm.bias", 0}};
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    double first, second;
    whole_open(&w, yaml(&arena, cases[_i].options, "vit, encoder: vit", "attention", ""));
    whole_draw(&posts, 4, 0);
    two_steps(&w, &posts, &first, &second);
    ck_assert_msg((first != second) == cases[_i].random, "losses %.15g and %.15g", first, second);
    int frozen = cases[_i].last != NULL, seen = !frozen;
    for (int32_t i = 0; i < w.model.params.count; i++) {
        const axf_param *param = w.model.params.items[i];
        if (strncmp(param->name, "text.", 5) == 0) {
            ck_assert_msg(param->trained == !frozen, "%s: trained is %d", param->name, param->trained);
            ck_assert_msg(!frozen || !param->has_gradient, "%s has a gradient", param->name);
        }
        if (frozen && strcmp(param->name, cases[_i].last) == 0) {
            frozen = 0;
            seen = 1;
        }
    }
    ck_assert(seen);
    ck_assert(find(&w, "head.weight")->has_gradient && find(&w, "image.layernorm.weight")->has_gradient);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static void check_error(const char *text, const char *const words[])
{
    static whole w;
    axf_arena arena = {0};
    ck_ok(whole_parse(&w, yaml(&arena, text, "vit, encoder: vit", "attention", "")));
    ck_ok(axf_model_describe(&w.model, &w.experiment, 3, 0));
    axf_instance *instance = w.experiment.backend.instance;
    const axf_backend *backend = instance->vtable;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = AXF_PRECISION_F64, .threads = 1};
    void *self;
    ck_ok(backend->create(&instance->host, instance->options, &request, &self));
    ck_assert_int_eq(axf_model_declare(&w.model, backend, self, 1), AXF_ERR_SPEC);
    for (int i = 0; words[i] != NULL; i++) {
        ck_assert_msg(strstr(axf_error_message(), words[i]) != NULL, "%s", axf_error_message());
    }
    whole_close(&w);
    axf_arena_free(&arena);
}

START_TEST(unknown_layers)
{
    check_error(", freeze_until: encoder.layers.0",
                (const char *[]){"no layer 'encoder.layers.0'", "did you mean 'encoder.layer.0'?",
                                 "there are embeddings, encoder.layer.0 … encoder.layer.1", NULL});
    check_error(", freeze_until: encoder.layer.10", (const char *[]){"there are embeddings, encoder.layer.0", NULL});
    check_error(", freeze_until: ''", (const char *[]){"no layer ''", NULL});
    check_error(", frozen: true, freeze_until: embeddings", (const char *[]){"leave freeze_until out", NULL});
}
END_TEST

static double *values(axf_param *param)
{
    const int64_t count = axf_param_elements(param);
    float *narrow = calloc((size_t)count + 1, sizeof *narrow);
    double *wide = calloc((size_t)count + 1, sizeof *wide);
    ck_ok(axf_param_get(param, narrow));
    for (int64_t i = 0; i < count; i++) {
        wide[i] = narrow[i];
    }
    free(narrow);
    return wide;
}

/* Batch norm of frozen layers uses the running statistics and leaves them; that of trained layers moves them. */
START_TEST(statistics_of_frozen_layers)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    const char *image = "resnet50, encoder: resnet50, freeze_until: layer2";
    whole_open(&w, yaml(&arena, "", image, "concat_cnn", ""));
    whole_draw(&posts, 4, 0);
    axf_param *below = find(&w, "image.layer2.0.bn1.running_mean"),
              *above = find(&w, "image.layer3.0.bn1.running_mean");
    double *below_before = values(below), *above_before = values(above);
    whole_pass(&w, &posts, 0, 4, &loss);
    double *below_after = values(below), *above_after = values(above);
    ck_assert_double_eq(below_before[0], below_after[0]);
    ck_assert_double_ne(above_before[0], above_after[0]);
    ck_assert(!find(&w, "image.layer2.0.bn1.weight")->has_gradient);
    ck_assert(find(&w, "image.layer3.0.bn1.weight")->has_gradient);
    free(below_before);
    free(below_after);
    free(above_before);
    free(above_after);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* A group frozen for two epochs, one for good: no state of the optimiser meanwhile, and dropout off where nothing below
 * is trained. */
START_TEST(groups)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    axf_optimizer optimizer;
    whole_open(&w, yaml(&arena, "", "vit, encoder: vit", "attention",
                        "train:\n"
                        "  groups:\n"
                        "    - {match: 'text.*', frozen: 2 epochs, learning_rate: 1e-4}\n"
                        "    - {match: 'image.embeddings.*', frozen: 'yes'}\n"));
    whole_draw(&posts, 4, 0);
    ck_ok(axf_optimizer_init(&optimizer, &w.experiment, &w.model.params, 4));
    for (int32_t epoch = 0; epoch < 4; epoch++) {
        double first, second;
        axf_groups_begin_epoch(optimizer.values, &w.model.params, epoch);
        two_steps(&w, &posts, &first, &second);
        ck_assert_msg((first != second) == (epoch >= 2), "epoch %d: %.15g and %.15g", epoch, first, second);
        axf_optimizer_begin_step(&optimizer);
        for (int32_t i = 0; i < w.model.params.count; i++) {
            axf_param *param = w.model.params.items[i];
            ck_ok(axf_optimizer_update(&optimizer, param));
            const int frozen = strncmp(param->name, "image.embeddings.", 17) == 0 ||
                               (epoch < 2 && strncmp(param->name, "text.", 5) == 0);
            ck_assert_msg(!frozen || (optimizer.moments[i].m.data == NULL && optimizer.moments[i].steps == 0),
                          "epoch %d: %s has moments", epoch, param->name);
            ck_assert(param->trained == !frozen);
        }
        axf_optimizer_end_step(&optimizer);
    }
    ck_assert_int_eq(((axf_moments *)find(&w, "text.encoder.layer.0.output.dense.weight")->optimizer)->steps, 2);
    axf_optimizer_free(&optimizer);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* Only biases are trained: the gradients that are left are those of the whole model. */
START_TEST(all_but_biases)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    axf_optimizer optimizer;
    double *gradient[2];
    size_t count, at = 0;
    whole_draw(&posts, 4, 0);
    for (int only = 0; only < 2; only++) {
        whole_open(&w, yaml(&arena, "", "resnet50, encoder: resnet50", "concat_cnn",
                            only ? "train: {groups: [{match: '*.weight', frozen: 'yes'}]}\n" : ""));
        ck_ok(axf_optimizer_init(&optimizer, &w.experiment, &w.model.params, 4));
        axf_params_begin_step(&w.model.params);
        whole_pass(&w, &posts, 0, 4, &loss);
        gradient[only] = whole_gradients(&w, &count);
        for (int32_t i = 0; only && i < w.model.params.count; i++) {
            const axf_param *param = w.model.params.items[i];
            const int64_t n = axf_param_elements(param);
            const int bias = strstr(param->name, ".bias") != NULL;
            for (int64_t k = 0; k < n; k++, at++) {
                const double want = bias ? gradient[0][at] : 0;
                ck_assert_msg(fabs(gradient[1][at] - want) <= 1e-9, "%s: %g, not %g", param->name, gradient[1][at],
                              want);
            }
        }
        axf_optimizer_free(&optimizer);
        whole_close(&w);
    }
    free(gradient[0]);
    free(gradient[1]);
    whole_free(&posts);
    axf_arena_free(&arena);
}
END_TEST

/* The golden DeiT in `folder`, without its pooler where `pooled` is 0. */
static void copy_deit(const char *folder, int pooled)
{
    static const char from[] = AXF_SOURCE_DIR "/tests/golden/wide/deit";
    char command[2048];
    snprintf(command, sizeof command, "cp %s/config.json %s/preprocessor_config.json %s", from, from, folder);
    ck_assert_int_eq(system(command), 0);
    axf_safetensors *file = golden_open(AXF_SOURCE_DIR "/tests/golden/wide/deit/model.safetensors");
    const size_t all = axf_safetensors_count(file);
    const axf_stored **kept = malloc(all * sizeof *kept);
    axf_safetensors_item *items = malloc(all * sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        const axf_stored *entry = axf_safetensors_entry_at(file, i);
        if (pooled || strstr(entry->name, "pooler.") == NULL) {
            kept[count] = entry;
            items[count++] = (axf_safetensors_item){entry->name, entry->dtype, entry->ndim, entry->shape};
        }
    }
    ck_assert(pooled ? count == all : count == all - 2);
    axf_safetensors_writer *writer;
    ck_ok(axf_safetensors_create(temp_path(folder, "model.safetensors"), NULL, 0, items, count, &writer));
    for (size_t i = 0; i < count; i++) {
        void *bytes = malloc(kept[i]->size + 1);
        ck_ok(axf_stored_read_raw(kept[i], 0, bytes, kept[i]->size));
        ck_ok(axf_safetensors_put(writer, bytes, kept[i]->size));
        free(bytes);
    }
    ck_ok(axf_safetensors_commit(writer));
    axf_safetensors_close(file);
    free(kept);
    free(items);
}

/* A frozen DeiT's pooler that its checkpoint lacks is a new layer: trained. One that is there is frozen with the rest.
 */
START_TEST(new_layer_of_a_frozen_encoder)
{
    static whole w;
    axf_arena arena = {0};
    const int pooled = _i;
    char *folder = temp_folder_make();
    copy_deit(folder, pooled);
    whole_open(&w, axf_arena_printf(&arena,
                                    "name: deit\n"
                                    "data: {loader: synthetic}\n"
                                    "model:\n"
                                    "  text: {encoder: bert, weights: random, config: " TINY "bert}\n"
                                    "  image: {encoder: deit, weights: '%s', frozen: true}\n"
                                    "  fusion: concat\n"
                                    "losses: {itc: {projection_width: 4}}\n"
                                    "backend: reference\n"
                                    "precision: fp64\n",
                                    folder));
    int others = 0;
    for (int32_t i = 0; i < w.model.params.count; i++) {
        const axf_param *param = w.model.params.items[i];
        if (strncmp(param->name, "image.", 6) == 0) {
            const int is_new = strncmp(param->name, "image.pooler.", 13) == 0;
            ck_assert_msg(param->trained == (is_new && !pooled), "%s: trained is %d", param->name, param->trained);
            others += !is_new;
        }
    }
    ck_assert_int_gt(others, 20);
    ck_assert_int_eq(w.model.image_frozen, pooled);
    whole_close(&w);
    axf_arena_free(&arena);
    temp_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("freezing");
    TCase *tests = tcase_create("freezing");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, up_to_a_layer, 0, 5);
    tcase_add_test(tests, unknown_layers);
    tcase_add_test(tests, statistics_of_frozen_layers);
    tcase_add_test(tests, groups);
    tcase_add_test(tests, all_but_biases);
    tcase_add_loop_test(tests, new_layer_of_a_frozen_encoder, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
