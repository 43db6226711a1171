/* Options of verbs, and what every verb does first. */
#include "cli/cli.h"
#include "core/error.h"
#include "core/text.h"
#include "spec/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const axf_flag *find_flag(const axf_flag *flags, const char *argument, const char **value)
{
    *value = NULL;
    for (const axf_flag *flag = flags; flag->name != NULL; flag++) {
        const size_t length = strlen(flag->name);
        if (strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, flag->name, length) == 0 &&
            (argument[2 + length] == '\0' || argument[2 + length] == '=')) {
            *value = argument[2 + length] == '=' ? argument + 3 + length : NULL;
            return flag;
        }
        if (flag->letter != 0 && argument[0] == '-' && argument[1] == flag->letter) {
            *value = argument[2] != '\0' ? argument + 2 : NULL;
            return flag;
        }
    }
    return NULL;
}

static void append(const char ***list, const char *value)
{
    size_t count = 0;
    while (*list != NULL && (*list)[count] != NULL) {
        count++;
    }
    *list = axf_realloc(*list, (count + 2) * sizeof **list);
    (*list)[count] = value;
    (*list)[count + 1] = NULL;
}

static axf_status unknown(const axf_flag *flags, const char *argument)
{
    axf_closest closest = {.word = argument + strspn(argument, "-")};
    for (const axf_flag *flag = flags; flag->name != NULL; flag++) {
        axf_closest_offer(&closest, flag->name);
    }
    if (closest.name != NULL) {
        return axf_fail(AXF_ERR_USAGE, "unknown option '%s'; did you mean '--%s'?", argument, closest.name);
    }
    return axf_fail(AXF_ERR_USAGE, "unknown option '%s'; --help lists the options", argument);
}

axf_status axf_flags_parse(int argc, char **argv, const axf_flag *flags, char ***rest, int *rest_count)
{
    int kept = 1, all = 0;
    for (int i = 1; i < argc; i++) {
        char *argument = argv[i];
        if (all || argument[0] != '-' || argument[1] == '\0') {
            argv[kept++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            all = 1;
            continue;
        }
        const char *value;
        const axf_flag *flag = find_flag(flags, argument, &value);
        if (flag == NULL) {
            return unknown(flags, argument);
        }
        if (flag->flag != NULL) {
            if (value != NULL) {
                return axf_fail(AXF_ERR_USAGE, "--%s takes no value", flag->name);
            }
            *flag->flag = true;
            continue;
        }
        if (value == NULL && ++i == argc) {
            return axf_fail(AXF_ERR_USAGE, "--%s needs a value", flag->name);
        }
        value = value != NULL ? value : argv[i];
        if (flag->list != NULL) {
            append(flag->list, value);
        } else {
            *flag->value = value;
        }
    }
    *rest = argv + 1;
    *rest_count = kept - 1;
    return AXF_OK;
}

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
    uint32_t count = 0;
    while (settings != NULL && settings[count] != NULL) {
        count++;
    }
    if (file_count == 0) {
        return axf_fail(AXF_ERR_USAGE,
                        "no spec was given: name a YAML file, e.g. experiments/quickstart/attention.yml");
    }
    return axf_spec_load(arena, (const char *const *)files, (uint32_t)file_count, settings, count, spec);
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
