#include "common/synth.h"

#include "common/synth_picture.h"
#include "common/synth_random.h"

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

/* One writing of one folder. */
typedef struct synth_writer {
    const char *folder;
    const struct synth_layout *layout;
    FILE *table, *pairs; /* pairs: MVSA's second table, else NULL */
    char *error;
    size_t error_size;
} synth_writer;

/* What a format is: where its files go and how a post becomes a row. */
typedef struct synth_layout {
    const char *format;
    const char *table, *images, *header;
    bool png;                                           /* PNG files among the JPEG ones */
    void (*name)(const axf_synth_post *post, char *id); /* its id, AXF_SYNTH_ID_SIZE bytes */
    const char *image_prefix;                           /* before the id in an image's name */
    axf_status (*add)(synth_writer *writer, const axf_synth_post *post, const char *id, const char *image);
} synth_layout;

static axf_status fail(synth_writer *writer, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);
static axf_status fail(synth_writer *writer, axf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(writer->error, writer->error_size, format, arguments);
    va_end(arguments);
    return status;
}

static axf_status path_join(synth_writer *writer, char path[PATH_MAX], const char *name, const char *ending)
{
    const int length = snprintf(path, PATH_MAX, "%s/%s%s", writer->folder, name, ending);
    if (length < 0 || length >= PATH_MAX) {
        return fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root", writer->folder);
    }
    return AXF_OK;
}

static axf_status make_folder(synth_writer *writer, const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return fail(writer, AXF_ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
    }
    return AXF_OK;
}

/* `path` and all its parents. */
static axf_status make_folders(synth_writer *writer, const char *path)
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
static axf_status part_name(synth_writer *writer, char part[PATH_MAX], const char *path)
{
    if (snprintf(part, PATH_MAX, "%s.part%ld", path, (long)getpid()) >= PATH_MAX) {
        return fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root", path);
    }
    return AXF_OK;
}

static axf_status move_into_place(synth_writer *writer, const char *part, const char *path)
{
    if (rename(part, path) != 0) {
        return fail(writer, AXF_ERR_IO, "%s: cannot rename to %s: %s", part, path, strerror(errno));
    }
    return AXF_OK;
}

static axf_status write_file(synth_writer *writer, const char *path, const void *bytes, size_t size)
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

/* A field in double quotes, each quote inside escaped by `escape`: '"' as RFC 4180, '\\' as TIR's published table. */
static void put_quoted(FILE *file, const char *field, char escape)
{
    putc('"', file);
    for (; *field != '\0'; field++) {
        if (*field == '"') {
            putc(escape, file);
        }
        putc(*field, file);
    }
    putc('"', file);
}

/* A field of RFC 4180, quoted where it must be. */
static void put_field(FILE *file, const char *field)
{
    if (strpbrk(field, ",\"\r\n")) {
        put_quoted(file, field, '"');
    } else {
        fputs(field, file);
    }
}

static void table_name(const axf_synth_post *post, char *id)
{
    snprintf(id, AXF_SYNTH_ID_SIZE, "s%06u", (unsigned)(post->index + 1));
}

static axf_status table_add(synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    fprintf(writer->table, "%s,", id);
    put_field(writer->table, post->text);
    fprintf(writer->table, ",%s,%s,%s\n", axf_synth_class_name(post->relation), axf_synth_split_name(post->split),
            image);
    return AXF_OK;
}

static void mvsa_name(const axf_synth_post *post, char *id)
{
    snprintf(id, AXF_SYNTH_ID_SIZE, "%u", (unsigned)(post->index + 1));
}

/* The sentiment: positive where text and picture agree in object and scene, negative where in neither, else neutral;
 * so that this label, too, needs both inputs. */
static axf_status mvsa_add(synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    static const char sentiments[AXF_SYNTH_CLASSES] = {'0', '2', '1', '0'};
    const char sentiment = sentiments[post->relation];
    char text[AXF_SYNTH_TEXT_SIZE], name[AXF_SYNTH_ID_SIZE + 8], path[PATH_MAX];
    (void)image;
    axf_synth_text_ascii(post->text, text);
    snprintf(name, sizeof name, "data/%s", id);
    AXF_TRY(path_join(writer, path, name, ".txt"));
    AXF_TRY(write_file(writer, path, text, strlen(text)));
    fprintf(writer->pairs, "%s,%c,%c,%c\n", id, sentiment, sentiment, sentiment);
    fprintf(writer->table, "%s,", id);
    put_field(writer->table, text);
    fprintf(writer->table, ",%c,%s\n", sentiment, axf_synth_split_name(post->split));
    return AXF_OK;
}

/* Eighteen digits, as ids of tweets had in 2016; rising with the index, in uneven steps. */
static void tir_name(const axf_synth_post *post, char *id)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_ID);
    const uint64_t step = 100000000000u;
    const uint64_t number = 682000000000000000u + post->index * step + axf_synth_random_below(&random, UINT32_MAX);
    snprintf(id, AXF_SYNTH_ID_SIZE, "%" PRIu64, number);
}

static axf_status tir_add(synth_writer *writer, const axf_synth_post *post, const char *id, const char *image)
{
    const int adds = post->relation < 2, represented = post->relation % 2 == 0;
    (void)image;
    fprintf(writer->table, "\"%s\",\"0\",", id);
    put_quoted(writer->table, post->text, '\\');
    fprintf(writer->table, ",\"%d\",\"%d\"", represented, adds);
    for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
        fprintf(writer->table, ",\"%d\"", relation == post->relation);
    }
    putc('\n', writer->table);
    return AXF_OK;
}

static const synth_layout layouts[] = {
    [AXF_SYNTH_TABLE] = {"table", "posts.csv", "images", "id,text,label,split,image\n", true, table_name, "",
                         table_add},
    [AXF_SYNTH_MVSA] = {"mvsa", "data_key_mvsa.csv", "data", "tweet_id,text,label,split\n", false, mvsa_name, "",
                        mvsa_add},
    [AXF_SYNTH_TIR] = {"tir", "textimage-data.csv", "images",
                       "\"tweet_id\",\"user_id\",\"tweet\",\"text_is_represented\",\"image_adds\","
                       "\"image_adds_text_repr\",\"image_adds_text_notrepr\",\"image_notadds_text_repr\","
                       "\"image_notadds_text_notrepr\"\n",
                       false, tir_name, "T", tir_add},
};

const char *axf_synth_format_name(axf_synth_format format)
{
    return layouts[format].format;
}

/* Three in ten are PNG files where the format has them. */
static bool is_png(const synth_layout *layout, const axf_synth_post *post)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_KIND);
    return layout->png && axf_synth_random_chance(&random, 30);
}

static axf_status write_image(synth_writer *writer, const axf_synth_post *post, const char *image)
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

static axf_status write_posts(synth_writer *writer, uint64_t count, uint64_t seed)
{
    const synth_layout *layout = writer->layout;
    axf_synth_post post;
    fputs(layout->header, writer->table);
    for (uint64_t index = 0; index < count; index++) {
        char id[AXF_SYNTH_ID_SIZE], image[AXF_SYNTH_ID_SIZE + 8];
        axf_synth_post_make(seed, index, &post);
        layout->name(&post, id);
        snprintf(image, sizeof image, "%s%s.%s", layout->image_prefix, id, is_png(layout, &post) ? "png" : "jpg");
        AXF_TRY(write_image(writer, &post, image));
        AXF_TRY(layout->add(writer, &post, id, image));
    }
    return AXF_OK;
}

static axf_status open_table(synth_writer *writer, const char *name, char path[PATH_MAX], char part[PATH_MAX],
                             FILE **file)
{
    AXF_TRY(path_join(writer, path, name, ""));
    AXF_TRY(part_name(writer, part, path));
    *file = fopen(part, "wb");
    return *file ? AXF_OK : fail(writer, AXF_ERR_IO, "%s: cannot open for writing: %s", part, strerror(errno));
}

/* Closes the table and, when all went well so far, gives it its name; else removes it. */
static axf_status close_table(synth_writer *writer, FILE *file, const char *part, const char *path, axf_status status)
{
    if (!file) {
        return status;
    }
    const bool failed = ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0;
    if ((fclose(file) != 0 || failed) && status == AXF_OK) {
        status = fail(writer, AXF_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    }
    if (status == AXF_OK) {
        status = move_into_place(writer, part, path);
    }
    if (status != AXF_OK) {
        unlink(part);
    }
    return status;
}

/* Both tables get their names after all images have; the one that says "complete" comes last. */
static axf_status write_all(synth_writer *writer, uint64_t count, uint64_t seed)
{
    char table[PATH_MAX], table_part[PATH_MAX], pairs[PATH_MAX], pairs_part[PATH_MAX];
    axf_status status = open_table(writer, writer->layout->table, table, table_part, &writer->table);
    if (status == AXF_OK && writer->layout == &layouts[AXF_SYNTH_MVSA]) {
        status = open_table(writer, "valid_pairlist.txt", pairs, pairs_part, &writer->pairs);
    }
    if (status == AXF_OK) {
        status = write_posts(writer, count, seed);
    }
    status = close_table(writer, writer->pairs, pairs_part, pairs, status);
    return close_table(writer, writer->table, table_part, table, status);
}

axf_status axf_synth_write(const char *folder, uint64_t count, uint64_t seed, axf_synth_format format, char *error,
                           size_t error_size)
{
    synth_writer writer = {.folder = folder, .error = error, .error_size = error_size};
    char table[PATH_MAX], images[PATH_MAX];
    if (format < AXF_SYNTH_TABLE || format > AXF_SYNTH_TIR) {
        return fail(&writer, AXF_ERR_USAGE, "format %d is not one of 1 (table), 2 (mvsa), 3 (tir)", (int)format);
    }
    if (count < 1 || count > AXF_SYNTH_MAX_POSTS) {
        return fail(&writer, AXF_ERR_USAGE, "%llu posts: the count must be from 1 to %d", (unsigned long long)count,
                    AXF_SYNTH_MAX_POSTS);
    }
    writer.layout = &layouts[format];
    AXF_TRY(make_folders(&writer, folder));
    AXF_TRY(path_join(&writer, table, writer.layout->table, ""));
    AXF_TRY(path_join(&writer, images, writer.layout->images, ""));
    if (access(table, F_OK) == 0) {
        return fail(&writer, AXF_ERR_DATA, "%s exists already: remove the folder or name another one", table);
    }
    AXF_TRY(make_folder(&writer, images));
    return write_all(&writer, count, seed);
}
