#include "images/second_path.h"

#include "core/arena.h"

#include <string.h>

char *axf_image_second_path(const char *path)
{
    if (strstr(path, "jpg") == NULL) {
        return NULL;
    }
    char *second = axf_copy(path);
    for (char *at = second; (at = strstr(at, "jpg")) != NULL; at += 3) {
        at[0] = 'p';
        at[1] = 'n';
    }
    return second;
}
