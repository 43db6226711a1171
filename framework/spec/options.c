#include "spec/options.h"

#include "core/error.h"
#include "core/text.h"
#include "spec/expand.h"
#include "spec/options_row.h"
#include "spec/weights_path.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "batch of train: expected an integer from 1 to 512, but 'many' is written" */
static axf_status fail_expected(const axf_option *option, int32_t type, const axf_node *node,
                                const axf_options_context *context)
{
    axf_strbuf expected = {0};
    axf_option_expected(option, type, &expected);
    const char *kind = node->kind == AXF_NODE_LIST ? "a list" : "a map";
    const bool scalar = node->kind == AXF_NODE_SCALAR;
    const axf_status status =
        axf_node_fail(node, "%s of %s: expected %s, but %s%.100s%s is written", option->name, context->owner,
                      axf_strbuf_text(&expected), scalar ? "'" : "", scalar ? node->text : kind, scalar ? "'" : "");
    axf_strbuf_free(&expected);
    return status;
}

static bool in_range(const axf_option *option, double value)
{
    if (option->min > option->max) {
        return true;
    }
    const bool above = option->flags & AXF_OPT_EXCLUSIVE_MIN ? value > option->min : value >= option->min;
    const bool below = option->flags & AXF_OPT_EXCLUSIVE_MAX ? value < option->max : value <= option->max;
    return above && below;
}

static bool read_int(const axf_option *option, const char *text, int64_t *value)
{
    const size_t digits = strspn(text + (text[0] == '-' || text[0] == '+'), "0123456789");
    if (digits == 0 || text[digits + (text[0] == '-' || text[0] == '+')] != '\0') {
        return false;
    }
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0 && *value != AXF_NULL_INT && in_range(option, (double)*value);
}

static bool read_real(const axf_option *option, const char *text, double *value)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false; /* strtod would also read hexadecimal, inf and nan */
    }
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*value) && in_range(option, *value);
}

static bool read_bool(const char *text, bool *value)
{
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *value = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static axf_status store_enum(const axf_option *option, const axf_node *node, int32_t *value,
                             const axf_options_context *context)
{
    axf_closest closest = {.word = node->text};
    for (int32_t i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], node->text) == 0) {
            *value = i;
            return AXF_OK;
        }
        axf_closest_offer(&closest, option->choices[i]);
    }
    if (closest.name == NULL) {
        return fail_expected(option, AXF_OPT_ENUM, node, context);
    }
    axf_strbuf expected = {0};
    axf_option_expected(option, AXF_OPT_ENUM, &expected);
    const axf_status status =
        axf_node_fail(node, "%s of %s: expected %s, but '%.100s' is written; did you mean '%s'?", option->name,
                      context->owner, axf_strbuf_text(&expected), node->text, closest.name);
    axf_strbuf_free(&expected);
    return status;
}

static axf_status store_weights(const axf_node *node, axf_arena *arena, const char **value,
                                const axf_options_context *context)
{
    if (strcmp(node->text, "random") == 0) {
        *value = NULL;
        return AXF_OK;
    }
    return context->weights != NULL ? context->weights(context->weights_self, arena, node, value)
                                    : axf_weights_locate(arena, node, value);
}

/* One scalar of `type` at `place`: an option, or an element of a list. */
static axf_status store_scalar(const axf_option *option, int32_t type, const axf_node *node, axf_arena *arena,
                               void *place, const axf_options_context *context)
{
    bool good = node->kind == AXF_NODE_SCALAR && !axf_node_is_null(node);
    if (!good) {
        return fail_expected(option, type, node, context);
    }
    switch (type) {
    case AXF_OPT_INT:
        good = read_int(option, node->text, place);
        break;
    case AXF_OPT_REAL:
        good = read_real(option, node->text, place);
        break;
    case AXF_OPT_BOOL:
        good = read_bool(node->text, place);
        break;
    case AXF_OPT_STRING:
        *(const char **)place = axf_arena_copy(arena, node->text);
        break;
    case AXF_OPT_PATH:
        return axf_expand_path(arena, node, place);
    case AXF_OPT_ENUM:
        return store_enum(option, node, place, context);
    case AXF_OPT_WEIGHTS:
        return store_weights(node, arena, place, context);
    default:
        return axf_fail(AXF_ERR_INTERNAL, "option %s has the unknown type %d", option->name, (int)type);
    }
    return good ? AXF_OK : fail_expected(option, type, node, context);
}

static axf_status store_list(const axf_option *option, const axf_node *node, axf_arena *arena, axf_list *list,
                             const axf_options_context *context)
{
    const size_t size = sizeof(int64_t);
    _Static_assert(sizeof(int64_t) == sizeof(double) && sizeof(int64_t) == sizeof(char *), "elements of one size");
    if (node->kind != AXF_NODE_LIST) {
        return fail_expected(option, AXF_OPT_LIST, node, context);
    }
    char *items = node->count > 0 ? axf_arena_alloc(arena, node->count * size) : NULL;
    for (uint32_t i = 0; i < node->count; i++) {
        AXF_TRY(store_scalar(option, option->element_type, node->items[i], arena, items + i * size, context));
    }
    list->count = node->count;
    list->items = items;
    return AXF_OK;
}

/* What null stores, where null is a value. */
static void store_null(const axf_option *option, void *place)
{
    if (option->type == AXF_OPT_INT) {
        *(int64_t *)place = AXF_NULL_INT;
    } else if (option->type == AXF_OPT_REAL) {
        *(double *)place = NAN;
    } else if (option->type == AXF_OPT_LIST) {
        ((axf_list *)place)->element_type = (uint32_t)option->element_type;
    }
}

axf_status axf_option_store(const axf_option *option, const axf_node *node, axf_arena *arena, void *values,
                            const axf_options_context *context)
{
    void *place = (char *)values + option->offset;
    store_null(option, place);
    if (node == NULL) {
        return AXF_OK;
    }
    return option->type == AXF_OPT_LIST ? store_list(option, node, arena, place, context)
                                        : store_scalar(option, option->type, node, arena, place, context);
}

static bool may_be_null(const axf_option *option)
{
    const bool text = option->type == AXF_OPT_STRING || option->type == AXF_OPT_PATH;
    return (option->flags & AXF_OPT_NULLABLE) != 0 || (text && option->default_text == NULL);
}

static axf_status parse_one(const axf_option *option, const axf_node *map, axf_arena *arena, void *values,
                            const axf_options_context *context)
{
    const int64_t index = axf_node_index(map, option->name);
    const axf_node *written = map != NULL && index >= 0 ? map->items[index] : NULL;
    const bool null = written != NULL && axf_node_is_null(written);
    if ((written == NULL || null) && (option->flags & AXF_OPT_REQUIRED)) {
        return axf_node_fail(written != NULL ? written
                             : map != NULL   ? map
                                             : context->where,
                             "%s needs '%s': %s", context->owner, option->name, option->help);
    }
    if (written == NULL || (null && !may_be_null(option))) {
        AXF_TRY(axf_option_default(option, arena, &written));
    }
    return axf_option_store(option, axf_node_is_null(written) ? NULL : written, arena, values, context);
}

static bool is_other(const char *key, const axf_options_context *context)
{
    for (uint32_t i = 0; context->other_keys != NULL && context->other_keys[i] != NULL; i++) {
        if (strcmp(context->other_keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void offer(axf_closest *closest, axf_strbuf *all, const char *name)
{
    axf_closest_offer(closest, name);
    axf_strbuf_printf(all, "%s%s", all->length > 0 ? ", " : "", name);
}

static axf_status fail_unknown(const axf_options *table, const axf_node *key, const axf_options_context *context)
{
    axf_closest closest = {.word = key->text};
    axf_strbuf all = {0};
    for (uint32_t i = 0; i < table->count; i++) {
        offer(&closest, &all, axf_option_row(table, i).name);
    }
    for (uint32_t i = 0; context->other_keys != NULL && context->other_keys[i] != NULL; i++) {
        offer(&closest, &all, context->other_keys[i]);
    }
    const axf_status status = closest.name != NULL
                                  ? axf_node_fail(key, "%s has no option '%.100s'; did you mean '%s'?", context->owner,
                                                  key->text, closest.name)
                                  : axf_node_fail(key, "%s has no option '%.100s'; it has %s", context->owner,
                                                  key->text, all.length > 0 ? axf_strbuf_text(&all) : "none");
    axf_strbuf_free(&all);
    return status;
}

static axf_status refuse_unknown(const axf_options *table, const axf_node *map, const axf_options_context *context)
{
    for (uint32_t i = 0; i < map->count; i++) {
        /* `key: null` takes out what a file below wrote, such as an option of the loader that was replaced. */
        bool known = axf_node_is_null(map->items[i]) || is_other(map->keys[i]->text, context);
        for (uint32_t j = 0; j < table->count && !known; j++) {
            known = strcmp(axf_option_row(table, j).name, map->keys[i]->text) == 0;
        }
        if (!known) {
            return fail_unknown(table, map->keys[i], context);
        }
    }
    return AXF_OK;
}

axf_status axf_options_parse(const axf_options *table, const axf_node *map, axf_arena *arena, void *values,
                             const axf_options_context *context)
{
    memset(values, 0, table->size);
    if (axf_node_is_null(map)) {
        map = NULL;
    }
    if (map != NULL && map->kind != AXF_NODE_MAP) {
        return axf_node_fail(map, "%s: expected a map of options (key: value)", context->owner);
    }
    if (map != NULL) {
        AXF_TRY(refuse_unknown(table, map, context));
    }
    for (uint32_t i = 0; i < table->count; i++) {
        const axf_option option = axf_option_row(table, i);
        AXF_TRY(parse_one(&option, map, arena, values, context));
    }
    return AXF_OK;
}
