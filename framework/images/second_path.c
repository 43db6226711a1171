#include "images/second_path.h"

#include <string.h>

const char *axf_image_second_path(const char *path, axf_path_text *second)
{
    if (strstr(path, "jpg") == NULL) {
        return NULL;
    }
    axf_path_write(second, "", path);
    for (char *at = second->text; (at = strstr(at, "jpg")) != NULL; at += 3) {
        at[0] = 'p';
        at[1] = 'n';
    }
    return second->text;
}
