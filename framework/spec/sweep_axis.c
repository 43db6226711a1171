#include "spec/sweep_axis.h"

#include "spec/load.h"
#include "spec/merge.h"
#include "spec/names.h"

#include <string.h>

/* Labels are cut to this many bytes. */
enum { LABEL_LENGTH = 40 };

/* Appends the text of a value without its braces and quotes: a map becomes `a,b=1`, with the name of a component first,
 * and a list becomes a+b. */
static void add_label(const axf_node *value, const char *component_key, axf_strbuf *out)
{
    if (value->kind == AXF_NODE_SCALAR) {
        axf_strbuf_puts(out, value->text[0] != '\0' ? value->text : "empty");
        return;
    }
    const bool map = value->kind == AXF_NODE_MAP;
    if (value->count == 0) {
        axf_strbuf_puts(out, "none");
    }
    for (uint32_t i = 0; i < value->count && out->length <= LABEL_LENGTH; i++) {
        axf_strbuf_puts(out, i == 0 ? "" : map ? "," : "+");
        const bool names = map && component_key != NULL && strcmp(value->keys[i]->text, component_key) == 0;
        if (map && !names) {
            axf_strbuf_puts(out, value->keys[i]->text);
            if (value->items[i]->kind == AXF_NODE_MAP && value->items[i]->count == 0) {
                continue; /* {itc: {}} is called itc */
            }
            axf_strbuf_putc(out, '=');
        }
        add_label(value->items[i], NULL, out);
    }
}

/* Cuts a label that is too long, never inside a character. */
static void cut_label(axf_strbuf *label)
{
    if (label->length > LABEL_LENGTH) {
        size_t length = LABEL_LENGTH;
        while (length > 0 && ((unsigned char)label->data[length] & 0xc0) == 0x80) {
            length--;
        }
        label->length = length;
        label->data[length] = '\0';
    }
}

/* Labels tell the points apart in tables and folders, so no two may be equal. */
static axf_status make_label(axf_arena *arena, const axf_axis *axis, const axf_node *value, const char **labels,
                             uint32_t count)
{
    axf_strbuf text = {0};
    add_label(value, axf_component_key(axis->name), &text);
    cut_label(&text);
    const char *label = axf_arena_copy(arena, axf_strbuf_text(&text));
    axf_strbuf_free(&text);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(labels[i], label) == 0) {
            return axf_node_fail(value, "axis %s: two values are called '%s'; name them: {first: ..., second: ...}",
                                 axis->name, label);
        }
    }
    labels[count] = label;
    return AXF_OK;
}

/* The keys of a partial spec must be sections, so that a misspelt one, such as `loses`, is found here. */
static axf_status read_partial(axf_arena *arena, const axf_axis *axis, const axf_node *written,
                               const char *const *sections, const axf_node **partial)
{
    if (written->kind != AXF_NODE_MAP) {
        return axf_node_fail(written, "axis %s: expected a partial spec (a map), since %s is not a section of a spec",
                             axis->name, axis->name);
    }
    AXF_TRY(axf_spec_extend(arena, written, partial));
    for (uint32_t i = 0; i < (*partial)->count; i++) {
        const axf_node *key = (*partial)->keys[i];
        if (strcmp(key->text, "sweep") == 0) {
            return axf_node_fail(key, "axis %s: a partial spec cannot hold a sweep", axis->name);
        }
        AXF_TRY(
            axf_name_check(arena, key, axf_arena_printf(arena, "axis %s:", axis->name), "section of a spec", sections));
    }
    return AXF_OK;
}

static axf_status read_values(axf_arena *arena, const axf_node *written, const char *const *sections, axf_axis *axis)
{
    const char **labels = axf_arena_alloc(arena, written->count * sizeof *labels);
    const axf_node **values = axf_arena_alloc(arena, written->count * sizeof(const axf_node *));
    const bool named = written->kind == AXF_NODE_MAP;
    for (uint32_t i = 0; i < written->count; i++) {
        if (named) {
            labels[i] = written->keys[i]->text;
        } else {
            AXF_TRY(make_label(arena, axis, written->items[i], labels, i));
        }
        values[i] = written->items[i];
        if (!axis->is_path) {
            AXF_TRY(read_partial(arena, axis, written->items[i], sections, &values[i]));
        }
    }
    axis->count = written->count;
    axis->labels = labels;
    axis->values = values;
    return AXF_OK;
}

axf_status axf_axis_read(axf_arena *arena, const axf_node *key, const axf_node *written, const char *const *sections,
                         uint32_t most, axf_axis *axis)
{
    AXF_TRY(axf_path_check(key));
    const size_t first = strcspn(key->text, ".");
    const char *section = axf_arena_copy_n(arena, key->text, first);
    axis->key = key;
    axis->name = key->text;
    axis->is_path = axf_name_is_one_of(section, sections);
    if (!axis->is_path && key->text[first] == '.') {
        return axf_name_fail(arena, key, section, "sweep.axes:", "section of a spec", sections);
    }
    if (strcmp(section, "sweep") == 0) {
        return axf_node_fail(key, "a sweep cannot sweep itself");
    }
    if (written->kind == AXF_NODE_SCALAR || written->count == 0) {
        return axf_node_fail(written, "axis %s: expected a list of values or a map of named ones, with at least one",
                             axis->name);
    }
    if (!axis->is_path && written->kind == AXF_NODE_LIST) {
        return axf_node_fail(written,
                             "axis %s is not a section of a spec, so its values are partial specs with a name "
                             "each: {first: {...}, second: {...}}",
                             axis->name);
    }
    if (written->count > most) {
        return axf_node_fail(written, "axis %s has more than %u values", axis->name, most);
    }
    return read_values(arena, written, sections, axis);
}
