#include "spec/options.h"

#include "core/text.h"
#include "spec/option_store.h"
#include "spec/options_row.h"

#include <string.h>

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
        /* `key: null` removes what a file below wrote, such as an option of a loader that was replaced. */
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
