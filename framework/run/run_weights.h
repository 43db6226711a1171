/* The checkpoints that a run was built on: recorded with content hashes, and found again where the run folder was moved
 * to another place or machine. */
#ifndef AXF_RUN_RUN_WEIGHTS_H
#define AXF_RUN_RUN_WEIGHTS_H

#include "experiment/contents.h"
#include "files/hash_cache.h"

struct json_t;

/* A list for environment.json of every folder or file whose content counts (AXF_OPT_FILE) but the dataset's:
 * {"part": "model.text", "option": "weights", "name": "owner/name" or the folder's own, "commit": …, "hash": …,
 * "files": {"config.json": hash, …}}. What is not there is left out. The caller gives the list back. */
axf_status axf_run_weights_record(const axf_experiment *experiment, axf_hash_cache *hashes, struct json_t **list);

/* Adds the entry of one folder or file to that list; none where it is not there. */
axf_status axf_run_weights_add(struct json_t *list, const char *part, const char *option, const char *name,
                               const char *path, axf_hash_cache *hashes);

/* The spec of a run with each recorded folder where it is now: as `given` says ("NAME=FOLDER", NAME a recorded name,
 * its last part, or a part such as model.text; NULL-terminated or NULL), else at the place in the spec, else by its
 * name under $AUXFUSE_MODELS or in the Hugging Face cache. Its files must have the recorded hashes; further files do
 * not count. AXF_ERR_IO, naming what is missing or differs and what to do. `run` is for messages. */
axf_status axf_run_weights_find(axf_arena *arena, const char *run, const axf_node *spec, const struct json_t *recorded,
                                const char *const *given, axf_hash_cache *hashes, const axf_node **found);

#endif
