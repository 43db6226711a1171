#include "cli/flags.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

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

axf_status axf_flag_number(const char *name, const char *text, uint64_t fallback, uint64_t most, uint64_t *value)
{
    char *end;
    *value = fallback;
    if (text == NULL) {
        return AXF_OK;
    }
    *value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || *value > most) {
        return axf_fail(AXF_ERR_USAGE, "--%s: '%s' is not a whole number up to %llu", name, text,
                        (unsigned long long)most);
    }
    return AXF_OK;
}
