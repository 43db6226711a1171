#include "model/freeze.h"

#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "model/load_weights.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int axf_freeze_keeps_trained(const axf_instance *instance, int32_t i, int missing)
{
    const uint32_t flags = instance->declared[i]->spec.flags;
    return missing && instance->declared_folder[i] != NULL && (flags & (AXF_PARAM_OPTIONAL | AXF_PARAM_NEW)) &&
           !(flags & AXF_PARAM_BUFFER);
}

static axf_status freeze_all(axf_instance *instance)
{
    uint8_t *missing = axf_alloc_zero((size_t)instance->declared_count + 1, 1);
    const axf_status status = axf_weights_find_missing(instance, missing);
    for (int32_t i = 0; i < instance->declared_count && status == AXF_OK; i++) {
        axf_param *param = instance->declared[i];
        param->trained = axf_freeze_keeps_trained(instance, i, missing[i]);
        if (param->trained) {
            axf_log(AXF_LOG_INFO, "%s: '%s' is not in the checkpoint: it is trained, though the encoder is frozen",
                    instance->prefix, param->spec.name);
        }
    }
    free(missing);
    return status;
}

static int is_of_layer(const char *parameter, const char *layer)
{
    const size_t length = strlen(layer);
    return strncmp(parameter, layer, length) == 0 && (parameter[length] == '.' || parameter[length] == '\0');
}

/* How much of a parameter's name is the name of its layer: "encoder.layer.3" of "encoder.layer.3.output.dense.weight",
 * and "embeddings" of "embeddings.norm.weight". It ends with the first number, or else with the first word. */
static size_t layer_length(const char *parameter)
{
    const size_t first = strcspn(parameter, ".");
    for (size_t at = first; parameter[at] == '.'; at += 1 + strcspn(parameter + at + 1, ".")) {
        if (isdigit((unsigned char)parameter[at + 1])) {
            return at + 1 + strcspn(parameter + at + 1, ".");
        }
    }
    return first;
}

/* Fails with the names of the layers; of a run of layers that differ in their number it names the first and the last. */
static axf_status unknown_layer(axf_instance *instance, const char *layer)
{
    axf_arena *arena = &instance->arena;
    axf_strbuf list = {0};
    axf_closest closest = {.word = layer};
    const char *last = "";
    size_t last_stem = 0;
    int skipped = 0;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        const char *name = instance->declared[i]->spec.name;
        if (last[0] != '\0' && is_of_layer(name, last)) {
            continue;
        }
        const char *here = axf_arena_copy_n(arena, name, layer_length(name));
        const char *dot = strrchr(here, '.');
        const size_t stem = dot != NULL ? (size_t)(dot - here) : strlen(here);
        axf_closest_offer(&closest, here);
        if (stem == last_stem && dot != NULL && strncmp(here, last, stem) == 0) {
            skipped = 1;
        } else {
            axf_strbuf_printf(&list, "%s%s%s%s", skipped ? " … " : "", skipped ? last : "", list.length > 0 ? ", " : "",
                              here);
            skipped = 0;
        }
        last = here;
        last_stem = stem;
    }
    axf_strbuf_printf(&list, "%s%s", skipped ? " … " : "", skipped ? last : "");
    axf_fail(AXF_ERR_SPEC, "freeze_until: there is no layer '%s'%s%s%s; there are %s", layer,
             closest.name != NULL ? "; did you mean '" : "", closest.name != NULL ? closest.name : "",
             closest.name != NULL ? "'?" : "", axf_strbuf_text(&list));
    axf_strbuf_free(&list);
    return axf_instance_context(instance, AXF_ERR_SPEC);
}

static axf_status freeze_until(axf_instance *instance, const char *layer)
{
    int32_t last = -1;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        if (is_of_layer(instance->declared[i]->spec.name, layer)) {
            last = i;
        }
    }
    if (last < 0) {
        return unknown_layer(instance, layer);
    }
    for (int32_t i = 0; i <= last; i++) {
        instance->declared[i]->trained = 0;
    }
    return AXF_OK;
}

void axf_freeze_nothing(axf_instance *instance)
{
    for (int32_t i = 0; i < instance->declared_count; i++) {
        instance->declared[i]->trained = !(instance->declared[i]->spec.flags & AXF_PARAM_BUFFER);
    }
}

axf_status axf_freeze(axf_instance *instance, const axf_settings_encoder *settings, int32_t *trained)
{
    *trained = 0;
    if (settings->frozen && settings->freeze_until != NULL) {
        axf_fail(AXF_ERR_SPEC, "frozen: true freezes all of it: leave freeze_until out, or frozen");
        return axf_instance_context(instance, AXF_ERR_SPEC);
    }
    axf_freeze_nothing(instance);
    if (settings->frozen) {
        AXF_TRY(freeze_all(instance));
    } else if (settings->freeze_until != NULL) {
        AXF_TRY(freeze_until(instance, settings->freeze_until));
    }
    for (int32_t i = 0; i < instance->declared_count; i++) {
        *trained += instance->declared[i]->trained;
    }
    return AXF_OK;
}
