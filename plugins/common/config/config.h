/* A model folder's JSON files (config.json and its like), read key by key with types and ranges checked.
 *
 * The first value that is refused records a message naming file and key, and its status sticks: values are read one
 * after the other, and axf_config_close tells how it went. Keys reach into objects by dots: "size.height". */
#ifndef AXF_COMMON_CONFIG_CONFIG_H
#define AXF_COMMON_CONFIG_CONFIG_H

#include "auxfuse/plugin.h"

struct json_t;

typedef struct axf_config {
    const axf_host *host;
    const char *path;    /* of the file; lives as long as the component's self */
    struct json_t *root; /* NULL: the file is not there */
    axf_status status;
} axf_config;

/* "folder/name" in memory of the host. [describe] [declare] */
const char *axf_config_path(const axf_host *host, const char *folder, const char *name);

/* Whether a checkpoint is a single file, whose content alone is its identity: what lies beside it is not read. */
bool axf_config_is_file(const char *weights);

/* Where config.json and the vocabulary lie: the checkpoint where it is a folder, the option `config` where it is a file
 * or `random` (NULL). AXF_ERR_SPEC when a folder and `config`, or neither, are given. */
axf_status axf_config_folder(const axf_host *host, const char *weights, const char *config, const char **folder);

/* Opens folder/name. A file that must be there and is not, or is no JSON object, is refused. */
axf_status axf_config_open(axf_config *config, const axf_host *host, const char *folder, const char *name);
/* The same where the file may be absent: root is then NULL and every getter gives its fallback. */
axf_status axf_config_open_optional(axf_config *config, const axf_host *host, const char *folder, const char *name);
/* Frees what was read and returns the status of the first refused value. */
axf_status axf_config_close(axf_config *config);

int axf_config_has(const axf_config *config, const char *key); /* 0 also where it is null */
int axf_config_is_object(const axf_config *config, const char *key);

/* The value within [min, max], or `fallback` where the key is absent or null. */
int64_t axf_config_integer(axf_config *config, const char *key, int64_t fallback, int64_t min, int64_t max);
double axf_config_real(axf_config *config, const char *key, double fallback, double min, double max);
bool axf_config_bool(axf_config *config, const char *key, bool fallback);
/* Three numbers, left alone where the key is absent. Each must lie above `above`. */
void axf_config_triple(axf_config *config, const char *key, double above, float values[3]);
/* Refuses a value other than `expected` (absent counts as expected), saying so. */
void axf_config_expect(axf_config *config, const char *key, const char *expected);

#endif
