#include "cli/common.h"

#include "core/error.h"
#include "core/text.h"
#include "spec/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

axf_status axf_cli_registry(axf_registry *registry, const char *const *plugin_files)
{
    for (int i = 0; plugin_files != NULL && plugin_files[i] != NULL; i++) {
        AXF_TRY(axf_registry_add_file(registry, plugin_files[i]));
    }
    return axf_registry_add_defaults(registry);
}

axf_status axf_cli_spec(axf_arena *arena, char **files, int file_count, const char *const *settings,
                        const axf_node **spec)
{
    if (file_count == 0) {
        return axf_fail(AXF_ERR_USAGE,
                        "no spec was given: name a YAML file, e.g. experiments/quickstart/attention.yml");
    }
    return axf_spec_load(arena, (const char *const *)files, (uint32_t)file_count, settings, axf_setting_count(settings),
                         spec);
}

int axf_cli_fail(axf_status status)
{
    const char *message = axf_error_message();
    const int placed = axf_error_get()->file[0] != '\0'; /* then the message begins with the place and says "error:" */
    axf_strbuf text = {0};
    for (const char *line = message; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        axf_terminal_put(&text, line, length);
        line += length;
        if (*line == '\n') {
            axf_strbuf_putc(&text, '\n');
            line++;
        }
    }
    fprintf(stderr, "%s%s\n", placed ? "" : "auxfuse: error: ", axf_strbuf_text(&text));
    axf_strbuf_free(&text);
    return status == AXF_ERR_INTERRUPTED ? 130 : status == AXF_ERR_USAGE || status == AXF_ERR_SPEC ? 2 : 1;
}

int axf_cli_end(axf_status status, const char **settings, const char **plugins)
{
    free(settings);
    free(plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}
