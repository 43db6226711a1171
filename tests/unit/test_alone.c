/* What the classifier of a one-sided model reads, for every encoder: the text's first row after dropout; ViT's first
 * row after its last norm, the pooled vector of BEiT, DeiT and ResNet, without dropout. */
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
    ck_assert_int_eq(w.model.alone, side->reads);
    ck_assert_int_eq(w.model.head_dropout, text);
    ck_assert_int_eq(text ? w.model.text_wanted : w.model.image_wanted, side->reads);
    const int32_t pooled = text ? w.model.text_facts.pooled_width : w.model.image_facts.pooled_width;
    const int32_t width = text ? w.model.text_facts.width : w.model.image_facts.width;
    ck_assert_int_eq(w.model.fused_width, side->reads == AXF_WANT_POOLED ? pooled : width);
    whole_build(&w);
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
