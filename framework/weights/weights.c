#include "weights/weights.h"

#include "core/error.h"
#include "core/text.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/read.h"
#include "weights/json_reader.h"
#include "weights/npy.h"
#include "weights/safetensors.h"
#include "weights/safetensors_header.h"
#include "weights/torch_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_SHARDS = 500 };

typedef struct opened { /* a file of either kind */
    axf_safetensors *safetensors;
    axf_stored_file file; /* without safetensors */
    axf_stored_list list;
    const char *format;
} opened;

struct axf_weights {
    opened **files; /* [files_count] */
    const axf_stored **entries, **by_name;
    size_t files_count, count;
    size_t stored; /* tensors in all files, also those that the index leaves out */
};

/* ---- the index ---- */

typedef struct placed { /* a line of weight_map */
    const char *name, *shard;
} placed;

typedef struct index_file {
    axf_arena arena;
    placed *map; /* [count] */
    size_t count, capacity;
    const char *path, *suffix; /* of the shards' names */
} index_file;

static axf_status parse_map(axf_json_reader *json, index_file *index, axf_strbuf *text)
{
    AXF_TRY(axf_json_expect(json, '{', "'{' of weight_map"));
    if (axf_json_take(json, '}')) {
        return AXF_OK;
    }
    do {
        if (index->count == AXF_STORED_TENSORS) {
            return axf_json_fail(json, "more than %d tensors", AXF_STORED_TENSORS);
        }
        if (index->count == index->capacity) {
            index->capacity = index->capacity > 0 ? index->capacity * 2 : 64;
            index->map = axf_realloc(index->map, index->capacity * sizeof *index->map);
        }
        placed *line = &index->map[index->count];
        AXF_TRY(axf_json_string(json, text));
        line->name = axf_arena_copy(&index->arena, axf_strbuf_text(text));
        AXF_TRY(axf_json_expect(json, ':', "':' after a name"));
        AXF_TRY(axf_json_string(json, text));
        const char *shard = axf_strbuf_text(text);
        if (!axf_name_is_plain(shard) || text->length <= strlen(index->suffix) ||
            strcmp(shard + text->length - strlen(index->suffix), index->suffix) != 0) {
            return axf_json_fail(json, "the shard '%.200s' is not the plain name of a %s file", shard, index->suffix);
        }
        line->shard = axf_arena_copy(&index->arena, shard);
        index->count++;
    } while (axf_json_take(json, ','));
    return axf_json_expect(json, '}', "',' or '}' in weight_map");
}

static axf_status parse_index(axf_json_reader *json, index_file *index, axf_strbuf *text)
{
    int found = 0;
    AXF_TRY(axf_json_expect(json, '{', "'{'"));
    if (!axf_json_take(json, '}')) {
        do {
            AXF_TRY(axf_json_string(json, text));
            AXF_TRY(axf_json_expect(json, ':', "':' after a key"));
            if (strcmp(axf_strbuf_text(text), "weight_map") != 0) {
                AXF_TRY(axf_json_skip(json));
            } else if (found++) {
                return axf_json_fail(json, "weight_map occurs twice");
            } else {
                AXF_TRY(parse_map(json, index, text));
            }
        } while (axf_json_take(json, ','));
        AXF_TRY(axf_json_expect(json, '}', "',' or '}'"));
    }
    return found ? axf_json_end(json) : axf_json_fail(json, "there is no weight_map");
}

static int order_by_name(const void *a, const void *b)
{
    return strcmp(((const placed *)a)->name, ((const placed *)b)->name);
}

static int order_by_shard(const void *a, const void *b)
{
    return strcmp(((const placed *)a)->shard, ((const placed *)b)->shard);
}

/* Leaves the lines sorted by shard. */
static axf_status check_index(index_file *index)
{
    if (index->count > 1) {
        qsort(index->map, index->count, sizeof *index->map, order_by_name);
    }
    for (size_t i = 1; i < index->count; i++) {
        if (strcmp(index->map[i - 1].name, index->map[i].name) == 0) {
            return axf_fail(AXF_ERR_FORMAT, "'%s': the tensor '%.200s' occurs twice in weight_map", index->path,
                            index->map[i].name);
        }
    }
    if (index->count > 1) {
        qsort(index->map, index->count, sizeof *index->map, order_by_shard);
    }
    return AXF_OK;
}

static axf_status read_index(index_file *index)
{
    char *bytes;
    size_t length;
    AXF_TRY(axf_read_file(index->path, AXF_SAFETENSORS_HEADER, &bytes, &length));
    axf_json_reader json = {.source = index->path, .text = bytes, .length = length};
    axf_strbuf text = {0};
    axf_status status = parse_index(&json, index, &text);
    if (status == AXF_OK) {
        status = check_index(index);
    }
    axf_strbuf_free(&text);
    free(bytes);
    return status;
}

/* ---- the files ---- */

static void close_opened(opened *file)
{
    axf_safetensors_close(file->safetensors);
    axf_stored_list_free(&file->list);
    axf_stored_file_close(&file->file);
    free(file);
}

static size_t opened_count(const opened *file)
{
    return file->safetensors != NULL ? axf_safetensors_count(file->safetensors) : file->list.count;
}

static const axf_stored *opened_at(const opened *file, size_t index)
{
    return file->safetensors != NULL ? axf_safetensors_entry_at(file->safetensors, index) : &file->list.entries[index];
}

static const axf_stored *opened_find(const opened *file, const char *name)
{
    return file->safetensors != NULL ? axf_safetensors_find(file->safetensors, name)
                                     : axf_stored_list_find(&file->list, name);
}

/* What often lies in the place of weights; NULL when nothing is known of it. No safetensors file begins like one of
 * these: that would be the length of a header beyond the limit. */
static const char *other_kind(const unsigned char *start)
{
    static const struct {
        const char *begins, *what;
    } known[] = {
        {"version https://git-lfs", "a pointer of Git LFS and not the file itself: `git lfs pull` fetches that"},
        {"<!", "a web page, so the download failed: fetch the file again"},
        {"<h", "a web page, so the download failed: fetch the file again"},
        {"<?xml", "XML, as servers send it with an error: fetch the file again"},
        {"\x89HDF\r\n", "HDF5, as TensorFlow's models are: load it in transformers by from_tf=True and save it again"},
        {"GGUF", "GGUF, which is not read here: take the model's safetensors"},
        {"\x89PNG\r\n", "a PNG picture"},
        {"{\n", "JSON: name the weights, or the folder that holds both"},
        {"{\"", "JSON: name the weights, or the folder that holds both"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp((const char *)start, known[i].begins, strlen(known[i].begins)) == 0) {
            return known[i].what;
        }
    }
    return NULL;
}

/* The beginning of a file tells what it is (of a tar archive, the bytes at 257). */
static axf_status open_kind(opened *file, const char *path)
{
    unsigned char start[262] = {0};
    AXF_TRY(axf_stored_file_open(path, &file->file));
    const uint64_t size = file->file.size;
    AXF_TRY(axf_stored_file_read(&file->file, 0, start, size < sizeof start ? (size_t)size : sizeof start));
    if (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0) { /* no length of a header we take */
        file->format = "torch zip";
        return axf_torch_file_list(&file->file, &file->list);
    }
    if (memcmp(start, "\x93NUMPY", 6) == 0) {
        file->format = "npy";
        return axf_npy_list(&file->file, &file->list);
    }
    if ((start[0] == 0x80 && start[1] >= 2 && start[1] <= 5 && start[8] != '{') ||
        memcmp(start + 257, "ustar", 5) == 0) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s' is a %s, a form that torch.save wrote before version 1.6 and that is not read here: load "
                        "it in Python and save it again, best as safetensors",
                        path, start[0] == 0x80 ? "bare pickle" : "tar archive");
    }
    const char *other = start[8] != '{' ? other_kind(start) : NULL;
    if (other != NULL) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' is %s", path, other);
    }
    axf_stored_file_close(&file->file);
    file->format = "safetensors";
    return axf_safetensors_open(path, &file->safetensors);
}

static axf_status add_file(axf_weights *weights, const char *path)
{
    if (weights->files_count == MAX_SHARDS) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': more than %d shards", path, MAX_SHARDS);
    }
    opened *file = axf_alloc_zero(1, sizeof *file);
    file->file.fd = -1;
    const axf_status status = open_kind(file, path);
    if (status != AXF_OK) {
        close_opened(file);
        return status;
    }
    weights->files = axf_realloc(weights->files, (weights->files_count + 1) * sizeof *weights->files);
    weights->files[weights->files_count++] = file;
    weights->stored += opened_count(file);
    if (weights->stored > AXF_STORED_TENSORS) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': the shards up to this one hold more than %d tensors", path,
                        AXF_STORED_TENSORS);
    }
    return AXF_OK;
}

/* Opens each shard once and takes from it what the index places there. */
static axf_status open_shards(axf_weights *weights, const char *folder, const index_file *index)
{
    weights->entries = axf_alloc(index->count * sizeof *weights->entries);
    for (size_t i = 0; i < index->count; i++) {
        const placed *line = &index->map[i];
        if (i == 0 || strcmp(line->shard, index->map[i - 1].shard) != 0) {
            char *path = axf_path_join(folder, line->shard);
            const axf_status status = add_file(weights, path);
            free(path);
            if (status != AXF_OK) {
                return axf_context(status, "named in '%s'", index->path);
            }
        }
        const axf_stored *entry = opened_find(weights->files[weights->files_count - 1], line->name);
        if (entry == NULL) {
            return axf_fail(AXF_ERR_FORMAT, "'%s' places the tensor '%s' in '%s', which has none of that name",
                            index->path, line->name, line->shard);
        }
        weights->entries[weights->count++] = entry;
    }
    return AXF_OK;
}

static axf_status open_index(axf_weights *weights, const char *folder, const char *path, const char *suffix)
{
    index_file index = {.path = path, .suffix = suffix};
    axf_status status = read_index(&index);
    if (status == AXF_OK) {
        status = open_shards(weights, folder, &index);
    }
    axf_arena_free(&index.arena);
    free(index.map);
    return status;
}

static axf_status open_single(axf_weights *weights, const char *path)
{
    AXF_TRY(add_file(weights, path));
    weights->count = opened_count(weights->files[0]);
    weights->entries = axf_alloc(weights->count * sizeof *weights->entries);
    for (size_t i = 0; i < weights->count; i++) {
        weights->entries[i] = opened_at(weights->files[0], i);
    }
    return AXF_OK;
}

static bool is_like_weights(const char *name)
{
    static const char *const suffixes[] = {".safetensors", ".bin", ".pth", ".pt", ".npy", ".h5", ".msgpack", ".gguf"};
    bool like = false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        like |= axf_text_ends_with(name, suffixes[i]);
    }
    return like;
}

/* None of the names is there: the message says what lies there instead, if anything looks like weights. */
static axf_status refuse_folder(const char *folder)
{
    enum { MOST = 3 };
    axf_strbuf others = {0};
    char **names;
    size_t count, found = 0;
    AXF_TRY(axf_folder_list(folder, &names, &count));
    for (size_t i = 0; i < count; i++) {
        if (is_like_weights(names[i]) && found++ < MOST) {
            axf_strbuf_puts(&others, found == 1 ? "; it has " : ", ");
            axf_terminal_put(&others, names[i], strlen(names[i]));
        }
    }
    axf_names_free(names, count);
    axf_strbuf_puts(&others, found > MOST ? ", …" : "");
    axf_strbuf_puts(&others, found > 0 ? ": name the file itself, if it is of torch or safetensors" : "");
    const axf_status status =
        axf_fail(AXF_ERR_IO,
                 "the folder '%s' holds none of model.safetensors, model.safetensors.index.json, pytorch_model.bin "
                 "and pytorch_model.bin.index.json%s",
                 folder, axf_strbuf_text(&others));
    axf_strbuf_free(&others);
    return status;
}

static axf_status open_folder(axf_weights *weights, const char *folder)
{
    static const struct {
        const char *name, *suffix; /* suffix: of the shards, the name being an index's */
    } choices[] = {{"model.safetensors", NULL},
                   {"model.safetensors.index.json", ".safetensors"},
                   {"pytorch_model.bin", NULL},
                   {"pytorch_model.bin.index.json", ".bin"}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        char *path = axf_path_join(folder, choices[i].name);
        bool there;
        axf_status status = axf_is_there(path, &there);
        if (there) {
            status = choices[i].suffix == NULL ? open_single(weights, path)
                                               : open_index(weights, folder, path, choices[i].suffix);
        }
        free(path);
        if (there || status != AXF_OK) {
            return status;
        }
    }
    return refuse_folder(folder);
}

/* ---- the set ---- */

static int order_entries(const void *a, const void *b)
{
    return strcmp((*(const axf_stored *const *)a)->name, (*(const axf_stored *const *)b)->name);
}

static int order_places(const void *a, const void *b)
{
    const axf_stored *x = *(const axf_stored *const *)a;
    const axf_stored *y = *(const axf_stored *const *)b;
    const int files = x->file != y->file ? strcmp(x->file->path, y->file->path) : 0;
    if (files != 0 || x == y) {
        return files;
    }
    return x < y ? -1 : 1; /* a file keeps its entries in the order of their bytes */
}

axf_status axf_weights_open(const char *path, axf_weights **weights)
{
    *weights = NULL;
    struct stat info;
    if (stat(path, &info) != 0) {
        return axf_fail_errno("cannot open the weights '%s'", path);
    }
    axf_weights *fresh = axf_alloc_zero(1, sizeof *fresh);
    const axf_status status = S_ISDIR(info.st_mode) ? open_folder(fresh, path) : open_single(fresh, path);
    if (status != AXF_OK) {
        axf_weights_close(fresh);
        return status;
    }
    fresh->by_name = axf_alloc(fresh->count * sizeof *fresh->by_name);
    if (fresh->count > 0) {
        qsort(fresh->entries, fresh->count, sizeof *fresh->entries, order_places);
        memcpy(fresh->by_name, fresh->entries, fresh->count * sizeof *fresh->by_name);
        qsort(fresh->by_name, fresh->count, sizeof *fresh->by_name, order_entries);
    }
    *weights = fresh;
    return AXF_OK;
}

void axf_weights_close(axf_weights *weights)
{
    if (weights != NULL) {
        for (size_t i = 0; i < weights->files_count; i++) {
            close_opened(weights->files[i]);
        }
        free(weights->files);
        free(weights->entries);
        free(weights->by_name);
        free(weights);
    }
}

size_t axf_weights_count(const axf_weights *weights)
{
    return weights->count;
}

const axf_stored *axf_weights_entry_at(const axf_weights *weights, size_t index)
{
    return weights->entries[index];
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, (*(const axf_stored *const *)entry)->name);
}

const axf_stored *axf_weights_find(const axf_weights *weights, const char *name)
{
    const axf_stored **found = bsearch(name, weights->by_name, weights->count, sizeof *weights->by_name, compare_name);
    return found != NULL ? *found : NULL;
}

const char *axf_weights_metadata(const axf_weights *weights, const char *key)
{
    const axf_safetensors *first = weights->files_count > 0 ? weights->files[0]->safetensors : NULL;
    return first != NULL ? axf_safetensors_metadata(first, key) : NULL;
}

const char *axf_weights_format(const axf_weights *weights)
{
    return weights->files_count > 0 ? weights->files[0]->format : "safetensors";
}
