/* What the classifier of a one-sided model reads, for every encoder: the text's first row after dropout; ViT's first
 * row after its last norm, the pooled vector of BEiT, DeiT and ResNet, without dropout. And how it begins: uniform, but
 * for ViT, whose published class draws it normal. */
#include "model/describe.h"
#include "whole_case.h"

static const struct side {
    const char *kind, *encoder, *file;
    uint32_t reads;
} sides[] = {
    {AXF_KIND_TEXT_ENCODER, "bert", "bert", AXF_WANT_FIRST},
    {AXF_KIND_TEXT_ENCODER, "roberta", "roberta", AXF_WANT_FIRST},
    {AXF_KIND_TEXT_ENCODER, "bertweet", "bertweet", AXF_WANT_FIRST},
    {AXF_KIND_TEXT_ENCODER, "bernice", "bernice", AXF_WANT_FIRST},
    {AXF_KIND_IMAGE_ENCODER, "vit", "vit", AXF_WANT_FIRST},
    {AXF_KIND_IMAGE_ENCODER, "beit", "beit", AXF_WANT_POOLED},
    {AXF_KIND_IMAGE_ENCODER, "deit", "deit", AXF_WANT_POOLED},
    {AXF_KIND_IMAGE_ENCODER, "resnet50", "resnet", AXF_WANT_POOLED},
    {AXF_KIND_IMAGE_ENCODER, "resnet152", "resnet", AXF_WANT_POOLED},
};
enum { SIDES = sizeof sides / sizeof sides[0] };

/* Uniform in ±1/sqrt(columns) as torch.nn.Linear, weights and biases; or normal with σ 0.02 and biases of 0. */
static void check_head(const axf_model *model, int normal)
{
    const double bound = 1 / sqrt((double)model->fused_width);
    const axf_param *const of[] = {model->head_weight, model->head_bias};
    for (int i = 0; i < 2; i++) {
        const int64_t count = axf_param_elements(of[i]);
        float *values = malloc((size_t)count * sizeof *values);
        double squares = 0, largest = 0;
        ck_ok(axf_param_get(of[i], values));
        for (int64_t k = 0; k < count; k++) {
            squares += values[k] * values[k];
            largest = fmax(largest, fabs((double)values[k]));
        }
        free(values);
        if (i == 1 && normal) {
            ck_assert(largest == 0);
            continue;
        }
        const double deviation = sqrt(squares / (double)count);
        ck_assert_msg(normal ? deviation > 0.016 && deviation < 0.024 : largest <= bound, "%g, %g", deviation, largest);
        ck_assert_msg(normal || largest > (i == 0 ? 0.9 : 0.2) * bound, "%g of %g", largest, bound);
    }
}

START_TEST(what_the_classifier_reads)
{
    static whole w;
    const struct side *side = &sides[_i];
    const int text = strcmp(side->kind, AXF_KIND_TEXT_ENCODER) == 0;
    axf_arena arena = {0};
    char path[1024];
    w = (whole){0};
    rig_component(&w.registry, AXF_KIND_DATASET, "synthetic");
    rig_component(&w.registry, AXF_KIND_BACKEND, "reference");
    rig_component(&w.registry, AXF_KIND_LOSS, "cross_entropy");
    snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, side->file);
    ck_ok(axf_registry_add_file(&w.registry, path));
    const char *yaml = axf_arena_printf(&arena,
                                        "name: alone\n"
                                        "data: {loader: synthetic}\n"
                                        "model:\n"
                                        "  %s: {encoder: %s, weights: random, config: " TINY "%s}\n"
                                        "  head: {dropout: 0.5}\n"
                                        "backend: reference\n"
                                        "precision: fp64\n",
                                        text ? "text" : "image", side->encoder, side->encoder);
    const axf_source source = {.name = "alone.yml", .folder = "/", .text = yaml, .length = strlen(yaml)};
    const axf_node *spec;
    ck_ok(axf_yaml_parse(&w.arena, &source, &spec));
    ck_ok(axf_experiment_parse(&w.experiment, &w.registry, spec, 11, 1));
    ck_ok(axf_model_describe(&w.model, &w.experiment, 3, 0));
    ck_assert_int_eq(w.model.single_vector, side->reads);
    ck_assert_int_eq(w.model.head_dropout, text);
    ck_assert_int_eq(text ? w.model.text_wanted : w.model.image_wanted, side->reads);
    const int32_t pooled = text ? w.model.text_facts.pooled_width : w.model.image_facts.pooled_width;
    const int32_t width = text ? w.model.text_facts.width : w.model.image_facts.width;
    ck_assert_int_eq(w.model.fused_width, side->reads == AXF_WANT_POOLED ? pooled : width);
    whole_build(&w);
    check_head(&w.model, strcmp(side->encoder, "vit") == 0);
    for (int32_t i = 0; i < w.model.params.count; i++) { /* a pooler that nothing reads is not there */
        const int pooler = strstr(w.model.params.items[i]->name, ".pooler.") != NULL;
        ck_assert_msg(!pooler || side->reads == AXF_WANT_POOLED, "%s", w.model.params.items[i]->name);
    }
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("one side alone");
    TCase *tests = tcase_create("alone");
    tcase_add_loop_test(tests, what_the_classifier_reads, 0, SIDES);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
