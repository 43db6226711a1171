#include "experiment/host_sections.h"

#include "core/text.h"
#include "metrics/metrics.h"
#include "posts/posts.h"
#include "spec/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The struct that the section's table fills. */
static void *values_of(axf_experiment *experiment, const axf_section *section)
{
    return (char *)experiment + section->values;
}

static axf_status parse(axf_experiment *experiment, const axf_section *section, const axf_node *map,
                        const axf_section_source *source, void *values)
{
    const axf_options_context context = {.owner = section->path[0] != '\0' ? section->path : "the experiment",
                                         .where = experiment->spec,
                                         .other_keys = source->children};
    return axf_options_parse(section->table, map, &experiment->arena, values, &context);
}

axf_status axf_section_read_options(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source)
{
    return parse(experiment, section, source->node, source, values_of(experiment, section));
}

/* The node that an error about an option points to: its value, or else the section, or else the spec. */
static const axf_node *place_of(const axf_experiment *experiment, const axf_section_source *source, const char *key)
{
    const axf_node *map = source->node;
    const axf_node *node = map != NULL && map->kind == AXF_NODE_MAP ? axf_node_get(map, key) : NULL;
    return node != NULL ? node : map != NULL ? map : experiment->spec;
}

/* ---- the top ---- */

/* `threads: auto` is easier to read than null. Both mean that the host decides. */
static const axf_node *without_auto_threads(axf_experiment *experiment, const axf_node *spec)
{
    const axf_node *threads = axf_node_get(spec, "threads");
    if (threads == NULL || threads->kind != AXF_NODE_SCALAR || strcmp(threads->text, "auto") != 0) {
        return spec;
    }
    axf_node *copy = axf_node_copy(&experiment->arena, spec);
    axf_node_remove(copy, (uint32_t)axf_node_index(copy, "threads"));
    return copy;
}

static axf_status check_name(const axf_node *spec, const char *name)
{
    if (name[0] == '\0' || name[0] == '.' || strlen(name) > 100 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0') {
        return axf_node_fail(
            axf_node_get(spec, "name"),
            "name: '%s' becomes a folder's name: use letters, digits, '.', '_' and '-', at most 100, not "
            "beginning with '.'",
            name);
    }
    return AXF_OK;
}

axf_status axf_section_read_top(axf_experiment *experiment, const axf_section *section,
                                const axf_section_source *source)
{
    const axf_settings_top *top = &experiment->top;
    const axf_node *spec = without_auto_threads(experiment, source->node);
    AXF_TRY(parse(experiment, section, spec, source, values_of(experiment, section)));
    AXF_TRY(check_name(spec, top->name));
    if (top->seeds.count == 0) {
        return axf_node_fail(axf_node_get(spec, "seeds"), "seeds: at least one is needed");
    }
    if (top->outputs == AXF_OUTPUTS_REFERENCE && top->reference_task == AXF_NULL_INT) {
        return axf_node_fail(axf_node_get(spec, "outputs"),
                             "outputs: reference names its files by the reference program's task number: set "
                             "reference_task, as the files of experiments/data do");
    }
    return AXF_OK;
}

/* ---- data.split ---- */

axf_status axf_section_read_split(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source)
{
    AXF_TRY(axf_section_read_options(experiment, section, source));
    const axf_list *fractions = &experiment->split.fractions;
    const double *part = fractions->items;
    if (fractions->count != 3 || fabs(part[0] + part[1] + part[2] - 1.0) > 1e-9) {
        const axf_node *written = axf_node_get(source->node, "fractions");
        return axf_node_fail(written != NULL ? written : axf_node_get(experiment->spec, "data"),
                             "data.split.fractions: three parts that add up to 1 are needed: train, val, test");
    }
    return AXF_OK;
}

/* ---- train ---- */

static int by_word(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The words are a set, so their order must not change the identity of the run. */
static axf_status sort_defects(axf_experiment *experiment, const axf_section_source *source)
{
    axf_list *names = &experiment->train.reference_defects;
    const size_t size = names->count * sizeof(const char *);
    const char **sorted = axf_arena_alloc(&experiment->arena, size + 1);
    if (names->count > 0) {
        memcpy(sorted, names->items, size);
        qsort(sorted, names->count, sizeof *sorted, by_word);
        names->items = sorted;
    }
    for (uint32_t i = 1; i < names->count; i++) {
        if (strcmp(sorted[i], sorted[i - 1]) == 0) {
            return axf_node_fail(place_of(experiment, source, "reference_defects"),
                                 "train.reference_defects: '%s' is written twice", sorted[i]);
        }
    }
    return AXF_OK;
}

static axf_status read_defects(axf_experiment *experiment, const axf_section_source *source)
{
    const axf_list *names = &experiment->train.reference_defects;
    AXF_TRY(sort_defects(experiment, source));
    for (uint32_t i = 0; i < names->count; i++) {
        const char *name = ((const char *const *)names->items)[i];
        const int32_t defect = axf_defect_of_name(name);
        axf_closest closest = {.word = name};
        for (int k = 0; axf_defect_names[k] != NULL; k++) {
            axf_closest_offer(&closest, axf_defect_names[k]);
        }
        if (defect == 0) {
            return axf_node_fail(place_of(experiment, source, "reference_defects"),
                                 "train.reference_defects: there is no '%s'%s%s%s", name,
                                 closest.name != NULL ? "; did you mean '"
                                                      : "; there are train_mode_once, "
                                                        "frozen_in_train_mode, unshuffled and "
                                                        "batch_mean_loss",
                                 closest.name != NULL ? closest.name : "", closest.name != NULL ? "'?" : "");
        }
        experiment->defects |= defect;
    }
    return AXF_OK;
}

static axf_status check_metric(const axf_experiment *experiment, const axf_section_source *source)
{
    const char *metric = experiment->train.metric;
    axf_closest closest = {.word = metric};
    if (axf_metric_find(metric) >= 0) {
        return AXF_OK;
    }
    for (int i = 0; axf_metric_names[i] != NULL; i++) {
        axf_closest_offer(&closest, axf_metric_names[i]);
    }
    return axf_node_fail(place_of(experiment, source, "metric"), "train.metric: there is no metric '%s'%s%s%s", metric,
                         closest.name != NULL ? "; did you mean '" : "", closest.name != NULL ? closest.name : "",
                         closest.name != NULL ? "'?" : "; metrics.csv names them, e.g. f1_weighted");
}

axf_status axf_section_read_train(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source)
{
    AXF_TRY(axf_section_read_options(experiment, section, source));
    AXF_TRY(check_metric(experiment, source));
    return read_defects(experiment, source);
}

axf_status axf_section_read_groups(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source)
{
    const axf_node *groups = source->node;
    if (groups == NULL) {
        return AXF_OK;
    }
    if (groups->kind != AXF_NODE_LIST) {
        return axf_node_fail(groups, "train.groups must be a list of {match, learning_rate, weight_decay, frozen}");
    }
    experiment->group_count = (int32_t)groups->count;
    experiment->groups = axf_arena_alloc(&experiment->arena, groups->count * sizeof *experiment->groups);
    for (uint32_t i = 0; i < groups->count; i++) {
        if (groups->items[i]->kind != AXF_NODE_MAP) {
            return axf_node_fail(groups->items[i], "a group must be a map: {match: \"image.*\", learning_rate: 1e-6}");
        }
        AXF_TRY(parse(experiment, section, groups->items[i], source, &experiment->groups[i]));
    }
    return AXF_OK;
}

/* ---- evaluate, checkpoint ---- */

axf_status axf_section_read_evaluate(axf_experiment *experiment, const axf_section *section,
                                     const axf_section_source *source)
{
    AXF_TRY(axf_section_read_options(experiment, section, source));
    const axf_list *splits = &experiment->evaluate.splits;
    for (uint32_t i = 0; i < splits->count; i++) {
        const char *name = ((const char *const *)splits->items)[i];
        if (axf_split_of_name(name) == AXF_SPLIT_NONE) {
            return axf_node_fail(place_of(experiment, source, "splits"),
                                 "evaluate.splits: '%s' is not a split; the splits are train, val and test", name);
        }
    }
    return AXF_OK;
}

axf_status axf_section_read_checkpoint(axf_experiment *experiment, const axf_section *section,
                                       const axf_section_source *source)
{
    int kind;
    double amount;
    AXF_TRY(axf_section_read_options(experiment, section, source));
    const char *every = experiment->checkpoint.every;
    if (!axf_every_parse(every, &kind, &amount)) {
        return axf_node_fail(place_of(experiment, source, "every"),
                             "checkpoint.every: expected epoch, a time such as 5min, 30s or 2h, or \"100 steps\", but "
                             "'%s' is written",
                             every);
    }
    return AXF_OK;
}
