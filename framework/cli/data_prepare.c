/* auxfuse data prepare: turns a published folder into a data key with splits, and a manifest that says what it was made
 * from and which records were left out. */
#include "cli/data_prepare.h"

#include "cli/common.h"
#include "cli/data_key.h"
#include "cli/flags.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "posts/split.h"
#include "posts/split_groups.h"
#include "spec/load.h"
#include "spec/options.h"
#include "spec/options_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTED_FILES = 20 };

typedef struct arguments {
    const char **settings, **plugins;
    const char *seed_text, *group; /* group: the column of words by which posts are kept together, or NULL */
    bool stratify, json;
    char **rest;
    int rest_count;
    uint64_t seed;
} arguments;

/* A loader whose reads are counted and hashed. */
typedef struct recorder {
    axf_instance instance; /* the first member: the loader gets a pointer to its host */
    axf_status (*read_file)(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size);
    axf_hasher *hasher;
    char *last; /* the path read last: some loaders read a table twice */
    int64_t files, bytes;
    json_t *listed;
} recorder;

static axf_status read_recorded(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size)
{
    recorder *r = (recorder *)(void *)(uintptr_t)host;
    AXF_TRY(r->read_file(host, path, limit, bytes, size));
    if (r->last != NULL && strcmp(r->last, path) == 0) {
        return AXF_OK;
    }
    free(r->last);
    r->last = axf_copy(path);
    char hex[AXF_HASH_HEX];
    const axf_hash128 hash = axf_hash_bytes(*bytes, *size);
    axf_hash_hex(hash, hex);
    axf_hasher_add_text(r->hasher, axf_path_name(path));
    axf_hasher_add_text(r->hasher, hex);
    r->files++;
    r->bytes += (int64_t)*size;
    if (r->files <= LISTED_FILES) {
        json_array_append_new(r->listed,
                              json_pack("{s:s, s:I, s:s}", "file", path, "bytes", (json_int_t)*size, "xxh3_128", hex));
    }
    return AXF_OK;
}

/* The folder becomes the loader's option `root`, or `file` when the loader has no `root`. */
static const char *folder_option(const axf_options *table)
{
    for (uint32_t i = 0; table != NULL && i < table->count; i++) {
        const axf_option *o = (const axf_option *)((const char *)table->first + (size_t)i * table->stride);
        if (strcmp(o->name, "root") == 0) {
            return "root";
        }
    }
    return "file";
}

/* The loader's default name for its data key. */
static const char *key_name(const axf_options *table)
{
    for (uint32_t i = 0; table != NULL && i < table->count; i++) {
        const axf_option *o = (const axf_option *)((const char *)table->first + (size_t)i * table->stride);
        if (strcmp(o->name, "key") == 0 && o->default_text != NULL) {
            return o->default_text;
        }
    }
    return "data_key.csv";
}

static axf_status open_loader(const arguments *a, axf_registry *registry, axf_arena *arena, recorder *r)
{
    char folder[PATH_MAX];
    axf_registered *component;
    uint32_t settings = 0;
    AXF_TRY(axf_registry_get(registry, AXF_KIND_DATASET, a->rest[0], &component));
    if (realpath(a->rest[1], folder) == NULL) {
        return axf_fail_errno("%s", a->rest[1]);
    }
    while (a->settings != NULL && a->settings[settings] != NULL) {
        settings++;
    }
    const axf_options *table = component->component.options;
    axf_node *map = axf_node_map(arena, NULL);
    const axf_node *merged;
    axf_node_set_text(arena, map, folder_option(table), axf_node_scalar(arena, NULL, folder, true));
    AXF_TRY(axf_spec_set(arena, map, a->settings, settings, &merged));
    AXF_TRY(axf_instance_init(&r->instance, component, "data", 0));
    r->read_file = r->instance.host.read_file;
    r->instance.host.read_file = read_recorded;
    const axf_options_context context = {.owner = axf_arena_printf(arena, "dataset '%s'", a->rest[0])};
    return axf_options_parse(table, merged, &r->instance.arena, r->instance.options, &context);
}

static json_t *node_json(const axf_node *node)
{
    if (axf_node_is_null(node)) {
        return json_null();
    }
    if (node->kind == AXF_NODE_SCALAR) {
        return json_string(node->text);
    }
    json_t *json = node->kind == AXF_NODE_LIST ? json_array() : json_object();
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->kind == AXF_NODE_LIST) {
            json_array_append_new(json, node_json(node->items[i]));
        } else {
            json_object_set_new(json, node->keys[i]->text, node_json(node->items[i]));
        }
    }
    return json;
}

static json_t *classes_json(const axf_posts *posts)
{
    json_t *classes = json_array();
    for (int32_t k = 0; k < posts->facts.classes; k++) {
        json_array_append_new(classes, json_string(posts->facts.class_names[k]));
    }
    return classes;
}

static json_t *manifest_json(const arguments *a, axf_arena *arena, const recorder *r, const axf_posts *posts, int given,
                             const axf_strbuf *key)
{
    char raw[AXF_HASH_HEX], hex[AXF_HASH_HEX];
    const axf_component *component = &r->instance.component->component;
    axf_hash_hex(axf_hasher_result(r->hasher), raw);
    axf_hash_hex(axf_hash_bytes(axf_strbuf_text(key), key->length), hex);
    json_t *root = json_object();
    json_object_set_new(root, "format", json_string("auxfuse data key 1"));
    json_object_set_new(root, "auxfuse", json_string(AXF_VERSION));
    json_object_set_new(root, "loader",
                        json_pack("{s:s, s:s, s:o}", "name", component->name, "version", component->version, "options",
                                  node_json(axf_options_node(component->options, r->instance.options, arena))));
    json_object_set_new(root, "raw",
                        json_pack("{s:I, s:I, s:s, s:O}", "files", (json_int_t)r->files, "bytes", (json_int_t)r->bytes,
                                  "xxh3_128", raw, "first", r->listed));
    json_object_set_new(root, "images",
                        posts->facts.image_root != NULL ? json_string(posts->facts.image_root) : json_null());
    json_object_set_new(root, "key",
                        json_pack("{s:s, s:I, s:I, s:s}", "file", key_name(component->options), "posts",
                                  (json_int_t)posts->count, "bytes", (json_int_t)key->length, "xxh3_128", hex));
    json_object_set_new(root, "classes", classes_json(posts));
    json_object_set_new(
        root, "splits_drawn",
        given ? json_null()
              : json_pack("{s:I, s:b, s:s?}", "seed", (json_int_t)a->seed, "stratify", a->stratify, "group", a->group));
    json_object_set_new(root, "splits", axf_key_splits(posts));
    json_object_set_new(
        root, "left_out",
        json_pack("{s:I, s:o}", "records", (json_int_t)posts->left_out_count, "reasons", axf_key_reasons(posts)));
    return root;
}

static axf_status write_in(const char *folder, const char *name, const axf_strbuf *text)
{
    char *path = axf_path_join(folder, name);
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(text), text->length);
    free(path);
    return status;
}

/* Warns about a published file that is empty, or fractions that leave a split without posts, before a run fails. */
static void warn_of_empty_splits(const json_t *manifest)
{
    const char *split;
    json_t *facts;
    json_object_foreach(json_object_get(manifest, "splits"), split, facts)
    {
        if (json_integer_value(json_object_get(facts, "posts")) == 0) {
            axf_log(AXF_LOG_LEVEL_WARNING, "no posts in split %s", split);
        }
    }
}

static void print_summary(const axf_posts *posts, const json_t *manifest, const char *folder, const char *name)
{
    const char *split;
    json_t *facts;
    printf("%d posts in %s/%s\n", posts->count, folder, name);
    json_object_foreach(json_object_get(manifest, "splits"), split, facts)
    {
        const char *word;
        json_t *count;
        const json_t *images = json_object_get(facts, "images");
        printf("  %-5s %6lld:", split, (long long)json_integer_value(json_object_get(facts, "posts")));
        json_object_foreach(json_object_get(facts, "classes"), word, count)
        {
            printf(" %s %lld,", word, (long long)json_integer_value(count));
        }
        printf(" images %lld, missing %lld\n", (long long)json_integer_value(json_object_get(images, "present")),
               (long long)json_integer_value(json_object_get(images, "missing")));
    }
    for (int32_t i = 0; i < posts->skip_count; i++) {
        printf("left out %lld: %s; first %s\n", (long long)posts->skips[i].count, posts->skips[i].reason,
               posts->skips[i].first);
    }
}

/* The manifest is written last, so that a folder with a manifest is complete. */
static axf_status write_all(const arguments *a, axf_arena *arena, const recorder *r, const axf_posts *posts, int given)
{
    axf_strbuf key = {0}, left_out = {0}, text = {0};
    const char *folder = a->rest[2], *name = key_name(r->instance.component->component.options);
    axf_key_text(posts, &key);
    axf_left_out_text(posts, &left_out);
    json_t *manifest = manifest_json(a, arena, r, posts, given, &key);
    axf_status status = axf_json_put(&text, manifest, 17);
    if (status != AXF_OK) {
        status =
            axf_fail(AXF_ERR_DATA, "an id, a name or a path is not UTF-8, so it cannot be written to the manifest");
    }
    if (status == AXF_OK) {
        status = axf_folder_make(folder);
    }
    if (status == AXF_OK) {
        status = write_in(folder, name, &key);
    }
    if (status == AXF_OK) {
        status = write_in(folder, "left_out.csv", &left_out);
    }
    if (status == AXF_OK) {
        status = write_in(folder, "manifest.json", &text);
    }
    if (status == AXF_OK && a->json) {
        printf("%s\n", axf_strbuf_text(&text));
    } else if (status == AXF_OK) {
        print_summary(posts, manifest, folder, name);
        warn_of_empty_splits(manifest);
    }
    json_decref(manifest);
    axf_strbuf_free(&key);
    axf_strbuf_free(&left_out);
    axf_strbuf_free(&text);
    return status;
}

static axf_status refuse_existing(const arguments *a)
{
    bool there;
    char *path = axf_path_join(a->rest[2], "manifest.json");
    axf_status status = axf_is_there(path, &there);
    if (there) {
        status = axf_fail(AXF_ERR_DATA, "%s exists already: remove the folder or name another one", path);
    }
    free(path);
    return status;
}

static axf_status read_and_write(const arguments *a, axf_registry *registry, axf_arena *arena, recorder *r,
                                 axf_posts *posts)
{
    static const double fractions[3] = {0.8, 0.1, 0.1};
    AXF_TRY(refuse_existing(a));
    AXF_TRY(axf_cli_registry(registry, a->plugins));
    AXF_TRY(open_loader(a, registry, arena, r));
    AXF_TRY(axf_posts_read(posts, &r->instance, 1));
    const int given = posts->items[0].split != AXF_SPLIT_NONE;
    AXF_TRY(a->group != NULL ? axf_split_draw_groups(posts, a->seed, fractions, a->stratify, a->group)
                             : axf_split_draw(posts, a->seed, fractions, a->stratify));
    return write_all(a, arena, r, posts, given);
}

static axf_status prepare(const arguments *a)
{
    axf_registry registry = {0};
    axf_arena arena = {0};
    axf_posts posts = {0};
    recorder r = {.hasher = axf_hasher_new(), .listed = json_array()};
    const axf_status status = read_and_write(a, &registry, &arena, &r, &posts);
    axf_posts_free(&posts);
    axf_instance_free(&r.instance);
    axf_hasher_free(r.hasher);
    free(r.last);
    json_decref(r.listed);
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    return status;
}

int axf_data_prepare(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {{.name = "set", .letter = 's', .list = &a.settings},
                              {.name = "plugin", .list = &a.plugins},
                              {.name = "seed", .value = &a.seed_text},
                              {.name = "stratify", .flag = &a.stratify},
                              {.name = "group", .value = &a.group},
                              {.name = "json", .flag = &a.json},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &a.rest, &a.rest_count);
    if (status == AXF_OK && a.rest_count != 3) {
        status = axf_fail(AXF_ERR_USAGE, "data prepare takes a dataset's name, its folder, and a folder to write to");
    }
    if (status == AXF_OK) {
        status = axf_flag_number("seed", a.seed_text, 0, UINT32_MAX, &a.seed);
    }
    if (status == AXF_OK) {
        status = prepare(&a);
    }
    return axf_cli_end(status, a.settings, a.plugins);
}
