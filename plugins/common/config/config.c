#include "common/config/config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BYTES = 16 << 20, KEY_SIZE = 64 };

const char *axf_config_path(const axf_host *host, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = host->allocate(host, size);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

bool axf_config_is_file(const char *weights)
{
    struct stat info;
    return weights != NULL && stat(weights, &info) == 0 && S_ISREG(info.st_mode);
}

axf_status axf_config_folder(const axf_host *host, const char *weights, const char *config, const char **folder)
{
    if (weights == NULL && config == NULL) {
        return host->fail(host, AXF_ERR_SPEC,
                          "`weights: random` needs `config:`, a folder with config.json and the files beside it");
    }
    const bool file = axf_config_is_file(weights);
    if (file && config == NULL) {
        return host->fail(host, AXF_ERR_SPEC,
                          "the weights %s are a file: name the folder of their config.json by `config:`", weights);
    }
    if (weights != NULL && config != NULL && !file) {
        return host->fail(host, AXF_ERR_SPEC,
                          "`config: %s` is for `weights: random`; the checkpoint %s has its own config.json", config,
                          weights);
    }
    *folder = config != NULL ? config : weights;
    return AXF_OK;
}

axf_status axf_config_open(axf_config *config, const axf_host *host, const char *folder, const char *name)
{
    *config = (axf_config){.host = host, .path = axf_config_path(host, folder, name)};
    char *bytes;
    size_t size;
    const axf_status status = host->read_file(host, config->path, MAX_BYTES, &bytes, &size);
    if (status != AXF_OK) {
        return status;
    }
    json_error_t error;
    config->root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (config->root == NULL) {
        return host->fail(host, AXF_ERR_FORMAT, "%s:%d:%d: not JSON: %s", config->path, error.line, error.column,
                          error.text);
    }
    if (!json_is_object(config->root)) {
        axf_config_close(config);
        return host->fail(host, AXF_ERR_FORMAT, "%s: holds no JSON object", config->path);
    }
    return AXF_OK;
}

axf_status axf_config_open_optional(axf_config *config, const axf_host *host, const char *folder, const char *name)
{
    const char *path = axf_config_path(host, folder, name);
    if (access(path, F_OK) != 0) {
        *config = (axf_config){.host = host, .path = path};
        return AXF_OK;
    }
    return axf_config_open(config, host, folder, name);
}

axf_status axf_config_close(axf_config *config)
{
    json_decref(config->root);
    config->root = NULL;
    return config->status;
}

/* Returns NULL when the key is absent or its value is null. */
static const json_t *find(const axf_config *config, const char *key)
{
    const json_t *value = config->root;
    for (const char *at = key; value != NULL;) {
        const char *dot = strchr(at, '.');
        char part[KEY_SIZE];
        snprintf(part, sizeof part, "%.*s", dot != NULL ? (int)(dot - at) : (int)strlen(at), at);
        value = json_object_get(value, part);
        if (dot == NULL) {
            break;
        }
        at = dot + 1;
    }
    return json_is_null(value) ? NULL : value;
}

static void refuse_type(axf_config *config, const char *key, const char *due)
{
    if (config->status == AXF_OK) {
        config->status =
            config->host->fail(config->host, AXF_ERR_FORMAT, "%s: '%s' must be %s", config->path, key, due);
    }
}

int axf_config_has(const axf_config *config, const char *key)
{
    return find(config, key) != NULL;
}

int axf_config_is_object(const axf_config *config, const char *key)
{
    return json_is_object(find(config, key));
}

int64_t axf_config_integer(axf_config *config, const char *key, int64_t fallback, int64_t min, int64_t max)
{
    const json_t *value = find(config, key);
    if (value == NULL) {
        return fallback;
    }
    if (!json_is_integer(value)) {
        refuse_type(config, key, "a whole number");
        return fallback;
    }
    const int64_t number = json_integer_value(value);
    if ((number < min || number > max) && config->status == AXF_OK) {
        config->status = config->host->fail(config->host, AXF_ERR_FORMAT, "%s: '%s' is %lld, must lie in %lld to %lld",
                                            config->path, key, (long long)number, (long long)min, (long long)max);
    }
    return number < min || number > max ? fallback : number;
}

double axf_config_real(axf_config *config, const char *key, double fallback, double min, double max)
{
    const json_t *value = find(config, key);
    if (value == NULL) {
        return fallback;
    }
    if (!json_is_number(value)) {
        refuse_type(config, key, "a number");
        return fallback;
    }
    const double number = json_number_value(value);
    if (!(number >= min && number <= max) && config->status == AXF_OK) {
        config->status = config->host->fail(config->host, AXF_ERR_FORMAT, "%s: '%s' is %g, must lie in %g to %g",
                                            config->path, key, number, min, max);
    }
    return number >= min && number <= max ? number : fallback;
}

bool axf_config_bool(axf_config *config, const char *key, bool fallback)
{
    const json_t *value = find(config, key);
    if (value == NULL) {
        return fallback;
    }
    if (!json_is_boolean(value)) {
        refuse_type(config, key, "true or false");
        return fallback;
    }
    return json_is_true(value);
}

void axf_config_triple(axf_config *config, const char *key, double above, float values[3])
{
    const json_t *list = find(config, key);
    if (list == NULL) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(list, i);
        const double number = json_number_value(value);
        if (json_array_size(list) != 3 || !json_is_number(value) || !isfinite(number) || !(number > above)) {
            refuse_type(config, key, above >= 0 ? "a list of three numbers above 0" : "a list of three numbers");
            return;
        }
        values[i] = (float)number;
    }
}

void axf_config_expect(axf_config *config, const char *key, const char *expected)
{
    const json_t *value = find(config, key);
    if (value == NULL) {
        return;
    }
    const char *text = json_string_value(value);
    if (text == NULL) {
        refuse_type(config, key, "a text");
    } else if (strcmp(text, expected) != 0 && config->status == AXF_OK) {
        config->status =
            config->host->fail(config->host, AXF_ERR_FORMAT, "%s: '%s' is '%.60s', and this encoder computes '%s' only",
                               config->path, key, text, expected);
    }
}
