/* The identity of an experiment: the text of all settings on which its results depend. Two specs that write the same
 * experiment in different ways have the same identity. */
#ifndef AXF_EXPERIMENT_IDENTITY_H
#define AXF_EXPERIMENT_IDENTITY_H

#include "core/strbuf.h"
#include "experiment/contents.h"
#include "files/hash_cache.h"

/* Appends the options that differ from their defaults and change results, the components with their versions, and the
 * content hashes of weights and other files. The seed is not part of it. */
axf_status axf_identity_text(const axf_experiment *experiment, axf_hash_cache *hashes, axf_strbuf *out);

/* Appends the part of one component: its name, its version, and those of its options that change results. */
axf_status axf_identity_component(const axf_instance *instance, axf_hash_cache *hashes, axf_strbuf *out);

#endif
