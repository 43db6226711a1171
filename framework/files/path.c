#include "files/path.h"

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_PLAIN = 200 };

/* What stands before the name: the folder and a slash, each where it is needed. */
static const char *folder_before(const char *folder, const char *name, const char **slash)
{
    const size_t length = name[0] == '/' ? 0 : strlen(folder);
    *slash = length > 0 && folder[length - 1] != '/' ? "/" : "";
    return length > 0 ? folder : "";
}

char *axf_path_join(const char *folder, const char *name)
{
    const char *slash, *before = folder_before(folder, name, &slash);
    const size_t size = strlen(before) + strlen(name) + 2;
    char *path = axf_alloc(size);
    snprintf(path, size, "%s%s%s", before, slash, name);
    return path;
}

const char *axf_path_write(axf_path_text *to, const char *folder, const char *name)
{
    const char *slash, *before = folder_before(folder, name, &slash);
    snprintf(to->text, sizeof to->text, "%s%s%s", before, slash, name);
    return to->text;
}

char *axf_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return axf_copy(".");
    }
    char *folder = axf_copy(path);
    folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

const char *axf_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *axf_cache_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/') {
        return axf_path_join(cache, "auxfuse");
    }
    return home != NULL && home[0] == '/' ? axf_path_join(home, ".cache/auxfuse") : NULL;
}

int axf_name_is_plain(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strnlen(name, LONGEST_PLAIN + 1);
    return length > 0 && length <= LONGEST_PLAIN && name[0] != '.' && strspn(name, allowed) == length;
}
