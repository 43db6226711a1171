#include "synth/write.h"

#include "synth/draw.h"
#include "synth/encode.h"
#include "synth/random.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    AXF_TRY(axf_synth_path(writer, path, name));
    axf_status status = axf_synth_picture_draw(post, &picture);
    if (status == AXF_OK) {
        status = is_png(writer->layout, post) ? axf_synth_png_encode(post, &picture, &file)
                                              : axf_synth_jpeg_encode(post, &picture, &file);
        free(picture.pixels);
    }
    if (status != AXF_OK) {
        return axf_synth_fail(writer, status, "%s: cannot draw or encode the picture: %s", path,
                              status == AXF_ERR_MEMORY ? "out of memory" : "the image library refused");
    }
    status = axf_synth_write_file(writer, name, file.bytes, file.size);
    free(file.bytes);
    return status;
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
            return axf_synth_fail(writer, status, "out of memory");
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
        AXF_TRY(axf_synth_path(writer, names->path, folder));
        AXF_TRY(axf_synth_make_folder(writer, names->path));
    }
    AXF_TRY(axf_synth_path(writer, names->path, name));
    AXF_TRY(axf_synth_part_name(writer, names->part, names->path));
    writer->table[index] = fopen(names->part, "wb");
    return writer->table[index]
               ? AXF_OK
               : axf_synth_fail(writer, AXF_ERR_IO, "%s: cannot open for writing: %s", names->part, strerror(errno));
}

/* Closes the table and, when all went well so far, gives it its name; else removes it. */
static axf_status close_table(axf_synth_writer *writer, FILE *file, const part_file *names, axf_status status)
{
    if (!file) {
        return status;
    }
    const bool failed = ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0;
    if ((fclose(file) != 0 || failed) && status == AXF_OK) {
        status = axf_synth_fail(writer, AXF_ERR_IO, "%s: cannot write: %s", names->path, strerror(errno));
    }
    if (status == AXF_OK) {
        status = axf_synth_move_into_place(writer, names->part, names->path);
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
        return axf_synth_fail(&writer, AXF_ERR_USAGE, "format %d is not one of 1 (table) to %d (%s)", (int)format,
                              AXF_SYNTH_LAST, axf_synth_layouts[AXF_SYNTH_LAST].format);
    }
    if (count < 1 || count > AXF_SYNTH_MAX_POSTS) {
        return axf_synth_fail(&writer, AXF_ERR_USAGE, "%llu posts: the count must be from 1 to %d",
                              (unsigned long long)count, AXF_SYNTH_MAX_POSTS);
    }
    writer.layout = &axf_synth_layouts[format];
    AXF_TRY(axf_synth_make_folders(&writer, folder));
    AXF_TRY(axf_synth_path(&writer, table, writer.layout->table[0].name));
    AXF_TRY(axf_synth_path(&writer, images, writer.layout->images));
    if (access(table, F_OK) == 0) {
        return axf_synth_fail(&writer, AXF_ERR_DATA, "%s exists already: remove the folder or name another one", table);
    }
    AXF_TRY(axf_synth_make_folder(&writer, images));
    return write_all(&writer, count, seed);
}
