#include "sweep/compare.h"

#include "core/error.h"
#include "core/text.h"
#include "metrics/metrics.h"
#include "sweep/columns.h"
#include "sweep/warnings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 10000, SEED = 12345 };

static axf_status set_metric(axf_comparison *c, const axf_compare_settings *settings)
{
    c->metric = settings->metric != NULL ? settings->metric : "f1_weighted";
    c->split = settings->split != NULL ? settings->split : "test";
    if (strcmp(c->split, "test") != 0 && strcmp(c->split, "val") != 0) {
        return axf_fail(AXF_ERR_USAGE, "--split: '%s' is not test or val", c->split);
    }
    axf_strbuf known = {0};
    for (int i = 0; axf_bootstrap_metrics[i] >= 0; i++) {
        const char *name = axf_metric_names[axf_bootstrap_metrics[i]];
        if (strcmp(name, c->metric) == 0) {
            c->bootstrap = (axf_bootstrap_settings){axf_bootstrap_metrics[i], RESAMPLES, SEED, 0};
            axf_strbuf_free(&known);
            return AXF_OK;
        }
        axf_strbuf_printf(&known, "%s%s", i > 0 ? ", " : "", name);
    }
    axf_fail(AXF_ERR_USAGE, "--metric: '%s' is not one of %s", c->metric, axf_strbuf_text(&known));
    axf_strbuf_free(&known);
    return AXF_ERR_USAGE;
}

/* ---- groups ---- */

static axf_group *group_of(axf_comparison *c, const char *run_id)
{
    for (int32_t g = 0; g < c->group_count; g++) {
        if (strcmp(c->groups[g].run_id, run_id) == 0) {
            return &c->groups[g];
        }
    }
    axf_group *group = &c->groups[c->group_count++];
    *group = (axf_group){.run_id = run_id,
                         .runs = axf_arena_alloc(&c->arena, (size_t)c->results.count * sizeof *group->runs),
                         .scores = axf_arena_alloc(&c->arena, (size_t)c->results.count * sizeof *group->scores)};
    return group;
}

/* Sorts the runs of a group by seed. Two copies of one run are refused, since they would be counted twice. */
static axf_status add_to_group(axf_comparison *c, axf_group *group, int32_t run)
{
    const axf_result *items = c->results.items;
    int32_t at = group->count;
    while (at > 0 && items[group->runs[at - 1]].seed >= items[run].seed) {
        if (items[group->runs[at - 1]].seed == items[run].seed) {
            return axf_fail(AXF_ERR_DATA, "'%s' and '%s' are the same run: name one of them", items[run].folder,
                            items[group->runs[at - 1]].folder);
        }
        group->runs[at] = group->runs[at - 1];
        at--;
    }
    group->runs[at] = run;
    group->count++;
    const axf_result *first = &items[group->runs[0]];
    if (!axf_hash_equal(first->predictions.hash, items[run].predictions.hash) || first->classes != items[run].classes) {
        return axf_fail(AXF_ERR_DATA, "'%s' and '%s' have the same run id %s, but predict different posts",
                        first->folder, items[run].folder, group->run_id);
    }
    return AXF_OK;
}

static axf_status make_groups(axf_comparison *c)
{
    c->groups = axf_arena_alloc(&c->arena, (size_t)c->results.count * sizeof *c->groups);
    for (int32_t i = 0; i < c->results.count; i++) {
        AXF_TRY(add_to_group(c, group_of(c, c->results.items[i].run_id), i));
    }
    if (c->group_count > AXF_BOOTSTRAP_MAX_SYSTEMS) {
        return axf_fail(AXF_ERR_DATA, "%d different experiments are too many for one table (at most %d)",
                        c->group_count, AXF_BOOTSTRAP_MAX_SYSTEMS);
    }
    return AXF_OK;
}

static axf_status move_baseline(axf_comparison *c, const char *baseline)
{
    if (baseline == NULL) {
        return AXF_OK;
    }
    axf_closest closest = {.word = baseline};
    for (int32_t g = 0; g < c->group_count; g++) {
        const axf_group found = c->groups[g];
        axf_closest_offer(&closest, found.name);
        if (strcmp(found.name, baseline) == 0 || strcmp(found.run_id, baseline) == 0) {
            memmove(c->groups + 1, c->groups, (size_t)g * sizeof *c->groups);
            c->groups[0] = found;
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_USAGE, "--baseline: no row is called '%s'%s%s%s", baseline,
                    closest.name != NULL ? "; did you mean '" : ": use the words of its columns, or its run id",
                    closest.name != NULL ? closest.name : "", closest.name != NULL ? "'?" : "");
}

/* ---- numbers ---- */

static axf_system system_of(axf_comparison *c, const axf_group *group)
{
    const int32_t **predictions = axf_arena_alloc(&c->arena, (size_t)group->count * sizeof *predictions);
    for (int32_t k = 0; k < group->count; k++) {
        predictions[k] = c->results.items[group->runs[k]].predictions.predictions;
    }
    return (axf_system){group->count, predictions};
}

static void fill_scores(axf_comparison *c, axf_group *group)
{
    for (int32_t k = 0; k < group->count; k++) {
        const axf_result *run = &c->results.items[group->runs[k]];
        group->scores[k] = axf_metric_of_run(&c->bootstrap, run->classes, run->predictions.posts,
                                             run->predictions.targets, run->predictions.predictions);
    }
}

/* Groups with the first group's posts are resampled together. Each of the others is resampled alone and not
 * compared. */
static axf_status compute(axf_comparison *c)
{
    const axf_result *first = &c->results.items[c->groups[0].runs[0]];
    c->bootstrap.multi_label = first->predictions.multi_label;
    for (int32_t i = 0; i < c->results.count; i++) {
        const axf_result *run = &c->results.items[i];
        if (run->predictions.multi_label != first->predictions.multi_label) {
            return axf_fail(AXF_ERR_DATA, "'%s' has %s for each post, and '%s' does not: they cannot be compared",
                            run->folder, run->predictions.multi_label ? "several labels" : "one class", first->folder);
        }
    }
    if (!c->bootstrap.multi_label && c->bootstrap.metric >= axf_metric_count(0)) {
        return axf_fail(AXF_ERR_USAGE, "--metric: %s is for posts with several labels, and these posts have one class",
                        c->metric);
    }
    axf_system *systems = axf_arena_alloc(&c->arena, (size_t)c->group_count * sizeof *systems);
    axf_system_result *found = axf_arena_alloc(&c->arena, (size_t)c->group_count * sizeof *found);
    int32_t paired = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        axf_group *group = &c->groups[g];
        const axf_result *run = &c->results.items[group->runs[0]];
        const axf_system own = system_of(c, group);
        fill_scores(c, group);
        group->paired =
            run->classes == first->classes && axf_hash_equal(run->predictions.hash, first->predictions.hash);
        if (group->paired) {
            systems[paired++] = own;
        } else {
            AXF_TRY(axf_bootstrap(&c->bootstrap, run->classes, run->predictions.posts, run->predictions.targets, 1,
                                  &own, &group->result));
        }
    }
    AXF_TRY(axf_bootstrap(&c->bootstrap, first->classes, first->predictions.posts, first->predictions.targets, paired,
                          systems, found));
    for (int32_t g = 0, k = 0; g < c->group_count; g++) {
        if (c->groups[g].paired) {
            c->groups[g].result = found[k++];
        }
    }
    return AXF_OK;
}

axf_status axf_compare(axf_comparison *c, char *const *paths, int32_t path_count, const axf_compare_settings *settings)
{
    *c = (axf_comparison){0};
    AXF_TRY(set_metric(c, settings));
    AXF_TRY(axf_results_read(&c->results, paths, path_count, c->split));
    AXF_TRY(make_groups(c));
    axf_compare_columns(c);
    AXF_TRY(move_baseline(c, settings->baseline));
    AXF_TRY(compute(c));
    axf_compare_warn(c);
    return AXF_OK;
}

void axf_comparison_free(axf_comparison *c)
{
    axf_results_free(&c->results);
    free(c->warnings);
    axf_arena_free(&c->arena);
    *c = (axf_comparison){0};
}
