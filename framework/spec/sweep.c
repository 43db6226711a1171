#include "spec/sweep.h"

#include "core/philox.h"
#include "core/text.h"
#include "spec/load.h"
#include "spec/merge.h"
#include "spec/names.h"
#include "spec/options.h"
#include "spec/sweep_axis.h"

#include <stdlib.h>
#include <string.h>

typedef struct grid {
    axf_arena *arena;
    const axf_node *base; /* the spec without `sweep` */
    const char *const *settings;
    uint32_t setting_count;
    uint32_t axis_count;
    axf_axis axes[AXF_SWEEP_MAX_AXES];
    uint32_t size; /* the product of the axes */
} grid;

typedef struct draw {
    int64_t count, seed; /* count: AXF_NULL_INT for the whole grid */
} draw;

static axf_status read_axes(grid *g, const axf_node *axes, const char *const *sections)
{
    if (axes->kind != AXF_NODE_MAP || axes->count == 0) {
        return axf_node_fail(axes, "sweep.axes: expected a map with at least one axis");
    }
    if (axes->count > AXF_SWEEP_MAX_AXES) {
        return axf_node_fail(axes, "sweep.axes: %u axes, more than the %d that a sweep may have", axes->count,
                             AXF_SWEEP_MAX_AXES);
    }
    g->size = 1;
    for (uint32_t i = 0; i < axes->count; i++) {
        if (axf_node_is_null(axes->items[i])) {
            continue; /* a null removes an axis of the extended spec */
        }
        axf_axis *axis = &g->axes[g->axis_count++];
        AXF_TRY(axf_axis_read(g->arena, axes->keys[i], axes->items[i], sections, AXF_SWEEP_MAX_POINTS, axis));
        if (__builtin_mul_overflow(g->size, axis->count, &g->size) || g->size > AXF_SWEEP_MAX_GRID) {
            return axf_node_fail(axes, "sweep.axes: the grid has more than %d points", AXF_SWEEP_MAX_GRID);
        }
    }
    return AXF_OK;
}

/* `-s model.fusion=x` cannot have an effect where an axis replaces model.fusion. */
static axf_status refuse_shadowed(const grid *g)
{
    for (uint32_t s = 0; s < g->setting_count; s++) {
        const axf_node *key, *value;
        AXF_TRY(axf_setting_parse(g->arena, g->settings[s], &key, &value));
        for (uint32_t i = 0; i < g->axis_count; i++) {
            const char *name = g->axes[i].name;
            const size_t length = strlen(name);
            if (g->axes[i].is_path && strncmp(key->text, name, length) == 0 &&
                (key->text[length] == '\0' || key->text[length] == '.')) {
                return axf_node_fail(key, "%s is an axis of the sweep, which replaces it: set sweep.axes.%s instead",
                                     name, name);
            }
        }
    }
    return AXF_OK;
}

/* The value of an axis at the point `index` of the grid. The last axis changes fastest. */
static uint32_t axis_value(const grid *g, uint32_t index, uint32_t axis)
{
    for (uint32_t i = g->axis_count; i-- > axis + 1;) {
        index /= g->axes[i].count;
    }
    return index % g->axes[axis].count;
}

static axf_status find_axis(const grid *g, const axf_node *key, uint32_t *axis)
{
    axf_closest closest = {.word = key->text};
    for (uint32_t i = 0; i < g->axis_count; i++) {
        if (strcmp(g->axes[i].name, key->text) == 0) {
            *axis = i;
            return AXF_OK;
        }
        axf_closest_offer(&closest, g->axes[i].name);
    }
    return axf_node_fail(key, "sweep.exclude: no axis is called '%.100s'%s", key->text,
                         axf_did_you_mean(g->arena, &closest));
}

static axf_status mark_value(const grid *g, const axf_axis *axis, const axf_node *label, bool *marked)
{
    if (label->kind != AXF_NODE_SCALAR) {
        return axf_node_fail(label, "sweep.exclude: expected the name of a value of axis %s", axis->name);
    }
    axf_closest closest = {.word = label->text};
    for (uint32_t i = 0; i < axis->count; i++) {
        if (strcmp(axis->labels[i], label->text) == 0) {
            marked[i] = true;
            return AXF_OK;
        }
        axf_closest_offer(&closest, axis->labels[i]);
    }
    axf_strbuf known = {0};
    for (uint32_t i = 0; i < axis->count && i < 20; i++) {
        axf_strbuf_printf(&known, "%s%.60s", i > 0 ? ", " : "", axis->labels[i]);
    }
    const axf_status status =
        axf_node_fail(label, "sweep.exclude: axis %s has no value '%.100s', only %s%s", axis->name, label->text,
                      axf_strbuf_text(&known), axf_did_you_mean(g->arena, &closest));
    axf_strbuf_free(&known);
    return status;
}

/* Removes from `kept` the points that one entry of `exclude` describes. */
static axf_status exclude_entry(const grid *g, const axf_node *entry, bool *kept)
{
    if (entry->kind != AXF_NODE_MAP || entry->count == 0) {
        return axf_node_fail(entry, "sweep.exclude: expected a map {axis: value}");
    }
    bool *marked[AXF_SWEEP_MAX_AXES] = {NULL};
    for (uint32_t k = 0; k < entry->count; k++) {
        uint32_t axis = 0;
        AXF_TRY(find_axis(g, entry->keys[k], &axis));
        const axf_node *labels = entry->items[k];
        marked[axis] = axf_arena_alloc(g->arena, g->axes[axis].count);
        for (uint32_t i = 0; i < (labels->kind == AXF_NODE_LIST ? labels->count : 1); i++) {
            const axf_node *label = labels->kind == AXF_NODE_LIST ? labels->items[i] : labels;
            AXF_TRY(mark_value(g, &g->axes[axis], label, marked[axis]));
        }
    }
    for (uint32_t p = 0; p < g->size; p++) {
        bool fits = kept[p];
        for (uint32_t i = 0; i < g->axis_count && fits; i++) {
            fits = marked[i] == NULL || marked[i][axis_value(g, p, i)];
        }
        kept[p] = kept[p] && !fits;
    }
    return AXF_OK;
}

static axf_status exclude(const grid *g, const axf_node *entries, bool *kept)
{
    if (entries == NULL) {
        return AXF_OK;
    }
    if (entries->kind != AXF_NODE_LIST) {
        return axf_node_fail(entries, "sweep.exclude: expected a list of maps {axis: value}");
    }
    if ((uint64_t)entries->count * g->size > 100 * (uint64_t)AXF_SWEEP_MAX_GRID) {
        return axf_node_fail(entries, "sweep.exclude: it has too many entries for a grid of %u points", g->size);
    }
    for (uint32_t i = 0; i < entries->count; i++) {
        AXF_TRY(exclude_entry(g, entries->items[i], kept));
    }
    return AXF_OK;
}

static int by_index(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Finds the indices of the points that are run, in the order of the grid. */
static axf_status choose(const grid *g, const axf_node *sweep, const draw *random, uint32_t **chosen, uint32_t *count)
{
    bool *kept = axf_arena_alloc(g->arena, g->size);
    memset(kept, true, g->size);
    AXF_TRY(exclude(g, axf_node_get(sweep, "exclude"), kept));
    uint32_t *indices = axf_arena_alloc(g->arena, g->size * sizeof *indices);
    *count = 0;
    for (uint32_t p = 0; p < g->size; p++) {
        if (kept[p]) {
            indices[(*count)++] = p;
        }
    }
    if (*count == 0) {
        return axf_node_fail(axf_node_get(sweep, "exclude"), "sweep.exclude removes every point of the grid");
    }
    if (random->count != AXF_NULL_INT && random->count < *count) {
        axf_random_shuffle(indices, *count, axf_random_key_make((uint64_t)random->seed, "sweep", "points"), 0);
        *count = (uint32_t)random->count;
        qsort(indices, *count, sizeof *indices, by_index);
    }
    if (*count > AXF_SWEEP_MAX_POINTS) {
        return axf_node_fail(sweep, "the sweep has %u points, more than %d: use sweep.random: N", *count,
                             AXF_SWEEP_MAX_POINTS);
    }
    *chosen = indices;
    return AXF_OK;
}

/* Gives the spec without its key `sweep`. */
static const axf_node *without_sweep(axf_arena *arena, const axf_node *spec)
{
    const int64_t index = axf_node_index(spec, "sweep");
    if (index < 0) {
        return spec;
    }
    axf_node *copy = axf_node_copy(arena, spec);
    axf_node_remove(copy, (uint32_t)index);
    return copy;
}

static axf_status build_point(const grid *g, uint32_t index, axf_sweep_point *point)
{
    const char **labels = axf_arena_alloc(g->arena, g->axis_count * sizeof *labels);
    const axf_node *spec = g->base;
    bool merged = false;
    for (uint32_t i = 0; i < g->axis_count; i++) {
        const axf_axis *axis = &g->axes[i];
        const uint32_t value = axis_value(g, index, i);
        labels[i] = axis->labels[value];
        if (!axis->is_path) {
            spec = axf_merge(g->arena, spec, axis->values[value]);
            merged = true;
        }
    }
    if (merged) {
        AXF_TRY(axf_spec_set(g->arena, spec, g->settings, g->setting_count, &spec));
        spec = without_sweep(g->arena, spec);
    }
    for (uint32_t i = 0; i < g->axis_count; i++) {
        const axf_axis *axis = &g->axes[i];
        if (axis->is_path) {
            spec = axf_replace(g->arena, spec, axis->name, axis->key, axis->values[axis_value(g, index, i)]);
        }
    }
    point->labels = labels;
    point->spec = spec;
    return AXF_OK;
}

static axf_status read_random(const axf_node *written, axf_arena *arena, draw *random)
{
    static const axf_option rows[] = {
        AXF_INT(draw, count, NULL, 1, AXF_SWEEP_MAX_POINTS, AXF_OPT_NULLABLE, "How many points of the grid to draw."),
        AXF_INT(draw, seed, "0", 0, 9007199254740992.0, 0, "Seed of the draw."),
    };
    static const axf_options table = AXF_OPTIONS(draw, rows);
    const axf_options_context context = {.owner = "sweep.random"};
    if (written != NULL && written->kind != AXF_NODE_MAP) { /* N is short for {count: N} */
        axf_node *map = axf_node_map(arena, written);
        axf_node_set_text(arena, map, "count", written);
        written = map;
    }
    return axf_options_parse(&table, written, arena, random, &context);
}

static axf_status check_keys(axf_arena *arena, const axf_node *sweep)
{
    if (sweep->kind != AXF_NODE_MAP) {
        return axf_node_fail(sweep, "sweep: expected a map with axes, exclude and random");
    }
    static const char *const names[] = {"axes", "exclude", "random", NULL};
    for (uint32_t i = 0; i < sweep->count; i++) {
        AXF_TRY(axf_name_check(arena, sweep->keys[i], "sweep:", "key of a sweep", names));
    }
    return axf_node_get(sweep, "axes") != NULL ? AXF_OK : axf_node_fail(sweep, "sweep needs 'axes'");
}

static axf_status expand(grid *g, const axf_node *sweep, const char *const *sections, axf_sweep *out)
{
    draw random;
    uint32_t *chosen = NULL;
    AXF_TRY(check_keys(g->arena, sweep));
    AXF_TRY(read_axes(g, axf_node_get(sweep, "axes"), sections));
    AXF_TRY(refuse_shadowed(g));
    AXF_TRY(read_random(axf_node_get(sweep, "random"), g->arena, &random));
    AXF_TRY(choose(g, sweep, &random, &chosen, &out->count));
    axf_sweep_point *points = axf_arena_alloc(g->arena, out->count * sizeof *points);
    for (uint32_t i = 0; i < out->count; i++) {
        AXF_TRY(build_point(g, chosen[i], &points[i]));
    }
    const char **axes = axf_arena_alloc(g->arena, g->axis_count * sizeof *axes);
    for (uint32_t i = 0; i < g->axis_count; i++) {
        axes[i] = g->axes[i].name;
    }
    out->axis_count = g->axis_count;
    out->axes = axes;
    out->points = points;
    return AXF_OK;
}

axf_status axf_sweep_expand(axf_arena *arena, const axf_node *spec, const char *const *sections,
                            const char *const *settings, uint32_t setting_count, axf_sweep *sweep)
{
    const axf_node *section = axf_node_get(spec, "sweep");
    const axf_node *base = without_sweep(arena, spec);
    *sweep = (axf_sweep){0};
    if (section == NULL) {
        axf_sweep_point *point = axf_arena_alloc(arena, sizeof *point);
        point->spec = base;
        sweep->count = 1;
        sweep->points = point;
        return AXF_OK;
    }
    grid *g = axf_alloc_zero(1, sizeof *g);
    *g = (grid){.arena = arena, .base = base, .settings = settings, .setting_count = setting_count};
    const axf_status status = expand(g, section, sections, sweep);
    free(g);
    return status;
}
