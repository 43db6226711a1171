#include "cli/tiny_posts.h"

#include "core/error.h"
#include "files/durable.h"
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

/* Two processes may draw the same posts at once: each into a folder of its own, and the first to rename it wins. */
static axf_status draw(axf_arena *arena, const char *folder, axf_synth_format format)
{
    char error[512] = "";
    const char *part = axf_arena_printf(arena, "%s.%ld", folder, (long)getpid());
    const axf_status status = axf_synth_write(part, AXF_TINY_POSTS, 0, format, error, sizeof error);
    if (status != AXF_OK) {
        axf_fail(status, "--tiny: %s", error);
    } else if (rename(part, folder) == 0) {
        return AXF_OK;
    }
    axf_remove_tree(part);
    return status == AXF_OK && access(folder, R_OK) != 0 ? axf_fail_errno("--tiny: %s", folder) : status;
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
    struct stat program = {0};
    stat("/proc/self/exe", &program); /* a new build may draw otherwise */
    *folder = axf_arena_printf(arena, "%s/%s-%llx", tiny, axf_synth_format_name(format),
                               (unsigned long long)program.st_mtim.tv_sec);
    if (access(*folder, R_OK) == 0) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_make(tiny));
    return draw(arena, *folder, format);
}
