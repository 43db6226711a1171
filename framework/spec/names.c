#include "spec/names.h"

#include <string.h>

const char *axf_did_you_mean(axf_arena *arena, const axf_closest *closest)
{
    return closest->name != NULL ? axf_arena_printf(arena, "; did you mean '%s'?", closest->name) : "";
}

bool axf_name_is_one_of(const char *name, const char *const *names)
{
    for (uint32_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

axf_status axf_name_fail(axf_arena *arena, const axf_node *at, const char *name, const char *context, const char *what,
                         const char *const *names)
{
    axf_closest closest = {.word = name};
    for (uint32_t i = 0; names[i] != NULL; i++) {
        axf_closest_offer(&closest, names[i]);
    }
    return axf_node_fail(at, "%s '%.100s' is not a %s%s", context, name, what, axf_did_you_mean(arena, &closest));
}

axf_status axf_name_check(axf_arena *arena, const axf_node *key, const char *context, const char *what,
                          const char *const *names)
{
    return axf_name_is_one_of(key->text, names) ? AXF_OK : axf_name_fail(arena, key, key->text, context, what, names);
}
