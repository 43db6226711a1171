#include "plugin/instance.h"

#include "core/error.h"
#include "core/log.h"
#include "core/philox.h"
#include "core/text.h"
#include "files/read.h"
#include "plugin/tensor_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static axf_instance *instance_of(const axf_host *host)
{
    return host->context;
}

static axf_status host_fail(const axf_host *host, axf_status status, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

static void host_log(const axf_host *host, int32_t level, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    axf_log((axf_log_level)level, "%s: %s", instance_of(host)->prefix, text);
}

static void *host_allocate(const axf_host *host, size_t size)
{
    return axf_arena_alloc(&instance_of(host)->arena, size);
}

static axf_status host_read_file(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size)
{
    int fd;
    uint64_t length = 0;
    AXF_TRY(axf_open_regular(path, &fd, &length));
    axf_status status = AXF_OK;
    if (length > limit) {
        status = axf_fail(AXF_ERR_FORMAT, "%s: %llu bytes, more than the %zu allowed", path, (unsigned long long)length,
                          limit);
    } else {
        *size = (size_t)length;
        *bytes = axf_arena_alloc(&instance_of(host)->arena, *size + 1);
        status = axf_read_exact(fd, path, 0, *bytes, *size);
    }
    close(fd);
    return status;
}

static axf_tensor *host_parameter(const axf_host *host, const axf_parameter *spec)
{
    axf_instance *instance = instance_of(host);
    if (instance->params == NULL) {
        axf_fail(AXF_ERR_PLUGIN, "declares parameter '%s' outside of declare", spec->name);
        return NULL;
    }
    axf_param *param;
    if (axf_params_add(instance->params, instance->prefix, spec, &param) != AXF_OK) {
        return NULL;
    }
    if (instance->declared_count == instance->declared_capacity) {
        instance->declared_capacity = instance->declared_capacity > 0 ? instance->declared_capacity * 2 : 64;
        const size_t capacity = (size_t)instance->declared_capacity;
        instance->declared = axf_realloc(instance->declared, capacity * sizeof *instance->declared);
        instance->declared_folder =
            axf_realloc(instance->declared_folder, capacity * sizeof *instance->declared_folder);
    }
    instance->declared[instance->declared_count] = param;
    instance->declared_folder[instance->declared_count++] = instance->weights_folder;
    return &param->tensor;
}

static axf_status host_weights(const axf_host *host, const char *folder)
{
    axf_instance *instance = instance_of(host);
    instance->weights_folder = folder != NULL ? axf_arena_copy(&instance->arena, folder) : NULL;
    return AXF_OK;
}

static axf_status host_key_rule(const axf_host *host, int32_t kind, const char *from, const char *to)
{
    axf_instance *instance = instance_of(host);
    if (kind < AXF_KEY_PREFIX || kind > AXF_KEY_IGNORE || from == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "key rule of kind %d", kind);
    }
    if (instance->rule_count == instance->rule_capacity) {
        instance->rule_capacity = instance->rule_capacity > 0 ? instance->rule_capacity * 2 : 8;
        instance->rules = axf_realloc(instance->rules, (size_t)instance->rule_capacity * sizeof *instance->rules);
    }
    instance->rules[instance->rule_count++] = (axf_key_rule){kind, axf_arena_copy(&instance->arena, from),
                                                             axf_arena_copy(&instance->arena, to != NULL ? to : "")};
    return AXF_OK;
}

static void host_uniform(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                         float *numbers)
{
    const axf_instance *instance = instance_of(host);
    char scope[256];
    snprintf(scope, sizeof scope, "%s/%d", instance->prefix, pass->scope);
    const axf_random_key key = axf_random_key_make(instance->seed, scope, name);
    for (int32_t i = 0; i < count; i += 4) {
        uint32_t draw[4];
        axf_philox(draw, key, (uint32_t)pass->step, (uint32_t)slot, (uint32_t)(i / 4), 0);
        for (int32_t lane = 0; lane < 4 && i + lane < count; lane++) {
            numbers[i + lane] = axf_random_unit(draw[lane]);
        }
    }
}

axf_status axf_instance_init(axf_instance *instance, axf_registered *component, const char *prefix, uint64_t seed)
{
    *instance = (axf_instance){.component = component, .seed = seed, .position = ""};
    instance->host = (axf_host){
        .struct_size = sizeof(axf_host),
        .context = instance,
        .fail = host_fail,
        .log = host_log,
        .allocate = host_allocate,
        .read_file = host_read_file,
        .parameter = host_parameter,
        .weights = host_weights,
        .key_rule = host_key_rule,
        .uniform = host_uniform,
    };
    axf_tensor_file_entries(&instance->host);
    instance->prefix = axf_arena_copy(&instance->arena, prefix);
    const axf_options *options = component->component.options;
    instance->options = axf_arena_alloc(&instance->arena, options != NULL ? options->size : 1);
    return axf_component_open(component, &instance->vtable);
}

void axf_instance_free(axf_instance *instance)
{
    free(instance->rules);
    free(instance->declared);
    free(instance->declared_folder);
    axf_arena_free(&instance->arena);
    *instance = (axf_instance){0};
}

axf_status axf_instance_context(const axf_instance *instance, axf_status status)
{
    const axf_kind *kind = instance->component->kind;
    if (status != AXF_OK && instance->position[0] != '\0') {
        axf_context(status, "%s: %s '%s'", instance->position, kind->label, instance->component->component.name);
    } else if (status != AXF_OK) {
        axf_context(status, "%s '%s'", kind->label, instance->component->component.name);
    }
    return status;
}

const char *axf_instance_key(const axf_instance *instance, const char *name, char *buffer, size_t size)
{
    char fresh[512];
    snprintf(buffer, size, "%s", name);
    for (int32_t i = 0; i < instance->rule_count; i++) {
        const axf_key_rule *rule = &instance->rules[i];
        const size_t length = strlen(rule->from);
        const int at_front = strncmp(buffer, rule->from, length) == 0;
        if (rule->kind == AXF_KEY_IGNORE && at_front) {
            return NULL;
        }
        if (rule->kind == AXF_KEY_PREFIX && at_front) {
            snprintf(fresh, sizeof fresh, "%s%s", rule->to, buffer + length);
            snprintf(buffer, size, "%s", fresh);
        } else if (rule->kind == AXF_KEY_SUFFIX && axf_text_ends_with(buffer, rule->from)) {
            snprintf(fresh, sizeof fresh, "%.*s%s", (int)(strlen(buffer) - length), buffer, rule->to);
            snprintf(buffer, size, "%s", fresh);
        }
    }
    return buffer;
}
