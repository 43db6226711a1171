/* Where a checkpoint lies: a folder, or owner/name in the model folders. */
#ifndef AXF_SPEC_WEIGHTS_PATH_H
#define AXF_SPEC_WEIGHTS_PATH_H

#include "spec/node.h"

/* The folder, or file of weights, that `written` means, absolute:
 *   /a/b ./a ../a ~/a ${VAR}/a   a path, relative to the file it is written in
 *   owner/name[@revision]        in this order: $AUXFUSE_MODELS (default ./models), the Hugging Face cache
 *                                ($HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub; the commit named in
 *                                refs/main or refs/<revision>, or the revision itself), the folder of the file it is
 *                                written in
 * When it is nowhere the error lists where it was looked for. */
axf_status axf_weights_locate(axf_arena *arena, const axf_node *written, const char **folder);

/* The commit of a folder in the Hugging Face cache (…/snapshots/<commit>), NULL for any other folder. Borrowed. */
const char *axf_weights_commit(const char *folder);

#endif
