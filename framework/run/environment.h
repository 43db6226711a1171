/* environment.json of a run: what a reader needs to tell the surroundings of two runs apart. It is recorded at the
 * first start and is never part of the run id. */
#ifndef AXF_RUN_ENVIRONMENT_H
#define AXF_RUN_ENVIRONMENT_H

#include "core/hash.h"
#include "experiment/contents.h"
#include "files/hash_cache.h"
#include "posts/posts.h"
#include "run/folder.h"

typedef struct axf_environment {
    const axf_experiment *experiment;
    const axf_posts *posts;
    axf_hash_cache *hashes;
    const char *run_id;
    axf_hash128 data_hash;
    int32_t threads;
    const char *backend; /* its own name, with version and machine */
} axf_environment;

/* Writes the file where the folder has none. */
axf_status axf_run_environment_write(const axf_run_folder *folder, const axf_environment *environment);

/* The thread count that the run was first started with, which decides its bits. `threads` stays what it is where the
 * folder has no environment.json yet. */
axf_status axf_run_environment_threads(const axf_run_folder *folder, int32_t *threads);

#endif
