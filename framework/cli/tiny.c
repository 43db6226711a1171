#include "cli/tiny.h"

#include "auxfuse/dataset.h"
#include "auxfuse/image_encoder.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/text_encoder.h"
#include "cli/tiny_features.h"
#include "cli/tiny_posts.h"
#include "core/error.h"
#include "experiment/settings.h"
#include "files/path.h"
#include "spec/merge.h"
#include "spec/options_row.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TINY_SUBSET = 32 };

typedef struct tiny_maker {
    axf_arena *arena;
    axf_registry *registry;
    const char *spec_file;
    const axf_node *spec; /* the tiny version so far */
} tiny_maker;

static void set(tiny_maker *m, const char *path, const char *text, bool quoted)
{
    const char *dot = strrchr(path, '.');
    const axf_node *key = axf_node_scalar(m->arena, NULL, dot != NULL ? dot + 1 : path, false);
    m->spec = axf_replace(m->arena, m->spec, path, key, axf_node_scalar(m->arena, NULL, text, quoted));
}

static bool has_option(const axf_options *table, const char *name, axf_option *option)
{
    for (uint32_t i = 0; table != NULL && i < table->count; i++) {
        *option = axf_option_row(table, i);
        if (strcmp(option->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The component that a section names. NULL when there is none, or none of that name: the parser of the spec reports
 * that later. */
static const axf_registered *component_at(const tiny_maker *m, const char *kind, const char *path)
{
    const axf_node *node = axf_node_at(m->spec, path), *name, *options;
    if (axf_node_is_null(node) || axf_component_map(node, axf_component_key(path), &name, &options) != AXF_OK ||
        name == NULL) {
        axf_error_clear();
        return NULL;
    }
    return axf_registry_find(m->registry, kind, name->text);
}

/* ---- encoders ---- */

static char *beside_program(void)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *folder = axf_path_folder(program), *share = axf_path_join(folder, "../share/auxfuse/experiments");
    free(folder);
    return share;
}

/* The absolute path of tiny/<name> in the first of three folders that has it. */
static axf_status find_config(const tiny_maker *m, const axf_registered *component, const char *name,
                              const char **folder)
{
    char *folders[] = {axf_path_folder(m->spec_file), axf_path_folder(component->file), beside_program()};
    const char *looked = "";
    *folder = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const char *path = axf_arena_printf(m->arena, "%s/tiny/%s", folders[i], name);
        char *real = realpath(path, NULL);
        if (*folder == NULL && real != NULL) {
            *folder = axf_arena_copy(m->arena, real);
        }
        looked = axf_arena_printf(m->arena, "%s%s%s", looked, i > 0 ? ", " : "", path);
        free(real);
        free(folders[i]);
    }
    if (*folder == NULL) {
        return axf_fail(AXF_ERR_SPEC, "--tiny: there is no small configuration of %s '%s'; looked for %s",
                        component->kind->label, component->component.name, looked);
    }
    return AXF_OK;
}

static axf_status make_encoder(tiny_maker *m, const char *kind, const char *path)
{
    static const char ending[] = "_config";
    const axf_registered *component = component_at(m, kind, path);
    const axf_options *table = component != NULL ? component->component.options : NULL;
    for (uint32_t i = 0; table != NULL && i < table->count; i++) {
        const axf_option option = axf_option_row(table, i);
        const char *key = axf_arena_printf(m->arena, "%s.%s", path, option.name);
        const size_t length = strlen(option.name), tail = sizeof ending - 1;
        const bool part = length > tail && strcmp(option.name + length - tail, ending) == 0;
        if (option.type == AXF_OPT_WEIGHTS) {
            set(m, key, "random", false);
        } else if (option.type == AXF_OPT_PATH && (part || strcmp(option.name, ending + 1) == 0)) {
            const char *name = component->component.name, *folder;
            if (part) {
                name = axf_arena_printf(m->arena, "%s-%.*s", name, (int)(length - tail), option.name);
            }
            AXF_TRY(find_config(m, component, name, &folder));
            set(m, key, folder, true);
        }
    }
    return AXF_OK;
}

/* ---- data ---- */

/* Whether a setting of the loader also holds for drawn posts: choices and switches do, names of files and columns do
 * not. */
static bool still_holds(const axf_options *table, const char *key, bool fixed_layout)
{
    axf_option option;
    /* Another option belongs to the host (data.empty_image is a file), or it is an error that the parser reports. */
    if (!has_option(table, key, &option)) {
        return !has_option(&axf_table_data, key, &option) || option.type != AXF_OPT_PATH;
    }
    return fixed_layout && option.type != AXF_OPT_STRING && option.type != AXF_OPT_PATH && option.type != AXF_OPT_LIST;
}

static axf_status make_data(tiny_maker *m)
{
    const axf_registered *loader = component_at(m, AXF_KIND_DATASET, "data");
    const axf_node *data = axf_node_at(m->spec, "data");
    if (loader == NULL || data->kind != AXF_NODE_MAP) {
        return AXF_OK;
    }
    const axf_options *table = loader->component.options;
    axf_option option;
    const bool rooted = has_option(table, "root", &option), filed = has_option(table, "file", &option);
    axf_node *kept = axf_node_map(m->arena, data);
    for (uint32_t i = 0; i < data->count; i++) {
        if (still_holds(table, data->keys[i]->text, rooted || !filed)) {
            axf_node_set(m->arena, kept, data->keys[i], data->items[i]);
        }
    }
    m->spec = axf_replace(m->arena, m->spec, "data", axf_node_scalar(m->arena, NULL, "data", false), kept);
    if (has_option(table, "count", &option)) {
        char count[16];
        snprintf(count, sizeof count, "%d", AXF_TINY_POSTS);
        set(m, "data.count", count, false);
    }
    if (rooted || filed) {
        const char *folder;
        AXF_TRY(axf_tiny_posts(m->arena, loader->component.name, kept, &folder));
        set(m, rooted ? "data.root" : "data.file", rooted ? folder : axf_arena_printf(m->arena, "%s/posts.csv", folder),
            true);
        if (!rooted && has_option(table, "images", &option)) {
            set(m, "data.images", axf_arena_printf(m->arena, "%s/images", folder), true);
        }
    }
    return AXF_OK;
}

/* ---- features ---- */

/* An encoder that reads features by post id gets drawn features of the drawn posts. Its other paths get their
 * defaults. */
static axf_status make_features(tiny_maker *m, const char *kind, const char *path)
{
    static const char *const others[] = {"ids", "boxes"};
    const axf_registered *component = component_at(m, kind, path);
    const axf_options *table = component != NULL ? component->component.options : NULL;
    axf_option option;
    if (!has_option(table, "features", &option) || option.type != AXF_OPT_PATH) {
        return AXF_OK;
    }
    const char *file;
    AXF_TRY(axf_tiny_features(m->arena, m->registry, m->spec, &file));
    set(m, axf_arena_printf(m->arena, "%s.features", path), file, true);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const char *key = axf_arena_printf(m->arena, "%s.%s", path, others[i]);
        if (has_option(table, others[i], &option) && axf_node_at(m->spec, key) != NULL) {
            set(m, key, "null", false);
        }
    }
    return AXF_OK;
}

/* ---- the rest ---- */

static void make_rest(tiny_maker *m)
{
    const axf_node *name = axf_node_get(m->spec, "name"), *seeds = axf_node_get(m->spec, "seeds");
    const axf_node *subset = axf_node_at(m->spec, "data.subset");
    if (name != NULL && name->kind == AXF_NODE_SCALAR) {
        set(m, "name", axf_arena_printf(m->arena, "%s-tiny", name->text), name->quoted);
    }
    if (seeds != NULL && seeds->kind == AXF_NODE_LIST && seeds->count > 1) {
        axf_node *first = axf_node_list(m->arena, seeds);
        axf_node_append(m->arena, first, seeds->items[0]);
        m->spec = axf_replace(m->arena, m->spec, "seeds", axf_node_scalar(m->arena, NULL, "seeds", false), first);
    }
    if (!axf_node_is_null(subset) && subset->kind == AXF_NODE_SCALAR && strtod(subset->text, NULL) > TINY_SUBSET) {
        char count[16];
        snprintf(count, sizeof count, "%d", TINY_SUBSET);
        set(m, "data.subset", count, false);
    }
    set(m, "train.epochs", "1", false);
}

axf_status axf_tiny_spec(axf_arena *arena, axf_registry *registry, const axf_node *spec, const char *spec_file,
                         const axf_node **tiny)
{
    tiny_maker m = {arena, registry, spec_file, spec};
    AXF_TRY(make_encoder(&m, AXF_KIND_TEXT_ENCODER, "model.text"));
    AXF_TRY(make_encoder(&m, AXF_KIND_IMAGE_ENCODER, "model.image"));
    AXF_TRY(make_encoder(&m, AXF_KIND_JOINT_ENCODER, "model.joint"));
    AXF_TRY(make_data(&m));
    AXF_TRY(make_features(&m, AXF_KIND_IMAGE_ENCODER, "model.image"));
    AXF_TRY(make_features(&m, AXF_KIND_JOINT_ENCODER, "model.joint"));
    make_rest(&m);
    *tiny = m.spec;
    return AXF_OK;
}
