/* What an experiment is: its resolved spec, and the text whose hash names its run folder. */
#include "core/error.h"
#include "files/hash_cache.h"
#include "spec/options.h"
#include "experiment/experiment.h"
#include "experiment/run_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- resolved spec ---- */

static const axf_node *component_node(const axf_component_use *use, axf_arena *arena)
{
    const axf_options *own = use->instance->component->component.options;
    axf_node *map = axf_node_map(arena, NULL);
    axf_node_set_text(arena, map, use->key,
                      axf_node_scalar(arena, NULL, use->instance->component->component.name, false));
    const axf_options *const tables[] = {own, use->host_table};
    const void *const values[] = {use->instance->options, use->host_values};
    for (int t = 0; t < 2; t++) {
        if (tables[t] == NULL) {
            continue;
        }
        const axf_node *part = axf_options_node(tables[t], values[t], arena);
        for (uint32_t i = 0; i < part->count; i++) {
            axf_node_set(arena, map, part->keys[i], part->items[i]);
        }
    }
    return map;
}

static void set_component(axf_node *map, const char *key, const axf_component_use *use, axf_arena *arena)
{
    if (use->instance != NULL) {
        axf_node_set_text(arena, map, key, component_node(use, arena));
    }
}

const axf_node *axf_experiment_resolved(const axf_experiment *experiment, axf_arena *arena)
{
    axf_node *spec = axf_node_copy(arena, axf_options_node(&axf_table_top, &experiment->top, arena));
    axf_node *data = axf_node_copy(arena, component_node(&experiment->dataset, arena));
    axf_node_set_text(arena, data, "split", axf_options_node(&axf_table_split, &experiment->split, arena));
    axf_node_set_text(arena, spec, "data", data);
    axf_node *model = axf_node_map(arena, NULL);
    set_component(model, "text", &experiment->text, arena);
    set_component(model, "image", &experiment->image, arena);
    set_component(model, "joint", &experiment->joint, arena);
    set_component(model, "fusion", &experiment->fusion, arena);
    axf_node_set_text(arena, model, "head", axf_options_node(&axf_table_head, &experiment->head, arena));
    axf_node_set_text(arena, spec, "model", model);
    set_component(spec, "objective", &experiment->objective, arena);
    axf_node *losses = axf_node_map(arena, NULL);
    for (int32_t i = 0; i < experiment->loss_count; i++) {
        set_component(losses, experiment->loss_name[i], &experiment->loss[i], arena);
    }
    axf_node_set_text(arena, spec, "losses", losses);
    axf_node *train = axf_node_copy(arena, axf_options_node(&axf_table_train, &experiment->train, arena));
    axf_node *groups = axf_node_list(arena, NULL);
    for (int32_t i = 0; i < experiment->group_count; i++) {
        axf_node_append(arena, groups, axf_options_node(&axf_table_group, &experiment->groups[i], arena));
    }
    axf_node_set_text(arena, train, "groups", groups);
    axf_node_set_text(arena, spec, "train", train);
    axf_node_set_text(arena, spec, "evaluate", axf_options_node(&axf_table_evaluate, &experiment->evaluate, arena));
    axf_node_set_text(arena, spec, "checkpoint",
                      axf_options_node(&axf_table_checkpoint, &experiment->checkpoint, arena));
    axf_node_set_text(arena, spec, "cache", axf_options_node(&axf_table_cache, &experiment->cache, arena));
    set_component(spec, "backend", &experiment->backend, arena);
    return spec;
}

/* ---- identity ---- */

static axf_status content_hash(void *self, const char *path, axf_strbuf *out)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return axf_fail_errno("%s", path);
    }
    axf_hash128 hash;
    AXF_TRY(S_ISDIR(info.st_mode) ? axf_hash_folder(self, path, &hash) : axf_hash_file(self, path, &hash));
    char text[AXF_HASH_HEX];
    axf_hash_hex(hash, text);
    axf_strbuf_puts(out, text);
    return AXF_OK;
}

static axf_status add_table(const char *section, const axf_options *table, const void *values, axf_hash_cache *hashes,
                            axf_strbuf *out)
{
    axf_strbuf_printf(out, "[%s]\n", section);
    return axf_options_hash_text(table, values, content_hash, hashes, out);
}

axf_status axf_identity_component(const axf_instance *instance, axf_hash_cache *hashes, axf_strbuf *out)
{
    const axf_component *component = &instance->component->component;
    axf_strbuf_printf(out, "%s %s\n", component->name, component->version);
    if (component->options == NULL) {
        return AXF_OK;
    }
    return axf_instance_context(
        instance, axf_options_hash_text(component->options, instance->options, content_hash, hashes, out));
}

axf_status axf_identity_text(const axf_experiment *experiment, axf_hash_cache *hashes, axf_strbuf *out)
{
    AXF_TRY(add_table("top", &axf_table_top, &experiment->top, hashes, out));
    AXF_TRY(add_table("split", &axf_table_split, &experiment->split, hashes, out));
    AXF_TRY(add_table("head", &axf_table_head, &experiment->head, hashes, out));
    AXF_TRY(add_table("train", &axf_table_train, &experiment->train, hashes, out));
    for (int32_t i = 0; i < experiment->group_count; i++) {
        AXF_TRY(add_table("group", &axf_table_group, &experiment->groups[i], hashes, out));
    }
    AXF_TRY(add_table("evaluate", &axf_table_evaluate, &experiment->evaluate, hashes, out));
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(experiment, i);
        if (use == NULL) {
            break;
        }
        axf_strbuf_printf(out, "[%s] ", use->section);
        AXF_TRY(axf_identity_component(use->instance, hashes, out));
        if (use->host_table != NULL) {
            AXF_TRY(axf_options_hash_text(use->host_table, use->host_values, content_hash, hashes, out));
        }
    }
    return AXF_OK;
}

static void add_post(axf_hasher *hasher, const axf_record *record, int32_t classes)
{
    axf_hasher_add_text(hasher, record->id);
    axf_hasher_add_number(hasher, record->text_length);
    axf_hasher_add(hasher, record->text, record->text_length);
    axf_hasher_add_number(hasher, (uint64_t)(int64_t)record->target);
    axf_hasher_add_number(hasher, (uint64_t)record->split);
    if (record->labels != NULL) {
        axf_hasher_add(hasher, record->labels, (size_t)classes);
    }
}

axf_status axf_data_hash(const axf_posts *posts, axf_hash_cache *hashes, int with_images, axf_hash128 *hash)
{
    axf_hasher *hasher = axf_hasher_new();
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (record->split == AXF_SPLIT_NONE) {
            continue;
        }
        add_post(hasher, record, posts->facts.classes);
        axf_hash128 image = {0};
        if (with_images && record->image != NULL && posts->facts.image_root != NULL &&
            axf_image_hash(hashes, posts->facts.image_root, record->image, &image) != AXF_OK) {
            axf_error_clear(); /* an unreadable image counts as none here; data.on_bad_image decides what happens */
        }
        axf_hasher_add_number(hasher, image.high);
        axf_hasher_add_number(hasher, image.low);
    }
    *hash = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    return AXF_OK;
}

void axf_run_id(const char *identity, axf_hash128 data, char id[AXF_RUN_ID])
{
    axf_hasher *hasher = axf_hasher_new();
    axf_hasher_add_text(hasher, identity);
    axf_hasher_add_number(hasher, data.high);
    axf_hasher_add_number(hasher, data.low);
    char hex[AXF_HASH_HEX];
    axf_hash_hex(axf_hasher_result(hasher), hex);
    axf_hasher_free(hasher);
    memcpy(id, hex, AXF_RUN_ID - 1);
    id[AXF_RUN_ID - 1] = '\0';
}
