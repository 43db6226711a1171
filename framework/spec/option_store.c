#include "spec/option_store.h"

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

/* Stores one scalar of `type` at `place`, which is an option or an element of a list. */
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

/* Stores null, for the types that have a value for it. */
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
