/* The id of a run: eight hex digits that stand for everything on which the results depend, except the seed.
 *
 * It is made here and nowhere else, so that a run and the sweep that plans it agree on it. */
#ifndef AXF_EXPERIMENT_RUN_ID_H
#define AXF_EXPERIMENT_RUN_ID_H

#include "experiment/contents.h"
#include "files/hash_cache.h"
#include "posts/posts.h"

enum { AXF_RUN_ID = 9 }; /* bytes, with the NUL */

/* Makes the id from the identity of the experiment (experiment/identity.h) and the hash of its posts, which also goes
 * to *data: ids, texts and targets of all posts that are in a split, and the bytes of their images where the experiment
 * looks at images. An image that cannot be read counts as an absent one. */
axf_status axf_run_identify(const axf_experiment *experiment, const axf_posts *posts, axf_hash_cache *hashes,
                            axf_hash128 *data, char id[AXF_RUN_ID]);

#endif
