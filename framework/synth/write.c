#include "synth/synth.h"

#include "synth/layouts.h"
#include "synth/picture.h"
#include "synth/random.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static axf_status fail(axf_synth_writer *writer, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);
static axf_status fail(axf_synth_writer *writer, axf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(writer->error, writer->error_size, format, arguments);
    va_end(arguments);
    return status;
}

static axf_status path_join(axf_synth_writer *writer, char path[PATH_MAX], const char *name, const char *ending)
{
    const int length = snprintf(path, PATH_MAX, "%s/%s%s", writer->folder, name, ending);
    if (length < 0 || length >= PATH_MAX) {
        return fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root", writer->folder);
    }
    return AXF_OK;
}

static axf_status make_folder(axf_synth_writer *writer, const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return fail(writer, AXF_ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
    }
    return AXF_OK;
}

/* `path` and all its parents. */
static axf_status make_folders(axf_synth_writer *writer, const char *path)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part || *path == '\0') {
        return fail(writer, AXF_ERR_USAGE, "\"%.60s\" is no usable name of a folder", path);
    }
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            AXF_TRY(make_folder(writer, part));
            *at = '/';
        }
    }
    return make_folder(writer, part);
}

/* The name under which this process writes `path` before it renames: two that write one folder do not meet. */
static axf_status part_name(axf_synth_writer *writer, char part[PATH_MAX], const char *path)
{
    if (snprintf(part, PATH_MAX, "%s.part%ld", path, (long)getpid()) >= PATH_MAX) {
        return fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root", path);
    }
    return AXF_OK;
}

static axf_status move_into_place(axf_synth_writer *writer, const char *part, const char *path)
{
    if (rename(part, path) != 0) {
        return fail(writer, AXF_ERR_IO, "%s: cannot rename to %s: %s", part, path, strerror(errno));
    }
    return AXF_OK;
}

static axf_status write_file(axf_synth_writer *writer, const char *path, const void *bytes, size_t size)
{
    char part[PATH_MAX];
    AXF_TRY(part_name(writer, part, path));
    FILE *file = fopen(part, "wb");
    bool good = file && fwrite(bytes, 1, size, file) == size;
    int why = errno;
    if (file && fclose(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (!good) {
        unlink(part);
        return fail(writer, AXF_ERR_IO, "%s: cannot write: %s", path, strerror(why));
    }
    return move_into_place(writer, part, path);
}

/* Three in ten are PNG files where the format has them. */
static bool is_png(const axf_synth_layout *layout, const axf_synth_post *post)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_KIND);
    return layout->png && axf_synth_random_chance(&random, 30);
}

static axf_status write_image(axf_synth_writer *writer, const axf_synth_post *post, const char *image)
{
    axf_synth_picture picture;
    axf_synth_file file = {0};
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "%s/%s", writer->layout->images, image);
    AXF_TRY(path_join(writer, path, name, ""));
    axf_status status = axf_synth_picture_draw(post, &picture);
    if (status == AXF_OK) {
        status = is_png(writer->layout, post) ? axf_synth_png_encode(post, &picture, &file)
                                              : axf_synth_jpeg_encode(post, &picture, &file);
        free(picture.pixels);
    }
    if (status != AXF_OK) {
        return fail(writer, status, "%s: cannot draw or encode the picture: %s", path,
                    status == AXF_ERR_MEMORY ? "out of memory" : "the image library refused");
    }
    status = write_file(writer, path, file.bytes, file.size);
    free(file.bytes);
    return status;
}

axf_status axf_synth_write_file(axf_synth_writer *writer, const char *name, const void *bytes, size_t size)
{
    char path[PATH_MAX];
    AXF_TRY(path_join(writer, path, name, ""));
    return write_file(writer, path, bytes, size);
}

static axf_status write_posts(axf_synth_writer *writer, uint64_t count, uint64_t seed)
{
    const axf_synth_layout *layout = writer->layout;
    axf_synth_post post;
    for (int i = 0; i < AXF_SYNTH_TABLES && writer->table[i] != NULL; i++) {
        fputs(layout->table[i].header, writer->table[i]);
    }
    for (uint64_t index = 0; index < count; index++) {
        char id[AXF_SYNTH_ID_SIZE], image[AXF_SYNTH_ID_SIZE + 16];
        axf_synth_post_make(seed, index, &post);
        layout->name(&post, id);
        snprintf(image, sizeof image, "%s%s%s.%s", layout->image_prefix, id, layout->image_suffix,
                 is_png(layout, &post) ? "png" : "jpg");
        if (layout->pictured == NULL || layout->pictured(&post)) {
            AXF_TRY(write_image(writer, &post, image));
        }
        const axf_status status = layout->add(writer, &post, id, image);
        if (status == AXF_ERR_MEMORY) {
            return fail(writer, status, "out of memory");
        }
        AXF_TRY(status);
    }
    return AXF_OK;
}

/* A table, and the name it has until it is whole. */
typedef struct part_file {
    char path[PATH_MAX], part[PATH_MAX];
} part_file;

static axf_status open_table(axf_synth_writer *writer, int index, part_file *names)
{
    const char *name = writer->layout->table[index].name, *slash = strchr(name, '/');
    if (slash != NULL) {
        char folder[64];
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        AXF_TRY(path_join(writer, names->path, folder, ""));
        AXF_TRY(make_folder(writer, names->path));
    }
    AXF_TRY(path_join(writer, names->path, name, ""));
    AXF_TRY(part_name(writer, names->part, names->path));
    writer->table[index] = fopen(names->part, "wb");
    return writer->table[index]
               ? AXF_OK
               : fail(writer, AXF_ERR_IO, "%s: cannot open for writing: %s", names->part, strerror(errno));
}

/* Closes the table and, when all went well so far, gives it its name; else removes it. */
static axf_status close_table(axf_synth_writer *writer, FILE *file, const part_file *names, axf_status status)
{
    if (!file) {
        return status;
    }
    const bool failed = ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0;
    if ((fclose(file) != 0 || failed) && status == AXF_OK) {
        status = fail(writer, AXF_ERR_IO, "%s: cannot write: %s", names->path, strerror(errno));
    }
    if (status == AXF_OK) {
        status = move_into_place(writer, names->part, names->path);
    }
    if (status != AXF_OK) {
        unlink(names->part);
    }
    return status;
}

/* Tables get their names after all images have; the one that says "complete" comes last. */
static axf_status write_all(axf_synth_writer *writer, uint64_t count, uint64_t seed)
{
    part_file names[AXF_SYNTH_TABLES];
    axf_status status = AXF_OK;
    for (int i = 0; i < AXF_SYNTH_TABLES && writer->layout->table[i].name != NULL && status == AXF_OK; i++) {
        status = open_table(writer, i, &names[i]);
    }
    if (status == AXF_OK) {
        status = write_posts(writer, count, seed);
    }
    for (int i = AXF_SYNTH_TABLES - 1; i >= 0; i--) {
        status = close_table(writer, writer->table[i], &names[i], status);
    }
    return status;
}

axf_status axf_synth_write(const char *folder, uint64_t count, uint64_t seed, axf_synth_format format, char *error,
                           size_t error_size)
{
    axf_synth_writer writer = {.folder = folder, .error = error, .error_size = error_size};
    char table[PATH_MAX], images[PATH_MAX];
    if (format < AXF_SYNTH_TABLE || (int)format > AXF_SYNTH_LAST) {
        return fail(&writer, AXF_ERR_USAGE, "format %d is not one of 1 (table) to %d (%s)", (int)format, AXF_SYNTH_LAST,
                    axf_synth_layouts[AXF_SYNTH_LAST].format);
    }
    if (count < 1 || count > AXF_SYNTH_MAX_POSTS) {
        return fail(&writer, AXF_ERR_USAGE, "%llu posts: the count must be from 1 to %d", (unsigned long long)count,
                    AXF_SYNTH_MAX_POSTS);
    }
    writer.layout = &axf_synth_layouts[format];
    AXF_TRY(make_folders(&writer, folder));
    AXF_TRY(path_join(&writer, table, writer.layout->table[0].name, ""));
    AXF_TRY(path_join(&writer, images, writer.layout->images, ""));
    if (access(table, F_OK) == 0) {
        return fail(&writer, AXF_ERR_DATA, "%s exists already: remove the folder or name another one", table);
    }
    AXF_TRY(make_folder(&writer, images));
    return write_all(&writer, count, seed);
}
