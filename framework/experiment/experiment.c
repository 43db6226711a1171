#include "experiment/experiment.h"

#include "core/error.h"
#include "core/text.h"
#include "metrics/metrics.h"
#include "posts/posts.h"
#include "spec/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One component to be read from a section. */
typedef struct request {
    const char *kind, *section, *key, *prefix;
    const char *fallback; /* name when nothing is written; NULL: required */
    const axf_options *host_table;
    void *host_values;
    int hide_vtable; /* 1: do not open the implementation now */
} request;

static const char **other_keys(axf_arena *arena, const char *key, const axf_options *other, const char *const *more)
{
    size_t count = 2 + (other != NULL ? other->count : 0);
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        count++;
    }
    const char **keys = axf_arena_alloc(arena, count * sizeof *keys);
    size_t at = 0;
    keys[at++] = key;
    for (uint32_t i = 0; other != NULL && i < other->count; i++) {
        keys[at++] = ((const axf_option *)((const char *)other->first + (size_t)i * other->stride))->name;
    }
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        keys[at++] = more[i];
    }
    return keys;
}

/* `extra`: keys of the section that are sections of their own (data.split). */
static axf_status parse_component(axf_experiment *experiment, const request *ask, const axf_node *node,
                                  const char *const *extra, axf_component_use *use)
{
    axf_arena *arena = &experiment->arena;
    const axf_node *name_node = node != NULL && node->kind == AXF_NODE_MAP ? axf_node_get(node, ask->key) : node;
    const axf_node *map = node != NULL && node->kind == AXF_NODE_MAP ? node : NULL;
    if (name_node != NULL && name_node->kind != AXF_NODE_SCALAR) {
        return axf_node_fail(name_node, "%s.%s must be a name", ask->section, ask->key);
    }
    const char *name = name_node != NULL ? name_node->text : ask->fallback;
    if (name == NULL) {
        return axf_node_fail(map != NULL ? map : experiment->spec, "%s: '%s' is missing: it names the %s", ask->section,
                             ask->key, axf_kind_find(ask->kind)->label);
    }
    axf_registered *component;
    if (axf_registry_get(experiment->registry, ask->kind, name, &component) != AXF_OK) {
        return axf_node_fail(name_node, "%s", axf_error_message());
    }
    axf_instance *instance = axf_arena_alloc(arena, sizeof *instance);
    *use = (axf_component_use){instance, ask->host_table, ask->host_values, ask->section, ask->key, node};
    if (ask->hide_vtable && component->component.implementation != NULL) {
        *instance = (axf_instance){.component = component, .seed = experiment->seed, .prefix = ask->prefix};
        const axf_options *table = component->component.options;
        instance->options = axf_arena_alloc(&instance->arena, table != NULL ? table->size : 1);
    } else {
        AXF_TRY(axf_instance_init(instance, component, ask->prefix, experiment->seed));
    }
    instance->position = name_node != NULL ? axf_node_where(arena, name_node) : "";
    const axf_options *table = component->component.options;
    char *owner = axf_arena_printf(arena, "%s '%s'", axf_kind_find(ask->kind)->label, name);
    static const axf_options nothing = {sizeof nothing, 1, 0, sizeof(axf_option), NULL};
    const axf_options_context own = {
        .owner = owner, .where = name_node, .other_keys = other_keys(arena, ask->key, ask->host_table, extra)};
    AXF_TRY(axf_options_parse(table != NULL ? table : &nothing, map, &instance->arena, instance->options, &own));
    if (ask->host_table != NULL) {
        const axf_options_context host = {
            .owner = ask->section, .where = name_node, .other_keys = other_keys(arena, ask->key, table, extra)};
        AXF_TRY(axf_options_parse(ask->host_table, map, arena, ask->host_values, &host));
    }
    return AXF_OK;
}

static axf_status parse_section(axf_experiment *experiment, const char *name, const axf_options *table,
                                const axf_node *map, const char *const *extra, void *values)
{
    const axf_options_context context = {.owner = name, .where = experiment->spec, .other_keys = extra};
    return axf_options_parse(table, map, &experiment->arena, values, &context);
}

/* `threads: auto` reads better than null; both mean that the host decides. */
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

static axf_status parse_top(axf_experiment *experiment)
{
    static const char *const sections[] = {"backend",  "data",       "model", "objective", "losses",  "train",
                                           "evaluate", "checkpoint", "cache", "sweep",     "extends", NULL};
    const axf_node *spec = without_auto_threads(experiment, experiment->spec);
    AXF_TRY(parse_section(experiment, "the experiment", &axf_table_top, spec, sections, &experiment->top));
    const char *name = experiment->top.name;
    if (name[0] == '\0' || name[0] == '.' || strlen(name) > 100 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0') {
        return axf_node_fail(
            axf_node_get(spec, "name"),
            "name: '%s' becomes a folder's name: use letters, digits, '.', '_' and '-', at most 100, not "
            "beginning with '.'",
            name);
    }
    AXF_TRY(parse_section(experiment, "train", &axf_table_train, axf_node_get(spec, "train"),
                          (const char *const[]){"groups", NULL}, &experiment->train));
    AXF_TRY(parse_section(experiment, "evaluate", &axf_table_evaluate, axf_node_get(spec, "evaluate"), NULL,
                          &experiment->evaluate));
    AXF_TRY(parse_section(experiment, "checkpoint", &axf_table_checkpoint, axf_node_get(spec, "checkpoint"), NULL,
                          &experiment->checkpoint));
    return parse_section(experiment, "cache", &axf_table_cache, axf_node_get(spec, "cache"), NULL, &experiment->cache);
}

/* The node to point at for section.key: itself, or else what stands above it. */
static const axf_node *node_of(const axf_experiment *experiment, const char *section, const char *key)
{
    const axf_node *map = axf_node_get(experiment->spec, section);
    const axf_node *node = map != NULL && map->kind == AXF_NODE_MAP ? axf_node_get(map, key) : NULL;
    return node != NULL ? node : map != NULL ? map : experiment->spec;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* It is a set: the order of its words is none of the run's identity. */
static axf_status sort_defects(axf_experiment *experiment)
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
            return axf_node_fail(node_of(experiment, "train", "reference_defects"),
                                 "train.reference_defects: '%s' is there twice", sorted[i]);
        }
    }
    return AXF_OK;
}

static axf_status read_defects(axf_experiment *experiment)
{
    const axf_list *names = &experiment->train.reference_defects;
    AXF_TRY(sort_defects(experiment));
    for (uint32_t i = 0; i < names->count; i++) {
        const char *name = ((const char *const *)names->items)[i];
        const int32_t defect = axf_defect_of_name(name);
        axf_closest closest = {.word = name};
        for (int k = 0; axf_defect_names[k] != NULL; k++) {
            axf_closest_offer(&closest, axf_defect_names[k]);
        }
        if (defect == 0) {
            return axf_node_fail(node_of(experiment, "train", "reference_defects"),
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

/* Words that a table of options cannot check: better refused now than after an epoch. */
static axf_status check_words(const axf_experiment *experiment)
{
    if (experiment->top.seeds.count == 0) {
        return axf_node_fail(axf_node_get(experiment->spec, "seeds"), "seeds: at least one");
    }
    if (experiment->top.outputs == AXF_OUTPUTS_REFERENCE && experiment->top.reference_task == AXF_NULL_INT) {
        return axf_node_fail(axf_node_get(experiment->spec, "outputs"),
                             "outputs: reference names its files by the reference program's task number: set "
                             "reference_task, as the files of experiments/data do");
    }
    const char *every = experiment->checkpoint.every, *metric = experiment->train.metric;
    int kind;
    double amount;
    if (!axf_every_parse(every, &kind, &amount)) {
        return axf_node_fail(node_of(experiment, "checkpoint", "every"),
                             "checkpoint.every: expected epoch, a time such as 5min, 30s or 2h, or \"100 steps\", but "
                             "'%s' is written",
                             every);
    }
    axf_closest closest = {.word = metric};
    for (int i = 0; axf_metric_names[i] != NULL; i++) {
        axf_closest_offer(&closest, axf_metric_names[i]);
        if (strcmp(axf_metric_names[i], metric) == 0) {
            closest.name = metric;
            break;
        }
    }
    if (closest.name != metric) {
        return axf_node_fail(node_of(experiment, "train", "metric"), "train.metric: there is no metric '%s'%s%s%s",
                             metric, closest.name != NULL ? "; did you mean '" : "",
                             closest.name != NULL ? closest.name : "",
                             closest.name != NULL ? "'?" : "; metrics.csv names them, e.g. f1_weighted");
    }
    const axf_list *splits = &experiment->evaluate.splits;
    for (uint32_t i = 0; i < splits->count; i++) {
        const char *name = ((const char *const *)splits->items)[i];
        if (axf_split_of_name(name) == AXF_SPLIT_NONE) {
            return axf_node_fail(node_of(experiment, "evaluate", "splits"),
                                 "evaluate.splits: '%s' is no split: train, val, test", name);
        }
    }
    return AXF_OK;
}

static axf_status parse_groups(axf_experiment *experiment)
{
    const axf_node *train = axf_node_get(experiment->spec, "train");
    const axf_node *groups = train != NULL ? axf_node_get(train, "groups") : NULL;
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
            return axf_node_fail(groups->items[i], "a group is a map: {match: \"image.*\", learning_rate: 1e-6}");
        }
        AXF_TRY(parse_section(experiment, "train.groups", &axf_table_group, groups->items[i], NULL,
                              &experiment->groups[i]));
    }
    return AXF_OK;
}

static axf_status parse_data(axf_experiment *experiment)
{
    const axf_node *data = axf_node_get(experiment->spec, "data");
    const request ask = {AXF_KIND_DATASET, "data", "loader", "data", NULL, &axf_table_data, &experiment->data, 0};
    static const char *const extra[] = {"split", NULL};
    AXF_TRY(parse_component(experiment, &ask, data, extra, &experiment->dataset));
    const axf_node *split = data != NULL && data->kind == AXF_NODE_MAP ? axf_node_get(data, "split") : NULL;
    AXF_TRY(parse_section(experiment, "data.split", &axf_table_split, split, NULL, &experiment->split));
    const axf_list *fractions = &experiment->split.fractions;
    const double *part = fractions->items;
    if (fractions->count != 3 || fabs(part[0] + part[1] + part[2] - 1.0) > 1e-9) {
        return axf_node_fail(
            split != NULL && axf_node_get(split, "fractions") != NULL ? axf_node_get(split, "fractions") : data,
            "data.split.fractions: three parts that add up to 1 are needed: train, val, test");
    }
    return AXF_OK;
}

static axf_status parse_model(axf_experiment *experiment)
{
    const axf_node *model = axf_node_get(experiment->spec, "model");
    if (model == NULL || model->kind != AXF_NODE_MAP) {
        return axf_node_fail(model != NULL ? model : experiment->spec,
                             "'model' is missing: a map with text, image and fusion, or joint");
    }
    static const char *const known[] = {"text", "image", "fusion", "joint", "head", NULL};
    static const axf_options nothing = {sizeof nothing, 1, 0, sizeof(axf_option), NULL};
    char unused[1];
    AXF_TRY(parse_section(experiment, "model", &nothing, model, known, unused));
    const axf_node *text = axf_node_get(model, "text"), *image = axf_node_get(model, "image");
    const axf_node *fusion = axf_node_get(model, "fusion"), *joint = axf_node_get(model, "joint");
    if (joint != NULL) {
        if (text != NULL || image != NULL || fusion != NULL) {
            return axf_node_fail(joint,
                                 "model.joint stands instead of text, image and fusion: remove one or the other");
        }
        const request ask = {AXF_KIND_JOINT_ENCODER,
                             "model.joint",
                             "encoder",
                             "joint",
                             NULL,
                             &axf_table_encoder,
                             &experiment->joint_settings,
                             0};
        AXF_TRY(parse_component(experiment, &ask, joint, NULL, &experiment->joint));
    }
    if (text != NULL) {
        const request ask = {AXF_KIND_TEXT_ENCODER,
                             "model.text",
                             "encoder",
                             "text",
                             NULL,
                             &axf_table_encoder,
                             &experiment->text_settings,
                             0};
        AXF_TRY(parse_component(experiment, &ask, text, NULL, &experiment->text));
    }
    if (image != NULL) {
        const request ask = {AXF_KIND_IMAGE_ENCODER,
                             "model.image",
                             "encoder",
                             "image",
                             NULL,
                             &axf_table_encoder,
                             &experiment->image_settings,
                             0};
        AXF_TRY(parse_component(experiment, &ask, image, NULL, &experiment->image));
    }
    if (joint == NULL && text == NULL && image == NULL) {
        return axf_node_fail(model, "model needs text, image or both (with fusion), or joint");
    }
    if (text != NULL && image != NULL) {
        const request ask = {AXF_KIND_FUSION, "model.fusion", "strategy", "fusion", NULL, NULL, NULL, 0};
        AXF_TRY(parse_component(experiment, &ask, fusion, NULL, &experiment->fusion));
    } else if (fusion != NULL) {
        return axf_node_fail(fusion, "model.fusion needs both text and image");
    }
    return parse_section(experiment, "model.head", &axf_table_head, axf_node_get(model, "head"), NULL,
                         &experiment->head);
}

static axf_status parse_losses(axf_experiment *experiment)
{
    const request objective = {AXF_KIND_LOSS, "objective", "loss", "objective", "cross_entropy", NULL, NULL, 0};
    AXF_TRY(parse_component(experiment, &objective, axf_node_get(experiment->spec, "objective"), NULL,
                            &experiment->objective));
    const axf_node *losses = axf_node_get(experiment->spec, "losses");
    if (losses == NULL) {
        return AXF_OK;
    }
    if (losses->kind != AXF_NODE_MAP) {
        return axf_node_fail(losses, "losses is a map of names to options: {itc: {beta: 0.1}, itm: {beta: 0.1}}");
    }
    double sum = 0;
    for (uint32_t i = 0; i < losses->count; i++) {
        const axf_node *node = losses->items[i];
        const char *name = losses->keys[i]->text;
        if (axf_node_is_null(node) && !(node != NULL && node->kind == AXF_NODE_MAP)) {
            continue;
        }
        if (experiment->loss_count == AXF_MAX_LOSSES) {
            return axf_node_fail(losses->keys[i], "more than %d auxiliary losses", AXF_MAX_LOSSES);
        }
        const int32_t at = experiment->loss_count++;
        const request ask = {AXF_KIND_LOSS,
                             axf_arena_printf(&experiment->arena, "losses.%s", name),
                             "loss",
                             axf_arena_printf(&experiment->arena, "losses.%s", name),
                             name,
                             &axf_table_loss,
                             &experiment->loss_settings[at],
                             0};
        if (node->kind != AXF_NODE_MAP) {
            return axf_node_fail(node, "losses.%s is a map of options, e.g. {beta: 0.1}", name);
        }
        const axf_node *named = axf_node_get(node, "loss");
        if (named == NULL && axf_registry_find(experiment->registry, AXF_KIND_LOSS, name) == NULL) {
            axf_registered *unused;
            axf_registry_get(experiment->registry, AXF_KIND_LOSS, name, &unused);
            return axf_node_fail(losses->keys[i], "%s", axf_error_message());
        }
        AXF_TRY(parse_component(experiment, &ask, node, NULL, &experiment->loss[at]));
        if (named == NULL) {
            experiment->loss[at].instance->position = axf_node_where(&experiment->arena, losses->keys[i]);
        }
        experiment->loss_name[at] = name;
        sum += experiment->loss_settings[at].beta;
    }
    if (sum >= 1.0) {
        return axf_node_fail(
            losses,
            "the weights (beta) of the auxiliary losses add up to %g: they must leave some of 1 to the objective", sum);
    }
    return AXF_OK;
}

/* The backend with the best score on this machine; the described part of a plugin tells it. */
static const char *best_backend(const axf_registry *registry)
{
    const char *best = NULL;
    int32_t best_score = 0;
    for (int i = 0; i < registry->count; i++) {
        const axf_registered *item = registry->items[i];
        const axf_backend *backend = item->described;
        if (strcmp(item->kind->id, AXF_KIND_BACKEND) == 0 && backend != NULL && backend->score != NULL) {
            const int32_t score = backend->score(NULL);
            if (score > best_score) {
                best_score = score;
                best = item->component.name;
            }
        }
    }
    return best;
}

static axf_status parse_backend(axf_experiment *experiment, int open)
{
    const axf_node *node = axf_node_get(experiment->spec, "backend");
    const axf_node *name = node != NULL && node->kind == AXF_NODE_MAP ? axf_node_get(node, "name") : node;
    request ask = {AXF_KIND_BACKEND, "backend", "name", "backend", NULL, NULL, NULL, !open};
    if (name != NULL && (name->kind != AXF_NODE_SCALAR || strcmp(name->text, "auto") != 0)) {
        return parse_component(experiment, &ask, node, NULL, &experiment->backend);
    }
    ask.fallback = best_backend(experiment->registry);
    if (ask.fallback == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "there is no compute backend among the plugins that this machine can run");
    }
    axf_node *options = NULL; /* the map without its name: auto */
    if (node != NULL && node->kind == AXF_NODE_MAP) {
        options = axf_node_copy(&experiment->arena, node);
        const int64_t index = axf_node_index(options, "name");
        if (index >= 0) {
            axf_node_remove(options, (uint32_t)index);
        }
    }
    return parse_component(experiment, &ask, options, NULL, &experiment->backend);
}

axf_status axf_experiment_parse_data(axf_experiment *experiment, axf_registry *registry, const axf_node *spec)
{
    *experiment = (axf_experiment){.registry = registry, .spec = spec};
    return parse_data(experiment);
}

axf_status axf_experiment_parse(axf_experiment *experiment, axf_registry *registry, const axf_node *spec, uint64_t seed,
                                int open_backend)
{
    *experiment = (axf_experiment){.registry = registry, .spec = spec, .seed = seed};
    AXF_TRY(parse_top(experiment));
    AXF_TRY(check_words(experiment));
    AXF_TRY(read_defects(experiment));
    AXF_TRY(parse_groups(experiment));
    AXF_TRY(parse_data(experiment));
    AXF_TRY(parse_model(experiment));
    AXF_TRY(parse_losses(experiment));
    return parse_backend(experiment, open_backend);
}

void axf_experiment_free(axf_experiment *experiment)
{
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(experiment, i);
        if (use == NULL) {
            break;
        }
        axf_instance_free(use->instance);
    }
    axf_arena_free(&experiment->arena);
}

const axf_component_use *axf_experiment_component(const axf_experiment *experiment, int32_t i)
{
    const axf_component_use *all[8 + AXF_MAX_LOSSES] = {&experiment->dataset, &experiment->text,
                                                        &experiment->image,   &experiment->joint,
                                                        &experiment->fusion,  &experiment->objective};
    int32_t count = 6;
    for (int32_t k = 0; k < experiment->loss_count; k++) {
        all[count++] = &experiment->loss[k];
    }
    all[count++] = &experiment->backend;
    for (int32_t k = 0; k < count; k++) {
        if (all[k]->instance != NULL && i-- == 0) {
            return all[k];
        }
    }
    return NULL;
}
