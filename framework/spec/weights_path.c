#include "spec/weights_path.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/find.h"
#include "files/read.h"
#include "spec/expand.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct search {
    axf_arena *arena;
    axf_strbuf looked; /* the places seen so far, for the message */
} search;

/* Whether the text can be one part of owner/name@revision, which becomes a part of a path. */
static bool is_plain_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr("._-", text[i]) == NULL) {
            return false;
        }
    }
    return length > 0 && length <= 200 && text[0] != '.';
}

static bool is_model_name(const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    if (slash == NULL) {
        return is_plain_name(text, length);
    }
    const size_t owner = (size_t)(slash - text);
    return is_plain_name(text, owner) && is_plain_name(slash + 1, length - owner - 1);
}

/* Sets *found to `path` when it is a folder or a regular file, else to NULL. */
static axf_status try_path(search *s, const char *path, const char **found)
{
    struct stat info;
    const axf_found answer = axf_find(path, &info);
    const bool there = answer == AXF_THERE && (S_ISDIR(info.st_mode) || S_ISREG(info.st_mode));
    *found = there ? path : NULL;
    if (!there) {
        axf_strbuf_printf(&s->looked, "%s%s", s->looked.length > 0 ? ", " : "", path);
    }
    return answer == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
}

static const char *hub_folder(axf_arena *arena)
{
    const char *hub = getenv("HF_HUB_CACHE"), *hf_home = getenv("HF_HOME"), *home = getenv("HOME");
    const char *folder = axf_node_folder(arena, NULL);
    if (hub != NULL && hub[0] != '\0') {
        return axf_expand_join(arena, folder, hub);
    }
    if (hf_home != NULL && hf_home[0] != '\0') {
        return axf_expand_join(arena, axf_expand_join(arena, folder, hf_home), "hub");
    }
    return home != NULL && home[0] != '\0' ? axf_expand_join(arena, home, ".cache/huggingface/hub") : NULL;
}

/* Gives the commit that refs/<revision> names, or the revision itself when there is no such file or no commit in it. */
static axf_status read_commit(axf_arena *arena, const char *model, const char *revision, const char **commit)
{
    enum { MOST = 4096 };
    const char *path = axf_arena_printf(arena, "%s/refs/%s", model, revision);
    bool there;
    char *text;
    size_t length;
    *commit = revision;
    AXF_TRY(axf_is_there(path, &there));
    if (there) {
        AXF_TRY(axf_read_file(path, MOST, &text, &length));
        text[strcspn(text, " \r\n\t")] = '\0';
        *commit = is_plain_name(text, strlen(text)) ? axf_arena_copy(arena, text) : revision;
        free(text);
    }
    return AXF_OK;
}

static axf_status try_hub(search *s, const char *name, size_t length, const char *revision, const char **found)
{
    const char *hub = hub_folder(s->arena), *commit;
    *found = NULL;
    if (hub == NULL) {
        return AXF_OK;
    }
    axf_strbuf folder = {0};
    axf_strbuf_puts(&folder, "models--");
    for (size_t i = 0; i < length; i++) {
        axf_strbuf_puts(&folder, name[i] == '/' ? "--" : (char[2]){name[i], '\0'});
    }
    const char *model = axf_expand_join(s->arena, hub, axf_strbuf_text(&folder));
    axf_strbuf_free(&folder);
    AXF_TRY(read_commit(s->arena, model, revision, &commit));
    return try_path(s, axf_arena_printf(s->arena, "%s/snapshots/%s", model, commit), found);
}

static axf_status find_named(search *s, const axf_node *written, const char *text, size_t length, const char *revision,
                             const char **found)
{
    const char *models = getenv("AUXFUSE_MODELS");
    const char *current = axf_node_folder(s->arena, NULL);
    const char *folder = axf_expand_join(s->arena, current, models != NULL && models[0] != '\0' ? models : "models");
    AXF_TRY(try_path(s, axf_expand_join(s->arena, folder, text), found));
    if (*found == NULL) {
        AXF_TRY(try_hub(s, text, length, revision != NULL ? revision : "main", found));
    }
    if (*found == NULL) {
        AXF_TRY(try_path(s, axf_expand_join(s->arena, axf_node_folder(s->arena, written), text), found));
    }
    return AXF_OK;
}

static axf_status find(search *s, const axf_node *written, const char **folder)
{
    const char *text = written->text;
    const char *at = strchr(text, '@');
    const size_t length = at != NULL ? (size_t)(at - text) : strlen(text);
    const bool named = is_model_name(text, length) && (at == NULL || is_plain_name(at + 1, strlen(at + 1)));
    axf_status status;
    if (named) {
        status = find_named(s, written, text, length, at != NULL ? at + 1 : NULL, folder);
    } else {
        const char *path;
        AXF_TRY(axf_expand_path(s->arena, written, &path));
        status = try_path(s, path, folder);
    }
    if (status != AXF_OK) {
        return axf_context(AXF_ERR_IO, "weights '%.200s'", text);
    }
    if (*folder != NULL) {
        return AXF_OK;
    }
    return axf_node_fail(written, "weights '%.200s' were not found; looked in %s%s", text, axf_strbuf_text(&s->looked),
                         named ? "; tools/fetch-models downloads models, and `random` starts without weights" : "");
}

axf_status axf_weights_locate(axf_arena *arena, const axf_node *written, const char **folder)
{
    search s = {.arena = arena};
    *folder = NULL;
    const axf_status status = find(&s, written, folder);
    axf_strbuf_free(&s.looked);
    return status;
}

const char *axf_weights_commit(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    const char snapshots[] = "/snapshots";
    const size_t length = sizeof snapshots - 1;
    return slash != NULL && slash[1] != '\0' && (size_t)(slash - folder) > length &&
                   memcmp(slash - length, snapshots, length) == 0
               ? slash + 1
               : NULL;
}
