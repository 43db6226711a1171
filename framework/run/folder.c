#include "run/folder.h"

#include "files/find.h"
#include "files/path.h"
#include "files/remove.h"
#include "run/checkpoint.h"

#include <stdlib.h>

static const char done_file[] = "done.json";

char *axf_run_folder_file(const axf_run_folder *folder, const char *name)
{
    return axf_path_join(folder->path, name);
}

axf_status axf_run_folder_write(const axf_run_folder *folder, const char *name, const axf_strbuf *text)
{
    char *path = axf_run_folder_file(folder, name);
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(text), text->length);
    free(path);
    return status;
}

axf_status axf_run_folder_find(axf_run_folder *folder, char *path, int read_only)
{
    *folder = (axf_run_folder){.path = path};
    bool done;
    AXF_TRY(axf_is_there_in(path, done_file, &done));
    folder->finished = done;
    if (done && !read_only) {
        axf_checkpoint_remove(folder->path, 0);
    }
    return AXF_OK;
}

static axf_status make_checkpoints(const axf_run_folder *folder)
{
    char *path = axf_run_folder_file(folder, "checkpoints");
    const axf_status status = axf_folder_make(path);
    free(path);
    return status;
}

static axf_status open_growing(const axf_run_folder *folder, const char *name, axf_append **file)
{
    char *path = axf_run_folder_file(folder, name);
    const axf_status status = axf_append_open(path, file);
    free(path);
    return status;
}

axf_status axf_run_folder_open(axf_run_folder *folder, int anew, const axf_strbuf *spec)
{
    AXF_TRY(make_checkpoints(folder));
    AXF_TRY(axf_folder_lock(folder->path, &folder->lock));
    if (anew) {
        AXF_TRY(axf_remove_contents(folder->path, ".lock"));
        AXF_TRY(make_checkpoints(folder));
        folder->finished = 0;
    }
    AXF_TRY(axf_durable_clean(folder->path));
    AXF_TRY(axf_run_folder_write(folder, "spec.yml", spec));
    AXF_TRY(open_growing(folder, "metrics.csv", &folder->metrics));
    return open_growing(folder, "events.jsonl", &folder->events);
}

void axf_run_folder_close(axf_run_folder *folder)
{
    axf_append_close(folder->metrics);
    axf_append_close(folder->events);
    axf_tensorboard_close(folder->tensorboard);
    axf_folder_unlock(folder->lock);
    free(folder->path);
    *folder = (axf_run_folder){0};
}

axf_status axf_run_folder_finish(axf_run_folder *folder, const axf_strbuf *summary)
{
    AXF_TRY(axf_run_folder_write(folder, done_file, summary));
    folder->finished = 1;
    axf_checkpoint_remove(folder->path, 0);
    return AXF_OK;
}
