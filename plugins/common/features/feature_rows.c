#include "common/features/feature_rows.h"

#include "auxfuse/ops.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MOST_WIDTH = 1 << 20,
    MOST_ROWS = 1 << 16,
    MOST_VALUES = 1 << 26,
    MOST_NAME = 200,
    MOST_IDS = 1 << 26,
    MOST_TRIED = 16
};

typedef struct listed { /* one post of a file that has all posts */
    const char *id;
    int64_t row;
} listed;

struct axf_feature_rows {
    const axf_host *host;
    axf_feature_place place;
    axf_tensor_file *file; /* the file of all posts; NULL: the features are in a folder */
    const char *tensor;    /* name of the tensor in that file; NULL: its only tensor */
    int borrowed;          /* 1: file and ids belong to another table */
    listed *posts;         /* [count], sorted by id */
    char *text;            /* the memory that has the ids */
    int64_t count;
    int32_t rows, width;
    float *values;   /* [room posts, rows, width], for a pass */
    int32_t *offset; /* [room posts + 1] */
    int32_t room;
};

/* ---- ids ---- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const listed *)a)->id, ((const listed *)b)->id);
}

/* Reads the lines of table->text. The last one may be without a line end. */
static axf_status index_ids(axf_feature_rows *table, const char *where, size_t length)
{
    const axf_host *host = table->host;
    int64_t lines = 0;
    for (size_t i = 0; i < length; i++) {
        lines += table->text[i] == '\n';
    }
    lines += length > 0 && table->text[length - 1] != '\n';
    if (lines != table->count) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: %lld ids, one a line, for the %lld posts of '%s'", where,
                          (long long)lines, (long long)table->count, table->place.path);
    }
    table->posts = malloc((size_t)(lines + 1) * sizeof *table->posts);
    if (table->posts == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for %lld ids", where, (long long)lines);
    }
    char *at = table->text;
    for (int64_t i = 0; i < lines; i++) {
        char *end = memchr(at, '\n', length - (size_t)(at - table->text));
        end = end != NULL ? end : table->text + length;
        char *next = end + 1;
        end -= end > at && end[-1] == '\r';
        *end = '\0';
        if (strlen(at) != (size_t)(end - at) || end == at) {
            return host->fail(host, AXF_ERR_FORMAT, "%s:%lld: the id is empty or holds a zero byte", where,
                              (long long)i + 1);
        }
        table->posts[i] = (listed){at, i};
        at = next;
    }
    qsort(table->posts, (size_t)lines, sizeof *table->posts, compare_ids);
    for (int64_t i = 1; i < lines; i++) {
        if (compare_ids(&table->posts[i - 1], &table->posts[i]) == 0) {
            return host->fail(host, AXF_ERR_FORMAT, "%s: the id '%.200s' is in lines %lld and %lld", where,
                              table->posts[i].id, (long long)table->posts[i - 1].row + 1,
                              (long long)table->posts[i].row + 1);
        }
    }
    return AXF_OK;
}

static axf_status read_ids(axf_feature_rows *table)
{
    const axf_host *host = table->host;
    const char *where = table->place.ids, *text;
    size_t length;
    if (where != NULL) {
        char *bytes;
        AXF_TRY(host->read_file(host, where, MOST_IDS, &bytes, &length));
        text = bytes;
    } else {
        where = table->place.path;
        text = host->tensors_note(host, table->file, "ids");
        if (text == NULL) {
            return host->fail(host, AXF_ERR_SPEC,
                              "'%s' has no metadata \"ids\", so the ids of its posts are unknown: set `ids` to a text "
                              "file that has them, one a line",
                              where);
        }
        length = strlen(text);
    }
    table->text = malloc(length + 1);
    if (table->text == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory for its %zu bytes of ids", where, length);
    }
    memcpy(table->text, text, length);
    table->text[length] = '\0';
    return index_ids(table, where, length);
}

/* ---- shapes ---- */

static axf_status take_shape(axf_feature_rows *table, const char *path, const int64_t *shape, int32_t ndim)
{
    const axf_host *host = table->host;
    const int64_t rows = ndim == 2 ? shape[0] : 0, width = ndim > 0 ? shape[ndim - 1] : 0;
    if (ndim < 1 || ndim > 2 || width < 1 || width > MOST_WIDTH || rows < (ndim == 2) || rows > MOST_ROWS ||
        width * (rows > 0 ? rows : 1) > MOST_VALUES) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "'%s': the features of a post must be [width] or [rows, width], at most %d rows, %d columns "
                          "and %d values; the tensor has %d dims, %lld x %lld",
                          path, MOST_ROWS, MOST_WIDTH, MOST_VALUES, ndim, (long long)rows, (long long)width);
    }
    table->rows = (int32_t)rows;
    table->width = (int32_t)width;
    return AXF_OK;
}

static axf_status open_tensor(axf_feature_rows *table)
{
    const axf_host *host = table->host;
    int32_t ndim;
    int64_t shape[AXF_FILE_DIMS];
    axf_status status = host->tensors_shape(host, table->file, table->place.tensor, &ndim, shape);
    table->tensor = table->place.tensor;
    if (status == AXF_ERR_FORMAT) {
        table->tensor = ""; /* the only tensor of a .npy file has this name */
        status = host->tensors_shape(host, table->file, "", &ndim, shape);
    }
    if (status == AXF_ERR_FORMAT) {
        status = host->tensors_shape(host, table->file, table->place.tensor, &ndim, shape); /* its message */
    }
    AXF_TRY(status);
    if (ndim < 2) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "'%s': the features of all posts must be [posts, width] or [posts, "
                          "rows, width]; the tensor has %d dims",
                          table->place.path, ndim);
    }
    table->count = shape[0];
    return take_shape(table, table->place.path, shape + 1, ndim - 1);
}

/* ---- files of posts ---- */

static int is_plain(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strlen(name);
    return length > 0 && length <= MOST_NAME && name[0] != '.' && strspn(name, allowed) == length;
}

/* Finds the parts of the pattern before and behind {id}. */
static axf_status split_pattern(const axf_feature_rows *table, const char **tail, int *head)
{
    const char *pattern = table->place.pattern, *at = strstr(pattern, "{id}");
    if (at == NULL || strstr(at + 1, "{id}") != NULL) {
        return table->host->fail(table->host, AXF_ERR_SPEC, "the pattern '%s' must hold {id} once", pattern);
    }
    *head = (int)(at - pattern);
    *tail = at + 4;
    return AXF_OK;
}

static axf_status post_path(const axf_feature_rows *table, const char *id, char **path)
{
    const axf_host *host = table->host;
    const char *tail = "";
    int head = 0;
    char name[2 * MOST_NAME];
    *path = NULL;
    AXF_TRY(split_pattern(table, &tail, &head));
    const int length = snprintf(name, sizeof name, "%.*s%s%s", head, table->place.pattern, id, tail);
    if (!is_plain(id) || length < 0 || (size_t)length >= sizeof name || !is_plain(name)) {
        return host->fail(host, AXF_ERR_DATA,
                          "the id '%.200s' cannot be part of a file's name under the pattern '%s': letters, digits, "
                          "'.', '_' and '-', not begun with '.', at most %d in all",
                          id, table->place.pattern, MOST_NAME);
    }
    const size_t size = strlen(table->place.path) + 1 + (size_t)length + 1;
    *path = malloc(size);
    if (*path == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "no memory for a path");
    }
    snprintf(*path, size, "%s/%s", table->place.path, name);
    return AXF_OK;
}

/* Opens the file of a post, and sets shape[2] to its dims, without a first dim of 1. The caller closes *file if it is
 * not NULL. */
static axf_status open_post(const axf_feature_rows *table, const char *path, axf_tensor_file **file, int32_t *ndim,
                            int64_t shape[AXF_FILE_DIMS])
{
    const axf_host *host = table->host;
    AXF_TRY(host->tensors_open(host, path, file));
    AXF_TRY(host->tensors_shape(host, *file, NULL, ndim, shape));
    if (*ndim == 3 && shape[0] == 1) {
        memmove(shape, shape + 1, 2 * sizeof *shape);
        *ndim = 2;
    }
    return AXF_OK;
}

static axf_status check_post(const axf_feature_rows *table, const char *path, int32_t ndim, const int64_t *shape)
{
    const int64_t rows = ndim == 2 ? shape[0] : 0, width = ndim > 0 ? shape[ndim - 1] : 0;
    if (ndim < 1 || ndim > 2 || rows != table->rows || width != table->width) {
        return table->host->fail(table->host, AXF_ERR_FORMAT,
                                 "'%s': the tensor has %d dims, %lld x %lld; the other posts have %d x %d", path, ndim,
                                 (long long)rows, (long long)width, table->rows, table->width);
    }
    return AXF_OK;
}

/* Reads the values of a post's file. When `values` is NULL, only checks whether the file has the right shape. */
static axf_status read_post(const axf_feature_rows *table, const char *id, float *values)
{
    const axf_host *host = table->host;
    char *path;
    axf_tensor_file *file = NULL;
    int32_t ndim = 0;
    int64_t shape[AXF_FILE_DIMS];
    AXF_TRY(post_path(table, id, &path));
    axf_status status = open_post(table, path, &file, &ndim, shape);
    if (status == AXF_OK) {
        status = check_post(table, path, ndim, shape);
    }
    int64_t first = 0;
    if (status == AXF_OK && values != NULL) {
        status = host->tensors_shape(host, file, NULL, &ndim, shape);
        first = shape[0];
    }
    if (status == AXF_OK && values != NULL) {
        status = host->tensors_read(host, file, NULL, 0, first, values);
    }
    host->tensors_close(host, file);
    free(path);
    return status;
}

/* Finds the file of the folder whose name is the next one behind `after`, among those that match the pattern. The name
 * is "" when there is none. */
static axf_status find_next(const axf_feature_rows *table, const char *after, char next[MOST_NAME + 1])
{
    const axf_host *host = table->host;
    const char *tail = "";
    int head = 0;
    AXF_TRY(split_pattern(table, &tail, &head));
    DIR *folder = opendir(table->place.path);
    if (folder == NULL) {
        return host->fail(host, AXF_ERR_IO, "'%s': cannot be listed", table->place.path);
    }
    next[0] = '\0';
    const size_t tail_length = strlen(tail);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        const size_t length = strlen(name);
        if (length > (size_t)head + tail_length && strncmp(name, table->place.pattern, (size_t)head) == 0 &&
            strcmp(name + length - tail_length, tail) == 0 && is_plain(name) && strcmp(name, after) > 0 &&
            (next[0] == '\0' || strcmp(name, next) < 0)) {
            snprintf(next, MOST_NAME + 1, "%s", name);
        }
    }
    closedir(folder);
    return AXF_OK;
}

static axf_status take_shape_of(axf_feature_rows *table, const char *name)
{
    const axf_host *host = table->host;
    axf_tensor_file *file = NULL;
    int32_t ndim = 0;
    int64_t shape[AXF_FILE_DIMS];
    const size_t size = strlen(table->place.path) + 1 + strlen(name) + 1;
    char *path = malloc(size);
    if (path == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "no memory for a path");
    }
    snprintf(path, size, "%s/%s", table->place.path, name);
    axf_status status = open_post(table, path, &file, &ndim, shape);
    if (status == AXF_OK) {
        status = take_shape(table, path, shape, ndim);
    }
    host->tensors_close(host, file);
    free(path);
    return status;
}

/* Gets the shape from a file of the folder. When a file is damaged, the next one is tried, since data.on_bad_image says
 * what happens to its post. The number of tries is limited. */
static axf_status open_folder(axf_feature_rows *table)
{
    const axf_host *host = table->host;
    char name[MOST_NAME + 1] = "", next[MOST_NAME + 1] = "";
    axf_status status = AXF_OK;
    for (int i = 0; i < MOST_TRIED; i++) {
        AXF_TRY(find_next(table, name, next));
        if (next[0] == '\0' && i == 0) {
            return host->fail(host, AXF_ERR_DATA, "'%s': no file's name is of the form '%s'", table->place.path,
                              table->place.pattern);
        }
        if (next[0] == '\0') {
            return status;
        }
        memcpy(name, next, sizeof name);
        status = take_shape_of(table, name);
        if (status == AXF_OK) {
            return AXF_OK;
        }
    }
    return status;
}

/* ---- the table ---- */

axf_status axf_feature_rows_open(const axf_host *host, const axf_feature_place *place, axf_feature_rows **table)
{
    *table = NULL;
    struct stat info;
    if (stat(place->path, &info) != 0) {
        return host->fail(host, AXF_ERR_IO, "'%s': there is no file or folder of features with this name", place->path);
    }
    axf_feature_rows *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "no memory for a table of features");
    }
    fresh->host = host;
    fresh->place = *place;
    axf_status status;
    if (S_ISDIR(info.st_mode)) {
        status = open_folder(fresh);
    } else {
        status = host->tensors_open(host, place->path, &fresh->file);
        status = status == AXF_OK ? open_tensor(fresh) : status;
        status = status == AXF_OK ? read_ids(fresh) : status;
    }
    if (status != AXF_OK) {
        axf_feature_rows_close(fresh);
        return status;
    }
    *table = fresh;
    return AXF_OK;
}

axf_status axf_feature_rows_open_beside(const axf_feature_rows *of, const char *tensor, axf_feature_rows **table)
{
    const axf_host *host = of->host;
    int32_t ndim;
    int64_t shape[AXF_FILE_DIMS];
    *table = NULL;
    if (of->file == NULL || host->tensors_shape(host, of->file, tensor, &ndim, shape) != AXF_OK) {
        return AXF_OK;
    }
    axf_feature_rows *fresh = malloc(sizeof *fresh);
    if (fresh == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "no memory for a table of features");
    }
    *fresh = *of;
    fresh->borrowed = 1;
    fresh->values = NULL;
    fresh->offset = NULL;
    fresh->room = 0;
    fresh->place.tensor = tensor;
    axf_status status = open_tensor(fresh);
    if (status == AXF_OK && fresh->count != of->count) {
        status = host->fail(host, AXF_ERR_FORMAT, "'%s': tensor '%s' is of %lld posts, and there are %lld ids",
                            of->place.path, tensor, (long long)fresh->count, (long long)of->count);
    }
    if (status != AXF_OK) {
        axf_feature_rows_close(fresh);
        return status;
    }
    *table = fresh;
    return AXF_OK;
}

void axf_feature_rows_close(axf_feature_rows *table)
{
    if (table != NULL) {
        if (!table->borrowed) {
            table->host->tensors_close(table->host, table->file);
            free(table->posts);
            free(table->text);
        }
        free(table->values);
        free(table->offset);
        free(table);
    }
}

int32_t axf_feature_rows_count(const axf_feature_rows *table)
{
    return table->rows;
}

int32_t axf_feature_rows_width(const axf_feature_rows *table)
{
    return table->width;
}

static axf_status find_post(const axf_feature_rows *table, const char *id, int64_t *row)
{
    const listed key = {id, 0};
    const listed *found = bsearch(&key, table->posts, (size_t)table->count, sizeof *table->posts, compare_ids);
    if (found == NULL) {
        return table->host->fail(table->host, AXF_ERR_DATA, "none of the %lld ids of '%s' is '%.200s'",
                                 (long long)table->count,
                                 table->place.ids != NULL ? table->place.ids : table->place.path, id);
    }
    *row = found->row;
    return AXF_OK;
}

axf_status axf_feature_rows_has(const axf_feature_rows *table, const char *id)
{
    int64_t row;
    return table->file != NULL ? find_post(table, id, &row) : read_post(table, id, NULL);
}

axf_status axf_feature_rows_read(const axf_feature_rows *table, const char *id, float *values)
{
    const axf_host *host = table->host;
    if (table->file != NULL) {
        int64_t row = 0;
        AXF_TRY(find_post(table, id, &row));
        AXF_TRY(host->tensors_read(host, table->file, table->tensor, row, 1, values));
    } else {
        AXF_TRY(read_post(table, id, values));
    }
    const int64_t count = (int64_t)(table->rows > 0 ? table->rows : 1) * table->width;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return host->fail(host, AXF_ERR_DATA, "post %s: value %lld of its features in '%s' is not finite", id,
                              (long long)i, table->place.path);
        }
    }
    return AXF_OK;
}

/* Memory for a pass over `posts` posts, which later passes use again. */
static axf_status reserve(axf_feature_rows *table, int32_t posts)
{
    if (posts <= table->room) {
        return AXF_OK;
    }
    const size_t each = (size_t)(table->rows > 0 ? table->rows : 1) * (size_t)table->width;
    float *values = realloc(table->values, (size_t)posts * each * sizeof *values);
    table->values = values != NULL ? values : table->values;
    int32_t *offset = realloc(table->offset, ((size_t)posts + 1) * sizeof *offset);
    table->offset = offset != NULL ? offset : table->offset;
    if (values == NULL || offset == NULL) {
        return table->host->fail(table->host, AXF_ERR_MEMORY, "no memory for the features of %d posts", posts);
    }
    table->room = posts;
    return AXF_OK;
}

axf_status axf_feature_rows_input(axf_feature_rows *table, const axf_pass *pass, const char *const *ids,
                                  axf_tensor **tensor)
{
    const axf_host *host = table->host;
    const int32_t rows = table->rows > 0 ? table->rows : 1;
    const int64_t all = (int64_t)pass->posts * rows, each = (int64_t)rows * table->width;
    *tensor = NULL;
    if (all > INT32_MAX) {
        return host->fail(host, AXF_ERR_MEMORY, "no memory for the features of %d posts", pass->posts);
    }
    AXF_TRY(reserve(table, pass->posts));
    for (int32_t b = 0; b < pass->posts; b++) {
        if (ids[b] != NULL) {
            AXF_TRY(axf_feature_rows_read(table, ids[b], table->values + b * each));
        } else {
            memset(table->values + b * each, 0, (size_t)each * sizeof *table->values);
        }
    }
    *tensor = pass->ops->constant(pass, table->values, all, table->width);
    if (table->rows > 0) {
        for (int32_t b = 0; b <= pass->posts; b++) {
            table->offset[b] = b * rows;
        }
        *tensor = pass->ops->with_rows(pass, *tensor, pass->ops->rows(pass, pass->posts, table->offset));
    }
    return AXF_OK;
}
