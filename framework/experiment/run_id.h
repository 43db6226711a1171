/* The run id: eight hex digits that stand for all that a run's results depend on, but its seed. */
#ifndef AXF_EXPERIMENT_RUN_ID_H
#define AXF_EXPERIMENT_RUN_ID_H

#include "feed/feed.h"

enum { AXF_RUN_ID = 9 };

/* Options that differ from their defaults and matter, components with versions, content of weights and files. */
axf_status axf_identity_text(const axf_experiment *experiment, axf_hash_cache *hashes, axf_strbuf *out);

/* The same for one component: name, version, and those of its options that matter. */
axf_status axf_identity_component(const axf_instance *instance, axf_hash_cache *hashes, axf_strbuf *out);

/* Posts of all splits in use (ids, texts, targets) and, when asked for, the bytes of their images. */
axf_status axf_data_hash(const axf_posts *posts, axf_hash_cache *hashes, int with_images, axf_hash128 *hash);

void axf_run_id(const char *identity, axf_hash128 data, char id[AXF_RUN_ID]);

/* The posts of a run: read without images, splits drawn, and those outside of data.subset left out with a reason. The
 * caller frees `posts` also on error. */
axf_status axf_run_posts_read(axf_posts *posts, const axf_experiment *experiment);

/* Draws the splits of posts that have none, as data.split says. */
axf_status axf_run_posts_draw(axf_posts *posts, const axf_experiment *experiment);

/* identity_text, data_hash and run_id in one: what the run and the sweep that plans it must agree on. */
axf_status axf_run_identify(const axf_experiment *experiment, const axf_posts *posts, axf_hash_cache *hashes,
                            axf_hash128 *data, char id[AXF_RUN_ID]);

/* <output>/<name>/[<axis values>-]<run id>/s<seed>, the caller frees. axis_values NULL: outside of a sweep. */
char *axf_run_folder(const axf_experiment *experiment, const char *axis_values, const char *id, uint64_t seed);

#endif
