#include "spec/options_row.h"

#include "spec/yaml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

axf_option axf_option_row(const axf_options *table, uint32_t i)
{
    axf_option row = {0};
    const size_t size = table->stride < sizeof row ? table->stride : sizeof row;
    memcpy(&row, (const char *)table->first + (size_t)i * table->stride, size);
    return row;
}

axf_status axf_option_default(const axf_option *option, axf_arena *arena, const axf_node **node)
{
    *node = NULL;
    if (option->default_text == NULL) {
        return AXF_OK;
    }
    axf_source *source = axf_arena_alloc(arena, sizeof *source);
    source->name = axf_arena_printf(arena, "default of %s", option->name);
    source->folder = NULL; /* a default path starts in the current folder */
    source->text = option->default_text;
    source->length = strlen(option->default_text);
    if (source->length == 0) {
        const axf_node at = {.source = source, .line = 1, .column = 1};
        *node = axf_node_scalar(arena, &at, "", true);
        return AXF_OK;
    }
    AXF_TRY(axf_yaml_parse(arena, source, node));
    *node = axf_node_is_null(*node) ? NULL : *node;
    return AXF_OK;
}

const char *axf_real_text(double value, char text[32])
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return text;
}

/* Whether the limit is worth showing: a limit that every 64-bit integer keeps is not. */
static bool is_limit(const axf_option *option, double value)
{
    return option->min <= option->max && isfinite(value) && fabs(value) < 0x1p63;
}

static void add_limit(axf_strbuf *out, const char *words, double value)
{
    char text[32];
    if (fabs(value) < 1e15 && value == floor(value)) {
        snprintf(text, sizeof text, "%.0f", value);
    } else {
        axf_real_text(value, text);
    }
    axf_strbuf_printf(out, " %s %s", words, text);
}

static void add_range(const axf_option *option, axf_strbuf *out)
{
    const bool low = is_limit(option, option->min), high = is_limit(option, option->max);
    const bool above = option->flags & AXF_OPT_EXCLUSIVE_MIN, below = option->flags & AXF_OPT_EXCLUSIVE_MAX;
    if (low && high && !above && !below) {
        add_limit(out, "from", option->min);
        add_limit(out, "to", option->max);
        return;
    }
    if (low) {
        add_limit(out, above ? "greater than" : "of at least", option->min);
    }
    if (low && high) {
        axf_strbuf_puts(out, " and");
    }
    if (high) {
        add_limit(out, below ? "less than" : "at most", option->max);
    }
}

static void add_choices(const axf_option *option, axf_strbuf *out)
{
    axf_strbuf_puts(out, "one of ");
    for (uint32_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++) {
        axf_strbuf_printf(out, "%s%s", i > 0 ? ", " : "", option->choices[i]);
    }
}

static void add_elements(const axf_option *option, axf_strbuf *out)
{
    const bool number = option->element_type == AXF_OPT_INT || option->element_type == AXF_OPT_REAL;
    axf_strbuf_printf(out, "a list of %s",
                      option->element_type == AXF_OPT_INT      ? "integers"
                      : option->element_type == AXF_OPT_REAL   ? "numbers"
                      : option->element_type == AXF_OPT_STRING ? "texts"
                                                               : "paths");
    if (number) {
        add_range(option, out);
    }
}

void axf_option_expected(const axf_option *option, int32_t type, axf_strbuf *out)
{
    switch (type) {
    case AXF_OPT_INT:
    case AXF_OPT_REAL:
        axf_strbuf_puts(out, type == AXF_OPT_INT ? "an integer" : "a number");
        add_range(option, out);
        break;
    case AXF_OPT_BOOL:
        axf_strbuf_puts(out, "true or false");
        break;
    case AXF_OPT_ENUM:
        add_choices(option, out);
        break;
    case AXF_OPT_LIST:
        add_elements(option, out);
        break;
    case AXF_OPT_PATH:
        axf_strbuf_puts(out, "a path");
        break;
    case AXF_OPT_WEIGHTS:
        axf_strbuf_puts(out, "a checkpoint (owner/name or a folder) or random");
        break;
    default:
        axf_strbuf_puts(out, "text");
    }
    if ((option->flags & AXF_OPT_NULLABLE) && type == option->type) {
        axf_strbuf_puts(out, ", or null");
    }
}
