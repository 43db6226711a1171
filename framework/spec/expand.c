#include "spec/expand.h"

#include "core/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static axf_status add_variable(axf_strbuf *out, const axf_node *scalar, const char *name, size_t length)
{
    char variable[256];
    bool good = length > 0 && length < sizeof variable && !isdigit((unsigned char)name[0]);
    for (size_t i = 0; good && i < length; i++) {
        good = isalnum((unsigned char)name[i]) || name[i] == '_';
    }
    if (!good) {
        return axf_node_fail(scalar, "${%.*s} is not the name of a variable", (int)(length < 80 ? length : 80), name);
    }
    memcpy(variable, name, length);
    variable[length] = '\0';
    const char *value = getenv(variable);
    if (value == NULL || value[0] == '\0') {
        return axf_node_fail(scalar, "the environment variable %s is %s: set it, or write the path out", variable,
                             value == NULL ? "not set" : "empty");
    }
    axf_strbuf_puts(out, value);
    return AXF_OK;
}

static axf_status expand_into(axf_strbuf *out, const axf_node *scalar)
{
    const char *at = scalar->text;
    if (at[0] == '~' && (at[1] == '/' || at[1] == '\0')) {
        AXF_TRY(add_variable(out, scalar, "HOME", 4));
        at++;
    }
    for (const char *dollar; (dollar = strstr(at, "${")) != NULL;) {
        const char *end = strchr(dollar, '}');
        if (end == NULL) {
            return axf_node_fail(scalar, "'${' has no closing '}'");
        }
        axf_strbuf_add(out, at, (size_t)(dollar - at));
        AXF_TRY(add_variable(out, scalar, dollar + 2, (size_t)(end - dollar) - 2));
        at = end + 1;
    }
    axf_strbuf_puts(out, at);
    return AXF_OK;
}

axf_status axf_expand_text(axf_arena *arena, const axf_node *scalar, const char **text)
{
    axf_strbuf out = {0};
    const axf_status status = expand_into(&out, scalar);
    *text = status == AXF_OK ? axf_arena_copy(arena, axf_strbuf_text(&out)) : NULL;
    axf_strbuf_free(&out);
    return status;
}

const char *axf_expand_join(axf_arena *arena, const char *folder, const char *path)
{
    if (path[0] == '/') {
        return axf_arena_copy(arena, path);
    }
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        path += strspn(path, "/");
    }
    if (path[0] == '\0' || strcmp(path, ".") == 0) {
        return axf_arena_copy(arena, folder);
    }
    const size_t length = strlen(folder);
    return axf_arena_printf(arena, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", path);
}

const char *axf_node_folder(axf_arena *arena, const axf_node *node)
{
    if (node != NULL && node->source != NULL && node->source->folder != NULL) {
        return node->source->folder;
    }
    char *current = getcwd(NULL, 0);
    const char *folder = axf_arena_copy(arena, current != NULL ? current : ".");
    free(current);
    return folder;
}

axf_status axf_expand_path(axf_arena *arena, const axf_node *scalar, const char **path)
{
    const char *text;
    AXF_TRY(axf_expand_text(arena, scalar, &text));
    if (text[0] == '\0') {
        return axf_node_fail(scalar, "the path is empty");
    }
    *path = axf_expand_join(arena, axf_node_folder(arena, scalar), text);
    return AXF_OK;
}
