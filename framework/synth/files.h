/* The folder that posts are written into, and its files. Every file has its name only once it is whole. */
#ifndef AXF_SYNTH_FILES_H
#define AXF_SYNTH_FILES_H

#include "auxfuse/status.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

enum { AXF_SYNTH_TABLES = 3 };

/* One writing of one folder. */
typedef struct axf_synth_writer {
    const char *folder;
    const struct axf_synth_layout *layout;
    FILE *table[AXF_SYNTH_TABLES]; /* NULL where the layout has fewer */
    char *error;
    size_t error_size;
} axf_synth_writer;

/* Puts the message into writer->error, and returns `status`. */
axf_status axf_synth_fail(axf_synth_writer *writer, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);

/* Writes folder/name to `path`. */
axf_status axf_synth_path(axf_synth_writer *writer, char path[PATH_MAX], const char *name);
/* Writes to `part` the name under which this process writes the file `path`, before it renames it. Two processes that
 * write into one folder have different names. */
axf_status axf_synth_part_name(axf_synth_writer *writer, char part[PATH_MAX], const char *path);
axf_status axf_synth_move_into_place(axf_synth_writer *writer, const char *part, const char *path);

/* A folder that is there already is left as it is. The second function makes the parents, too. */
axf_status axf_synth_make_folder(axf_synth_writer *writer, const char *path);
axf_status axf_synth_make_folders(axf_synth_writer *writer, const char *path);

/* Writes a file of the folder. */
axf_status axf_synth_write_file(axf_synth_writer *writer, const char *name, const void *bytes, size_t size);

#endif
