#include "common/datasets/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const axf_forms[] = {"auto", "raw", "key", NULL};

const char *axf_dataset_path(const axf_host *host, const char *root, const char *name)
{
    if (name[0] == '/') {
        return name;
    }
    const size_t size = strlen(root) + strlen(name) + 2;
    char *path = host->allocate(host, size);
    snprintf(path, size, "%s/%s", root, name);
    return path;
}

int axf_dataset_has(const axf_host *host, const char *root, const char *name)
{
    return access(axf_dataset_path(host, root, name), F_OK) == 0;
}

int axf_dataset_keyed(const axf_host *host, int32_t form, const char *root, const char *key)
{
    return form == AXF_FORM_KEY || (form == AXF_FORM_AUTO && axf_dataset_has(host, root, key));
}

static axf_status pass_post(void *context, const axf_post *post)
{
    axf_removal *r = context;
    const char *const *ids = r->ids->items;
    for (uint32_t i = 0; i < r->ids->count; i++) {
        if (strcmp(ids[i], post->id) == 0) {
            r->met[i] = 1;
            r->behind->skip(r->behind->context, post->file, post->line, post->id, "in removed_ids");
            return AXF_OK;
        }
    }
    return r->behind->post(r->behind->context, post);
}

static void pass_skip(void *context, const char *file, int64_t line, const char *id, const char *reason)
{
    const axf_removal *r = context;
    r->behind->skip(r->behind->context, file, line, id, reason);
}

void axf_removal_begin(axf_removal *removal, const axf_host *host, const axf_post_sink *sink, const axf_list *ids)
{
    *removal = (axf_removal){.sink = {sizeof removal->sink, removal, pass_post, pass_skip},
                             .host = host,
                             .behind = sink,
                             .ids = ids,
                             .met = host->allocate(host, ids->count + (size_t)1)};
}

void axf_removal_end(const axf_removal *removal)
{
    for (uint32_t i = 0; i < removal->ids->count; i++) {
        if (!removal->met[i]) {
            removal->host->log(removal->host, AXF_LOG_WARNING, "removed_ids: there is no post '%s'",
                               ((const char *const *)removal->ids->items)[i]);
        }
    }
}
