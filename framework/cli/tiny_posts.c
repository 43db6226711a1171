#include "cli/tiny_posts.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/path.h"
#include "files/remove.h"
#include "synth/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool find_layout(const char *name, axf_synth_format *format)
{
    for (int i = AXF_SYNTH_TABLE; i <= AXF_SYNTH_LAST; i++) {
        if (strcmp(name, axf_synth_format_name((axf_synth_format)i)) == 0) {
            *format = (axf_synth_format)i;
            return true;
        }
    }
    return false;
}

static axf_status layout_of(axf_arena *arena, const char *name, const axf_node *data, axf_synth_format *format)
{
    for (uint32_t i = 0; i < data->count; i++) {
        if (data->items[i] != NULL && data->items[i]->kind == AXF_NODE_SCALAR &&
            find_layout(axf_arena_printf(arena, "%s-%s", name, data->items[i]->text), format)) {
            return AXF_OK;
        }
    }
    if (!find_layout(name, format)) {
        return axf_fail(AXF_ERR_SPEC,
                        "--tiny: no posts can be drawn in the layout of dataset '%s'; for a loader of your "
                        "own, run with data: {loader: synthetic, count: 64}",
                        name);
    }
    return AXF_OK;
}

/* Two processes may draw the same posts at the same time: each draws into its own folder, and the first to rename its
 * folder wins. */
static axf_status draw(axf_arena *arena, const char *folder, axf_synth_format format)
{
    char error[512] = "";
    const char *part = axf_arena_printf(arena, "%s.%ld", folder, (long)getpid());
    axf_status status = axf_synth_write(part, AXF_TINY_POSTS, 0, format, error, sizeof error);
    if (status != AXF_OK) {
        axf_fail(status, "--tiny: %s", error);
    } else if (rename(part, folder) == 0) {
        return AXF_OK;
    } else {
        status = axf_fail_errno("--tiny: cannot rename '%s' to '%s'", part, folder);
        status = axf_find(folder, NULL) == AXF_THERE ? AXF_OK : status;
    }
    if (status == AXF_OK) {
        return axf_remove_tree(part);
    }
    axf_kept_error *kept = axf_error_keep(); /* the first error is the one to report */
    axf_remove_tree(part);
    axf_error_restore(kept);
    return status;
}

axf_status axf_tiny_posts(axf_arena *arena, const char *name, const axf_node *data, const char **folder)
{
    axf_synth_format format = AXF_SYNTH_TABLE;
    AXF_TRY(layout_of(arena, name, data, &format));
    char *cache = axf_cache_folder();
    if (cache == NULL) {
        return axf_fail(AXF_ERR_IO, "--tiny draws its posts into the cache folder: set HOME or XDG_CACHE_HOME");
    }
    const char *tiny = axf_arena_printf(arena, "%s/tiny", cache);
    free(cache);
    struct stat program; /* a new build may draw other posts */
    bool there;
    AXF_TRY(axf_find("/proc/self/exe", &program) == AXF_THERE ? AXF_OK : AXF_ERR_IO);
    *folder = axf_arena_printf(arena, "%s/%s-%llx", tiny, axf_synth_format_name(format),
                               (unsigned long long)program.st_mtim.tv_sec);
    AXF_TRY(axf_is_there(*folder, &there));
    if (there) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_make(tiny));
    return draw(arena, *folder, format);
}
