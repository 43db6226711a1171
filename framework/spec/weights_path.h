/* Finds a checkpoint: a folder, or owner/name in the folders of models. */
#ifndef AXF_SPEC_WEIGHTS_PATH_H
#define AXF_SPEC_WEIGHTS_PATH_H

#include "spec/node.h"

/* Gives the absolute path of the folder, or of the file of weights, that `written` means:
 *   /a/b ./a ../a ~/a ${VAR}/a   a path, relative to the file in which it is written
 *   owner/name[@revision]        in this order: $AUXFUSE_MODELS (default ./models), the Hugging Face cache
 *                                ($HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub; the commit named in
 *                                refs/main or refs/<revision>, or the revision itself), the folder of the file it is
 *                                written in
 * AXF_ERR_SPEC when it is not found: the error lists the places that were searched. AXF_ERR_IO when the system cannot
 * tell whether it is at one of them. */
axf_status axf_weights_locate(axf_arena *arena, const axf_node *written, const char **folder);

/* The commit of a folder in the Hugging Face cache (…/snapshots/<commit>); NULL for any other folder. It is a part of
 * `folder`. */
const char *axf_weights_commit(const char *folder);

#endif
