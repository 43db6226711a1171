#include "synth/files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

axf_status axf_synth_fail(axf_synth_writer *writer, axf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(writer->error, writer->error_size, format, arguments);
    va_end(arguments);
    return status;
}

axf_status axf_synth_path(axf_synth_writer *writer, char path[PATH_MAX], const char *name)
{
    const int length = snprintf(path, PATH_MAX, "%s/%s", writer->folder, name);
    if (length < 0 || length >= PATH_MAX) {
        return axf_synth_fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root",
                              writer->folder);
    }
    return AXF_OK;
}

axf_status axf_synth_make_folder(axf_synth_writer *writer, const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return axf_synth_fail(writer, AXF_ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
    }
    return AXF_OK;
}

axf_status axf_synth_make_folders(axf_synth_writer *writer, const char *path)
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part || *path == '\0') {
        return axf_synth_fail(writer, AXF_ERR_USAGE, "\"%.60s\" is no usable name of a folder", path);
    }
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            AXF_TRY(axf_synth_make_folder(writer, part));
            *at = '/';
        }
    }
    return axf_synth_make_folder(writer, part);
}

axf_status axf_synth_part_name(axf_synth_writer *writer, char part[PATH_MAX], const char *path)
{
    if (snprintf(part, PATH_MAX, "%s.part%ld", path, (long)getpid()) >= PATH_MAX) {
        return axf_synth_fail(writer, AXF_ERR_IO, "%s: the path is too long: name a folder nearer to the root", path);
    }
    return AXF_OK;
}

axf_status axf_synth_move_into_place(axf_synth_writer *writer, const char *part, const char *path)
{
    if (rename(part, path) != 0) {
        return axf_synth_fail(writer, AXF_ERR_IO, "%s: cannot rename to %s: %s", part, path, strerror(errno));
    }
    return AXF_OK;
}

axf_status axf_synth_write_file(axf_synth_writer *writer, const char *name, const void *bytes, size_t size)
{
    char path[PATH_MAX], part[PATH_MAX];
    AXF_TRY(axf_synth_path(writer, path, name));
    AXF_TRY(axf_synth_part_name(writer, part, path));
    FILE *file = fopen(part, "wb");
    bool good = file && fwrite(bytes, 1, size, file) == size;
    int why = errno;
    if (file && fclose(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (!good) {
        unlink(part);
        return axf_synth_fail(writer, AXF_ERR_IO, "%s: cannot write: %s", path, strerror(why));
    }
    return axf_synth_move_into_place(writer, part, path);
}
