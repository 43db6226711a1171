#include "sweep/run_state.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/path.h"
#include "files/read.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { METRICS_LIMIT = 256 << 20 };

static int has(const char *folder, const char *name)
{
    char *path = axf_path_join(folder, name);
    const int found = access(path, F_OK) == 0;
    free(path);
    return found;
}

int axf_folder_is_locked(const char *folder)
{
    char *path = axf_path_join(folder, ".lock");
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    free(path);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    if (fd >= 0) {
        close(fd);
    }
    return locked;
}

int32_t axf_run_folder_state(const char *folder)
{
    if (has(folder, "done.json")) {
        return AXF_RUN_DONE;
    }
    if (axf_folder_is_locked(folder)) {
        return AXF_RUN_RUNNING;
    }
    return has(folder, "environment.json") ? AXF_RUN_INTERRUPTED : AXF_RUN_PENDING;
}

/* Field `index` of a line; the columns up to it hold no quoted text (class names come behind the metrics). */
static const char *field(const char *line, int index)
{
    while (index-- > 0 && line != NULL) {
        line = strchr(line, ',');
        line = line != NULL ? line + 1 : NULL;
    }
    return line;
}

static int column_of(const char *header, const char *name)
{
    const size_t length = strlen(name);
    int index = 0;
    for (const char *at = header; at != NULL; at = field(at, 1), index++) {
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return index;
        }
    }
    return -1;
}

int axf_run_metric(const char *folder, const char *split, const char *column, double *last, double *best)
{
    char *path = axf_path_join(folder, "metrics.csv"), *bytes;
    size_t length;
    const axf_status status = axf_read_file(path, METRICS_LIMIT, &bytes, &length);
    free(path);
    if (status != AXF_OK) {
        axf_error_clear();
        return 0;
    }
    char *rest = bytes, *line = strsep(&rest, "\n");
    const int index = column_of(line, column), split_index = column_of(line, "split");
    const size_t split_length = strlen(split);
    int found = 0;
    while (index >= 0 && split_index >= 0 && rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
        const char *name = field(line, split_index), *text = field(line, index);
        char *end = NULL;
        if (name == NULL || text == NULL || strncmp(name, split, split_length) != 0 || name[split_length] != ',') {
            continue;
        }
        const double value = strtod(text, &end);
        if (end != text) {
            *last = value;
            if (best != NULL && (!found || value > *best)) {
                *best = value;
            }
            found = 1;
        }
    }
    free(bytes);
    return found;
}
