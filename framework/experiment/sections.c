#include "experiment/sections.h"

#include "auxfuse/dataset.h"
#include "auxfuse/fusion.h"
#include "auxfuse/image_encoder.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/loss.h"
#include "auxfuse/text_encoder.h"
#include "experiment/component_sections.h"
#include "experiment/host_sections.h"
#include "spec/options_row.h"

#include <string.h>

#define AT(field) offsetof(axf_experiment, field)

static const axf_section sections[] = {
    {.path = "",
     .about = "Top of a spec",
     .table = &axf_table_top,
     .identity = "top",
     .values = AT(top),
     .read = axf_section_read_top},
    {.path = "data",
     .about = "Beside the options of the loader",
     .table = &axf_table_data,
     .kind = AXF_KIND_DATASET,
     .values = AT(data),
     .use = AT(dataset),
     .read = axf_section_read_component},
    {.path = "data.split",
     .about = "How splits are drawn where the data gives none",
     .table = &axf_table_split,
     .identity = "split",
     .values = AT(split),
     .read = axf_section_read_split},
    {.path = "model", .read = axf_section_read_model},
    {.path = "model.text",
     .about = "Beside the options of the encoder",
     .table = &axf_table_encoder,
     .kind = AXF_KIND_TEXT_ENCODER,
     .values = AT(text_settings),
     .use = AT(text),
     .read = axf_section_read_encoder},
    {.path = "model.image",
     .about = "Beside the options of the encoder",
     .table = &axf_table_encoder,
     .kind = AXF_KIND_IMAGE_ENCODER,
     .values = AT(image_settings),
     .use = AT(image),
     .read = axf_section_read_encoder},
    {.path = "model.joint",
     .about = "Beside the options of the encoder",
     .table = &axf_table_encoder,
     .kind = AXF_KIND_JOINT_ENCODER,
     .values = AT(joint_settings),
     .use = AT(joint),
     .read = axf_section_read_encoder},
    {.path = "model.fusion", .kind = AXF_KIND_FUSION, .use = AT(fusion), .read = axf_section_read_fusion},
    {.path = "model.head",
     .about = "The classifier",
     .table = &axf_table_head,
     .identity = "head",
     .values = AT(head),
     .read = axf_section_read_options},
    {.path = "objective", .kind = AXF_KIND_LOSS, .use = AT(objective), .read = axf_section_read_objective},
    {.path = "losses.NAME",
     .about = "Beside the options of the auxiliary loss",
     .table = &axf_table_loss,
     .kind = AXF_KIND_LOSS,
     .shape = AXF_SECTION_NAMED,
     .values = AT(loss_settings),
     .use = AT(loss),
     .count = AT(loss_count),
     .read = axf_section_read_losses},
    {.path = "train",
     .about = "Training",
     .table = &axf_table_train,
     .identity = "train",
     .values = AT(train),
     .read = axf_section_read_train},
    {.path = "train.groups",
     .about = "A list: settings of some parameters",
     .table = &axf_table_group,
     .identity = "group",
     .shape = AXF_SECTION_LIST,
     .values = AT(groups),
     .count = AT(group_count),
     .read = axf_section_read_groups},
    {.path = "evaluate",
     .about = "Evaluation",
     .table = &axf_table_evaluate,
     .identity = "evaluate",
     .values = AT(evaluate),
     .read = axf_section_read_evaluate},
    {.path = "checkpoint",
     .about = "Saving",
     .table = &axf_table_checkpoint,
     .runtime = 1,
     .values = AT(checkpoint),
     .read = axf_section_read_checkpoint},
    {.path = "cache",
     .about = "Features of frozen image encoders",
     .table = &axf_table_cache,
     .runtime = 1,
     .values = AT(cache),
     .read = axf_section_read_options},
    {.path = "backend", .kind = AXF_KIND_BACKEND, .use = AT(backend), .read = axf_section_read_backend},
    {.path = "sweep"},   /* expanded by spec/sweep.h */
    {.path = "extends"}, /* resolved by spec/load.h */
};

enum { SECTIONS = sizeof sections / sizeof sections[0] };

const axf_section *axf_section_at(int32_t i)
{
    return i < SECTIONS ? &sections[i] : NULL;
}

static const void *field(const axf_experiment *experiment, size_t offset)
{
    return (const char *)experiment + offset;
}

int32_t axf_section_count(const axf_section *section, const axf_experiment *experiment)
{
    return section->shape == AXF_SECTION_ONE ? 1 : *(const int32_t *)field(experiment, section->count);
}

const void *axf_section_values(const axf_section *section, const axf_experiment *experiment, int32_t i)
{
    const void *first = field(experiment, section->values);
    if (section->shape == AXF_SECTION_LIST) {
        first = *(const void *const *)first;
    }
    return (const char *)first + (size_t)i * section->table->size;
}

const axf_component_use *axf_section_use(const axf_section *section, const axf_experiment *experiment, int32_t i)
{
    return section->kind != NULL ? (const axf_component_use *)field(experiment, section->use) + i : NULL;
}

/* Copies the key that leads from the section `parent` to the section `path` ("losses" from the top to "losses.NAME").
 * NULL when `path` is not directly below `parent`. */
static const char *child_key(axf_arena *arena, const char *parent, const char *path)
{
    const size_t length = strlen(parent);
    if (strncmp(parent, path, length) != 0 || path[length] == '\0' || (length > 0 && path[length] != '.')) {
        return NULL;
    }
    const char *key = path + length + (length > 0);
    const size_t end = strcspn(key, ".");
    return key[end] == '\0' || strcmp(key + end, ".NAME") == 0 ? axf_arena_copy_n(arena, key, end) : NULL;
}

/* Appends the children of `parent` to keys, and the NULL at the end. */
static void add_children(axf_arena *arena, const char *parent, const char **keys)
{
    size_t count = 0;
    for (int32_t i = 0; i < SECTIONS; i++) {
        const char *key = child_key(arena, parent, sections[i].path);
        if (key != NULL) {
            keys[count++] = key;
        }
    }
    keys[count] = NULL;
}

const char *const *axf_section_children(axf_arena *arena, const axf_section *section)
{
    const char **keys = axf_arena_alloc(arena, (SECTIONS + 1) * sizeof *keys);
    add_children(arena, section->path, keys);
    return keys;
}

const char *const *axf_section_top_keys(axf_arena *arena)
{
    const axf_options *top = sections[0].table;
    const char **keys = axf_arena_alloc(arena, (top->count + SECTIONS + 1) * sizeof *keys);
    for (uint32_t i = 0; i < top->count; i++) {
        keys[i] = axf_option_row(top, i).name;
    }
    add_children(arena, "", keys + top->count);
    return keys;
}

/* 1 when `path` is the section or lies in it; *below is then the part of it below the section: the name of an option, or
 * "" for the section itself. */
static int is_in_section(const axf_section *section, const char *path, const char **below)
{
    for (const char *at = section->path; *at != '\0';) {
        const size_t length = strcspn(at, "."), written = strcspn(path, ".");
        const int any = strncmp(at, "NAME", length) == 0;
        if (!any && (written != length || strncmp(at, path, length) != 0)) {
            return 0;
        }
        at += length + (at[length] == '.');
        path += written + (path[written] == '.');
    }
    *below = path;
    return 1;
}

int axf_section_path_is_runtime(const char *path)
{
    for (int32_t i = 0; i < SECTIONS; i++) {
        const axf_section *section = &sections[i];
        const char *below;
        if (!is_in_section(section, path, &below)) {
            continue;
        }
        if (section->runtime) {
            return 1;
        }
        for (uint32_t k = 0; section->table != NULL && k < section->table->count; k++) {
            const axf_option option = axf_option_row(section->table, k);
            if (strcmp(option.name, below) == 0) {
                return (option.flags & AXF_OPT_RUNTIME) != 0;
            }
        }
    }
    return 0;
}
