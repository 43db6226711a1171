/* Shared by the tests of experiments: a spec as text, parsed with the components that it names. */
#ifndef AXF_TESTS_EXPERIMENT_CASE_H
#define AXF_TESTS_EXPERIMENT_CASE_H

#include "spec_case.h"

#include "experiment/experiment.h"

#include <stdlib.h>

#define TINY AXF_SOURCE_DIR "/experiments/tiny/"

/* Writes every section that is not model.joint, with one value in each that is not its default. */
static const char whole_spec[] =
    "name: whole\n"
    "seeds: [3]\n"
    "data: {loader: synthetic, count: 40, subset: 20, split: {seed: 5}}\n"
    "model:\n"
    "  text: {encoder: bert, weights: random, config: " TINY "bert, freeze_until: embeddings}\n"
    "  image: {encoder: vit, weights: random, config: " TINY "vit, frozen: true}\n"
    "  fusion: concat\n"
    "  head: {dropout: 0.25}\n"
    "objective: cross_entropy\n"
    "losses: {itc: {beta: 0.2}}\n"
    "train: {epochs: 7, groups: [{match: \"image.*\", weight_decay: 0.5}]}\n"
    "evaluate: {every: 2}\n"
    "checkpoint: {every: epoch}\n"
    "cache: {max_size: 3}\n"
    "backend: reference\n";

static inline void load_components(axf_registry *registry)
{
    static const char *const files[] = {"synthetic", "bert", "vit", "concat", "cross_entropy", "itc", "reference"};
    char path[1024];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, files[i]);
        ck_assert_msg(axf_registry_add_file(registry, path) == AXF_OK, "%s", axf_error_message());
    }
}

#endif
