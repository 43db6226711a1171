#include "train/groups.h"

#include "core/error.h"
#include "core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EPOCHS = 1000000 };

/* A '*' in the pattern stands for any text. */
static int matches(const char *pattern, const char *name)
{
    for (; *pattern != '\0'; pattern++, name++) {
        if (*pattern == '*') {
            for (; *name != '\0'; name++) {
                if (matches(pattern + 1, name)) {
                    return 1;
                }
            }
            return matches(pattern + 1, name);
        }
        if (*pattern != *name) {
            return 0;
        }
    }
    return *name == '\0';
}

static axf_status parse_frozen(const char *text, int32_t *epochs)
{
    char *end;
    if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0) {
        *epochs = 0;
        return AXF_OK;
    }
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0) {
        *epochs = -1;
        return AXF_OK;
    }
    const long n = strtol(text, &end, 10);
    if (end == text || n < 0 || n > MOST_EPOCHS ||
        (*end != '\0' && strcmp(end, " epochs") != 0 && strcmp(end, " epoch") != 0)) {
        return axf_fail(AXF_ERR_SPEC, "train.groups: frozen: '%s' is neither yes, no nor a number of epochs", text);
    }
    *epochs = (int32_t)n;
    return AXF_OK;
}

/* The index of the first group that matches the name; -1: none does. */
static int32_t group_of(const axf_experiment *experiment, const char *name)
{
    for (int32_t g = 0; g < experiment->group_count; g++) {
        if (matches(experiment->groups[g].match, name)) {
            return g;
        }
    }
    return -1;
}

static axf_status apply_group(const axf_settings_group *group, axf_param *param, axf_group_values *values)
{
    values->learning_rate = group->learning_rate;
    values->weight_decay = isnan(group->weight_decay) ? values->weight_decay : group->weight_decay;
    const axf_status status = parse_frozen(group->frozen, &values->frozen_epochs);
    if (values->frozen_epochs < 0) {
        param->trained = 0;
    }
    return status;
}

static axf_status matches_nothing(const axf_settings_group *group, const axf_params *params)
{
    axf_closest closest = {.word = group->match};
    for (int32_t i = 0; i < params->count; i++) {
        axf_closest_offer(&closest, params->items[i]->name);
    }
    return axf_fail(AXF_ERR_SPEC, "train.groups: \"%s\" matches no parameter%s%s%s", group->match,
                    closest.name != NULL ? "; did you mean \"" : "", closest.name != NULL ? closest.name : "",
                    closest.name != NULL ? "\"?" : "");
}

axf_status axf_groups_apply(const axf_experiment *experiment, axf_params *params, axf_group_values *values)
{
    uint8_t *used = axf_alloc_zero((size_t)experiment->group_count + 1, sizeof *used);
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < params->count && status == AXF_OK; i++) {
        axf_param *param = params->items[i];
        const int keeps_size = experiment->train.decay_exclusions && (param->spec.flags & AXF_PARAM_NO_DECAY);
        values[i] = (axf_group_values){.learning_rate = NAN, .weight_decay = keeps_size ? 0 : NAN};
        const int32_t g = group_of(experiment, param->name);
        if (g >= 0) {
            used[g] = 1;
            status = apply_group(&experiment->groups[g], param, &values[i]);
        }
    }
    for (int32_t g = 0; g < experiment->group_count && status == AXF_OK; g++) {
        status = used[g] ? AXF_OK : matches_nothing(&experiment->groups[g], params);
    }
    free(used);
    return status;
}

void axf_groups_begin_epoch(const axf_group_values *values, axf_params *params, int32_t epoch)
{
    for (int32_t i = 0; i < params->count; i++) {
        if (values[i].frozen_epochs > 0) {
            params->items[i]->trained = epoch >= values[i].frozen_epochs;
            params->items[i]->tensor.wants_gradient = params->items[i]->trained;
        }
    }
}
