#include "files/process.h"

#include "files/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Field 22 of /proc/<pid>/stat, counted from behind the name of the program, which may hold anything. */
axf_found axf_process_start(uint64_t pid, uint64_t *ticks)
{
    char path[64], line[1024];
    *ticks = 0;
    snprintf(path, sizeof path, "/proc/%llu/stat", (unsigned long long)pid);
    const axf_found found = axf_find(path, NULL);
    if (found != AXF_THERE) {
        return found;
    }
    if (axf_read_system_file(path, line, sizeof line) != AXF_OK) { /* it may have ended in between */
        return axf_find(path, NULL) == AXF_NOT_THERE ? AXF_NOT_THERE : AXF_CANNOT_TELL;
    }
    const char *at = strrchr(line, ')');
    if (at == NULL || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') {
        return AXF_NOT_THERE;
    }
    at += 2;
    for (int field = 3; field < 22 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at != NULL ? at + 1 : NULL;
    }
    *ticks = at != NULL ? strtoull(at, NULL, 10) : 0;
    return AXF_THERE;
}
