/* A model folder's JSON files (config.json and its like), read key by key with types and ranges checked.
 *
 * The first value that is refused records a message that names the file and the key, and its status stays: so the
 * values can be read one after the other without a check, and axf_config_close returns that status. A dot in a key
 * leads into an object: "size.height". */
#ifndef AXF_COMMON_CONFIG_CONFIG_H
#define AXF_COMMON_CONFIG_CONFIG_H

#include "auxfuse/plugin.h"

struct json_t;

typedef struct axf_config {
    const axf_host *host;
    const char *path;    /* of the file, in memory that lives as long as the component's self */
    struct json_t *root; /* NULL: the file is not there */
    axf_status status;
} axf_config;

/* Returns "folder/name" in memory of the host. [describe] [declare] */
const char *axf_config_path(const axf_host *host, const char *folder, const char *name);

/* Whether a checkpoint is a single file. The identity of such a checkpoint is its content alone, so that the files
 * beside it are not read. */
bool axf_config_is_file(const char *weights);

/* Sets *folder to where config.json and the vocabulary lie: the checkpoint itself where it is a folder, or the option
 * `config` where the checkpoint is a file or `random` (NULL). AXF_ERR_SPEC when both a folder and `config` are given,
 * or neither. */
axf_status axf_config_folder(const axf_host *host, const char *weights, const char *config, const char **folder);

/* Opens folder/name. Refuses a file that is missing or does not hold a JSON object. */
axf_status axf_config_open(axf_config *config, const axf_host *host, const char *folder, const char *name);
/* The same for a file that may be missing: root is NULL then, and every getter returns its fallback. */
axf_status axf_config_open_optional(axf_config *config, const axf_host *host, const char *folder, const char *name);
/* Frees what was read and returns the status of the first refused value. */
axf_status axf_config_close(axf_config *config);

int axf_config_has(const axf_config *config, const char *key); /* 0 also where it is null */
int axf_config_is_object(const axf_config *config, const char *key);

/* The value within [min, max], or `fallback` where the key is absent or null. */
int64_t axf_config_integer(axf_config *config, const char *key, int64_t fallback, int64_t min, int64_t max);
double axf_config_real(axf_config *config, const char *key, double fallback, double min, double max);
bool axf_config_bool(axf_config *config, const char *key, bool fallback);
/* Reads three numbers, each of which must be greater than `above`. Leaves `values` as they are where the key is
 * absent. */
void axf_config_triple(axf_config *config, const char *key, double above, float values[3]);
/* Refuses a value other than `expected`. An absent key is accepted. */
void axf_config_expect(axf_config *config, const char *key, const char *expected);

#endif
