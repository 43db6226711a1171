#include "spec/options_check.h"

#include "core/error.h"
#include "spec/option_store.h"
#include "spec/options_row.h"

#include <string.h>

static size_t stored_size(int32_t type)
{
    switch (type) {
    case AXF_OPT_INT:
    case AXF_OPT_REAL:
        return sizeof(int64_t);
    case AXF_OPT_BOOL:
        return sizeof(bool);
    case AXF_OPT_ENUM:
        return sizeof(int32_t);
    case AXF_OPT_STRING:
    case AXF_OPT_PATH:
    case AXF_OPT_WEIGHTS:
        return sizeof(char *);
    case AXF_OPT_LIST:
        return sizeof(axf_list);
    default:
        return 0;
    }
}

static bool is_element(int32_t type)
{
    return type == AXF_OPT_INT || type == AXF_OPT_REAL || type == AXF_OPT_STRING || type == AXF_OPT_PATH;
}

static axf_status check_name(const char *name, uint32_t i, const char *owner)
{
    if (name == NULL || name[0] == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
        return axf_fail(AXF_ERR_PLUGIN, "%s: the name of option %u must be lower-case letters, digits and _", owner, i);
    }
    return AXF_OK;
}

static axf_status check_place(const axf_option *option, const axf_options *table, const char *owner)
{
    const size_t size = stored_size(option->type);
    if (size == 0 || (option->type == AXF_OPT_LIST && !is_element(option->element_type))) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: option %s has the unknown type %d (elements %d)", owner, option->name,
                        option->type, option->element_type);
    }
    const size_t alignment = option->type == AXF_OPT_LIST ? _Alignof(axf_list) : size;
    if (option->offset % alignment != 0 || (size_t)option->offset + size > table->size) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: option %s at offset %u does not fit a struct of %u bytes", owner,
                        option->name, option->offset, table->size);
    }
    return AXF_OK;
}

/* A default is checked without looking for its checkpoint. */
static axf_status accept_weights(void *self, axf_arena *arena, const axf_node *written, const char **folder)
{
    (void)self;
    *folder = axf_arena_copy(arena, written->text);
    return AXF_OK;
}

static axf_status check_default(const axf_option *option, const axf_options *table, const char *owner)
{
    axf_arena arena = {0};
    const axf_options_context context = {.owner = owner, .weights = accept_weights};
    const axf_node *node = NULL;
    axf_status status = axf_option_default(option, &arena, &node);
    const bool variable = node != NULL && node->kind == AXF_NODE_SCALAR && strstr(node->text, "${") != NULL;
    if (status == AXF_OK && !variable) { /* a variable may be unset on this machine */
        status = axf_option_store(option, node, &arena, axf_arena_alloc(&arena, table->size), &context);
    }
    axf_arena_free(&arena);
    return status == AXF_OK ? AXF_OK
                            : axf_context(AXF_ERR_PLUGIN, "%s: the default of option %s is wrong", owner, option->name);
}

static axf_status check_row(const axf_option *option, const axf_options *table, const char *owner)
{
    AXF_TRY(check_place(option, table, owner));
    if (option->help == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: option %s has no help", owner, option->name);
    }
    if (option->type == AXF_OPT_ENUM && (option->choices == NULL || option->choices[0] == NULL)) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: option %s has no choices", owner, option->name);
    }
    const bool required = option->flags & AXF_OPT_REQUIRED, nullable = option->flags & AXF_OPT_NULLABLE;
    if (required) {
        return option->default_text == NULL
                   ? AXF_OK
                   : axf_fail(AXF_ERR_PLUGIN, "%s: option %s is required and has a default", owner, option->name);
    }
    const bool needs_default = option->type == AXF_OPT_INT || option->type == AXF_OPT_REAL ||
                               option->type == AXF_OPT_BOOL || option->type == AXF_OPT_ENUM;
    if (nullable && option->type != AXF_OPT_INT && option->type != AXF_OPT_REAL && option->type != AXF_OPT_STRING &&
        option->type != AXF_OPT_PATH) {
        return axf_fail(AXF_ERR_PLUGIN,
                        "%s: option %s is flagged nullable, which only int, real, string and path can be", owner,
                        option->name);
    }
    if (needs_default && !nullable && option->default_text == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: option %s needs a default", owner, option->name);
    }
    return check_default(option, table, owner);
}

static axf_status check_clashes(const axf_options *table, uint32_t i, const char *owner)
{
    const axf_option row = axf_option_row(table, i);
    for (uint32_t j = 0; j < i; j++) {
        const axf_option older = axf_option_row(table, j);
        const size_t end = row.offset + stored_size(row.type), older_end = older.offset + stored_size(older.type);
        if (strcmp(row.name, older.name) == 0) {
            return axf_fail(AXF_ERR_PLUGIN, "%s: two options are named %s", owner, row.name);
        }
        if (row.offset < older_end && older.offset < end) {
            return axf_fail(AXF_ERR_PLUGIN, "%s: options %s and %s share memory", owner, older.name, row.name);
        }
    }
    return AXF_OK;
}

axf_status axf_options_check(const axf_options *table, const char *owner)
{
    if (table->count > 0 && (table->first == NULL || table->stride < offsetof(axf_option, help))) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: the options table has no rows or rows of %u bytes", owner, table->stride);
    }
    if (table->count > 1000 || table->size > 1 << 20) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: %u options in a struct of %u bytes are too many", owner, table->count,
                        table->size);
    }
    for (uint32_t i = 0; i < table->count; i++) {
        const axf_option row = axf_option_row(table, i);
        AXF_TRY(check_name(row.name, i, owner));
        AXF_TRY(check_row(&row, table, owner));
        AXF_TRY(check_clashes(table, i, owner));
    }
    return AXF_OK;
}
