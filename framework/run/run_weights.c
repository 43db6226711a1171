#include "run/run_weights.h"

#include "core/error.h"
#include "core/text.h"
#include "experiment/experiment.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "spec/expand.h"
#include "spec/options_row.h"
#include "spec/weights_path.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- recording ---- */

/* owner/name as it was written, or as the Hugging Face cache has it in models--owner--name/snapshots/<commit>, else the
 * last part of the path. */
static const char *name_of(axf_arena *arena, const char *written, const char *path)
{
    if (written != NULL && strchr("/.~$", written[0]) == NULL && strchr(written, '$') == NULL) {
        const char *slash = strchr(written, '/');
        if (slash == NULL || strchr(slash + 1, '/') == NULL) {
            return axf_arena_copy_n(arena, written, strcspn(written, "@"));
        }
    }
    const char *last = axf_path_name(path);
    if (axf_weights_commit(path) == NULL) {
        return axf_arena_copy(arena, last);
    }
    char *snapshots = axf_path_folder(path), *model = axf_path_folder(snapshots);
    const char *stored = axf_path_name(model);
    char *name = axf_arena_copy(arena, strncmp(stored, "models--", 8) == 0 ? stored + 8 : last);
    char *dashes = strstr(name, "--");
    if (dashes != NULL) {
        dashes[0] = '/';
        memmove(dashes + 1, dashes + 2, strlen(dashes + 2) + 1);
    }
    free(snapshots);
    free(model);
    return name;
}

static axf_status hash_path(axf_hash_cache *hashes, const char *path, bool folder, axf_hash128 *hash)
{
    return folder ? axf_hash_folder(hashes, path, hash) : axf_hash_file(hashes, path, hash);
}

/* Fills {name: hash} of a folder's files. */
static axf_status add_files(json_t *files, const char *folder, axf_hash_cache *hashes)
{
    char **names;
    size_t count;
    axf_status status = axf_folder_files(folder, &names, &count);
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        char *path = axf_path_join(folder, names[i]), hex[AXF_HASH_HEX];
        axf_hash128 hash;
        status = axf_hash_file(hashes, path, &hash);
        if (status == AXF_OK) {
            axf_hash_hex(hash, hex);
            json_object_set_new(files, names[i], json_string(hex));
        }
        free(path);
    }
    axf_names_free(names, count);
    return status;
}

axf_status axf_run_weights_add(json_t *list, const char *part, const char *option, const char *name, const char *path,
                               axf_hash_cache *hashes)
{
    struct stat info;
    axf_hash128 hash;
    char hex[AXF_HASH_HEX];
    const axf_found found = axf_find(path, &info);
    if (found != AXF_THERE) {
        return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
    }
    const bool folder = S_ISDIR(info.st_mode);
    AXF_TRY(hash_path(hashes, path, folder, &hash));
    axf_hash_hex(hash, hex);
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s}", "part", part, "option", option, "name", name, "hash", hex);
    const char *commit = axf_weights_commit(path);
    if (commit != NULL) {
        json_object_set_new(entry, "commit", json_string(commit));
    }
    axf_status status = AXF_OK;
    if (folder) {
        json_t *files = json_object();
        status = add_files(files, path, hashes);
        json_object_set_new(entry, "files", files);
    }
    json_array_append_new(list, entry);
    return status;
}

static axf_status record_option(json_t *list, const axf_component_use *use, const axf_option *option,
                                axf_hash_cache *hashes)
{
    const char *path = NULL;
    if ((option->flags & AXF_OPT_FILE) && option->type != AXF_OPT_LIST) {
        memcpy(&path, (const char *)use->instance->options + option->offset, sizeof path);
    }
    if (path == NULL) {
        return AXF_OK;
    }
    const axf_node *node = use->node != NULL && use->node->kind == AXF_NODE_MAP ? use->node : NULL;
    const axf_node *written = node != NULL ? axf_node_get(node, option->name) : NULL;
    const int named = option->type == AXF_OPT_WEIGHTS && written != NULL && written->kind == AXF_NODE_SCALAR;
    axf_arena arena = {0};
    const char *name = name_of(&arena, named ? written->text : NULL, path);
    const axf_status status = axf_run_weights_add(list, use->section, option->name, name, path, hashes);
    axf_arena_free(&arena);
    return status;
}

axf_status axf_run_weights_record(const axf_experiment *experiment, axf_hash_cache *hashes, json_t **list)
{
    const axf_component_use *use;
    *list = json_array();
    for (int32_t i = 0; (use = axf_experiment_component(experiment, i)) != NULL; i++) {
        const axf_options *table = use->instance->component->component.options;
        for (uint32_t k = 0; use != &experiment->dataset && table != NULL && k < table->count; k++) {
            const axf_option option = axf_option_row(table, k);
            AXF_TRY(record_option(*list, use, &option, hashes));
        }
    }
    return AXF_OK;
}

/* ---- finding ---- */

typedef struct finder {
    axf_arena *arena;
    const char *run;
    axf_hash_cache *hashes;
    const json_t *record;
    const char *part, *option, *name;
    axf_strbuf differs; /* what the first folder found has in another form */
    const char *differs_at;
} finder;

/* A folder may hold its weights in several forms: those that the run did not read may be missing elsewhere. */
static int is_weight_file(const char *name)
{
    return axf_text_ends_with(name, ".safetensors") || axf_text_ends_with(name, ".bin") ||
           axf_text_ends_with(name, ".pth") || axf_text_ends_with(name, ".pt");
}

/* Files that people or other programs read. */
static int is_beside_the_point(const char *name)
{
    return axf_text_ends_with(name, ".md") || axf_text_ends_with(name, ".h5") || axf_text_ends_with(name, ".msgpack") ||
           axf_text_ends_with(name, ".onnx") || axf_text_ends_with(name, ".ot");
}

/* *same: the hash of the path (a file, or a folder as a whole) is `recorded`. `now` gets the hash, "" where the path is
 * not there. */
static axf_status compare_hash(const finder *f, const char *path, const char *recorded, bool *same,
                               char now[AXF_HASH_HEX])
{
    struct stat info;
    axf_hash128 hash;
    now[0] = '\0';
    *same = false;
    const axf_found found = axf_find(path, &info);
    if (found != AXF_THERE) {
        return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
    }
    AXF_TRY(hash_path(f->hashes, path, S_ISDIR(info.st_mode), &hash));
    axf_hash_hex(hash, now);
    *same = recorded != NULL && strcmp(now, recorded) == 0;
    return AXF_OK;
}

static void add_difference(axf_strbuf *out, const char *name, const char *now, const char *recorded)
{
    axf_strbuf_puts(out, out->length > 0 ? "; " : "");
    if (now[0] == '\0') {
        axf_strbuf_printf(out, "%s is missing", name);
    } else {
        axf_strbuf_printf(out, "%s has the hash %s, the run's had %s", name, now, recorded);
    }
}

/* The same for a folder of which files are recorded: those that the run read must be as they were. */
static axf_status compare_files(const finder *f, const char *path, json_t *files, axf_strbuf *differs)
{
    char now[AXF_HASH_HEX];
    const char *name;
    json_t *value;
    int weights = 0, found = 0;
    json_object_foreach(files, name, value)
    {
        const char *recorded = json_string_value(value);
        if (is_beside_the_point(name) || !axf_name_is_plain(name)) {
            continue;
        }
        bool same;
        char *file = axf_path_join(path, name);
        const axf_status status = compare_hash(f, file, recorded, &same, now);
        free(file);
        AXF_TRY(status);
        const int weight = is_weight_file(name);
        if (!same && !(weight && now[0] == '\0')) {
            add_difference(differs, name, now, recorded != NULL ? recorded : "?");
        }
        weights += weight;
        found += weight && now[0] != '\0';
    }
    if (weights > 0 && found == 0) {
        add_difference(differs, "every file of weights", "", "");
    }
    return AXF_OK;
}

/* What of the record is not the same at `path`: nothing when it is what the run was built on. */
static axf_status compare(const finder *f, const char *path, axf_strbuf *differs)
{
    json_t *files = json_object_get(f->record, "files");
    if (json_is_object(files)) {
        return compare_files(f, path, files, differs);
    }
    bool same;
    char now[AXF_HASH_HEX];
    const char *whole = json_string_value(json_object_get(f->record, "hash"));
    AXF_TRY(compare_hash(f, path, whole, &same, now));
    if (!same) {
        add_difference(differs, axf_path_name(path), now, whole != NULL ? whole : "?");
    }
    return AXF_OK;
}

/* The path that `written` means, as weights or as any other file; *path NULL where nothing is there. */
static axf_status locate(finder *f, const axf_node *written, const char **path)
{
    bool there = false;
    const axf_status status = axf_weights_locate(f->arena, written, path);
    if (status == AXF_OK || status == AXF_ERR_IO) {
        return status;
    }
    if (axf_expand_path(f->arena, written, path) == AXF_OK) {
        AXF_TRY(axf_is_there(*path, &there));
    }
    axf_error_clear();
    *path = there ? *path : NULL;
    return AXF_OK;
}

/* *found: the place that `written` means, when it is there and holds what the run was built on; NULL else. */
static axf_status try_place(finder *f, const axf_node *written, const char **found)
{
    const char *path;
    axf_strbuf differs = {0};
    *found = NULL;
    AXF_TRY(locate(f, written, &path));
    if (path == NULL) {
        return AXF_OK;
    }
    const axf_status status = compare(f, path, &differs);
    if (status == AXF_OK && differs.length == 0) {
        *found = path;
    }
    if (status == AXF_OK && differs.length > 0 && f->differs_at == NULL) {
        f->differs = differs;
        f->differs_at = path;
    } else {
        axf_strbuf_free(&differs);
    }
    return status;
}

static const axf_node *text_node(const finder *f, const char *text)
{
    return axf_node_scalar(f->arena, NULL, text, true);
}

/* FOLDER of the `given` that names this record, or NULL. */
static const char *given_place(const finder *f, const char *const *given)
{
    for (; given != NULL && *given != NULL; given++) {
        const char *equals = strchr(*given, '=');
        const size_t length = equals != NULL ? (size_t)(equals - *given) : 0;
        const char *const names[] = {f->name, axf_path_name(f->name), f->part};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (length > 0 && strlen(names[i]) == length && strncmp(names[i], *given, length) == 0) {
                return equals + 1;
            }
        }
    }
    return NULL;
}

static axf_status not_here(const finder *f, const char *place)
{
    if (f->differs_at != NULL) {
        return axf_fail(
            AXF_ERR_IO,
            "%s was built on '%s' (%s.%s), and %s is not that: %s. --weights %s=FOLDER names the right folder", f->run,
            f->name, f->part, f->option, f->differs_at, axf_strbuf_text(&f->differs), f->name);
    }
    const char *hash = json_string_value(json_object_get(f->record, "hash"));
    return axf_fail(
        AXF_ERR_IO,
        "%s was built on '%s' (%s.%s, hash %s), which is not here: not at %s, under $AUXFUSE_MODELS (default "
        "./models), or in the Hugging Face cache. Bring it there, or say where it is: --weights %s=FOLDER",
        f->run, f->name, f->part, f->option, hash != NULL ? hash : "?", place, f->name);
}

static axf_status find(finder *f, const axf_node *written, const char *const *given, const char **path)
{
    const char *commit = json_string_value(json_object_get(f->record, "commit")), *place = given_place(f, given);
    if (place != NULL) {
        AXF_TRY(try_place(f, text_node(f, place), path));
        return *path != NULL ? AXF_OK : not_here(f, place);
    }
    AXF_TRY(try_place(f, written, path));
    if (*path == NULL && commit != NULL) {
        AXF_TRY(try_place(f, text_node(f, axf_arena_printf(f->arena, "%s@%s", f->name, commit)), path));
    }
    if (*path == NULL) {
        AXF_TRY(try_place(f, text_node(f, f->name), path));
    }
    return *path != NULL ? AXF_OK : not_here(f, written->text);
}

/* The value at a path of keys joined by dots, NULL when it is not there. */
static const axf_node *get_path(axf_arena *arena, const axf_node *map, const char *path)
{
    for (const char *dot = strchr(path, '.'); map != NULL && dot != NULL; dot = strchr(path, '.')) {
        map = axf_node_get(map, axf_arena_copy_n(arena, path, (size_t)(dot - path)));
        path = dot + 1;
    }
    return map != NULL ? axf_node_get(map, path) : NULL;
}

/* The map with another value at a path that is there. */
static const axf_node *with_value(axf_arena *arena, const axf_node *map, const char *path, const axf_node *value)
{
    const char *dot = strchr(path, '.');
    const char *key = dot != NULL ? axf_arena_copy_n(arena, path, (size_t)(dot - path)) : path;
    axf_node *copy = axf_node_copy(arena, map);
    axf_node_set_text(arena, copy, key,
                      dot != NULL ? with_value(arena, axf_node_get(map, key), dot + 1, value) : value);
    return copy;
}

static axf_status check_given(const json_t *recorded, const char *const *given, const finder *f)
{
    for (; given != NULL && *given != NULL; given++) {
        const char *const one[] = {*given, NULL};
        if (strchr(*given, '=') == NULL || (*given)[0] == '=') {
            return axf_fail(AXF_ERR_USAGE, "--weights %s: expected NAME=FOLDER", *given);
        }
        axf_strbuf names = {0};
        int matches = 0;
        for (size_t i = 0; i < json_array_size(recorded); i++) {
            const json_t *record = json_array_get(recorded, i);
            const char *name = json_string_value(json_object_get(record, "name"));
            const char *part = json_string_value(json_object_get(record, "part"));
            const finder each = {.name = name != NULL ? name : "", .part = part != NULL ? part : ""};
            matches |= given_place(&each, one) != NULL;
            axf_strbuf_printf(&names, "%s%s (%s)", i > 0 ? ", " : "", each.name, each.part);
        }
        if (!matches) {
            axf_fail(AXF_ERR_USAGE, "--weights %s: %s was built on nothing of that name; it was on: %s", *given, f->run,
                     names.length > 0 ? axf_strbuf_text(&names) : "nothing");
        }
        axf_strbuf_free(&names);
        if (!matches) {
            return AXF_ERR_USAGE;
        }
    }
    return AXF_OK;
}

axf_status axf_run_weights_find(axf_arena *arena, const char *run, const axf_node *spec, const json_t *recorded,
                                const char *const *given, axf_hash_cache *hashes, const axf_node **found)
{
    const finder start = {.arena = arena, .run = run, .hashes = hashes};
    *found = spec;
    AXF_TRY(check_given(recorded, given, &start));
    for (size_t i = 0; i < json_array_size(recorded); i++) {
        finder f = start;
        f.record = json_array_get(recorded, i);
        const char *option = json_string_value(json_object_get(f.record, "option"));
        f.part = json_string_value(json_object_get(f.record, "part"));
        f.name = json_string_value(json_object_get(f.record, "name"));
        f.option = option != NULL ? option : "weights";
        if (f.part == NULL || f.name == NULL) {
            return axf_fail(AXF_ERR_FORMAT, "%s/environment.json: weights without part or name", run);
        }
        const char *key = axf_arena_printf(arena, "%s.%s", f.part, f.option), *path;
        const axf_node *written = get_path(arena, *found, key);
        if (written == NULL || written->kind != AXF_NODE_SCALAR ||
            (!written->quoted && strcmp(written->text, "random") == 0)) {
            continue; /* the command line took it out */
        }
        const axf_status status = find(&f, written, given, &path);
        axf_strbuf_free(&f.differs);
        AXF_TRY(status);
        *found = with_value(arena, *found, key, text_node(&f, path));
    }
    return AXF_OK;
}
