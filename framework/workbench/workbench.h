/* The workbench: an experiment made ready to compute, with nothing of training in it.
 *
 * Training, prediction, extraction, export and the audit of a data set all need the same things: the parsed experiment,
 * its posts, a backend, the model with its weights, a tape to compute on, and a feed that turns posts into batches. The
 * workbench owns them. A zeroed workbench may be closed. */
#ifndef AXF_WORKBENCH_WORKBENCH_H
#define AXF_WORKBENCH_WORKBENCH_H

#include "features/extract.h"
#include "feed/feed.h"
#include "files/hash_cache.h"
#include "model/model.h"
#include "posts/posts.h"
#include "tensor/tape.h"

typedef struct axf_workbench {
    axf_experiment experiment;
    axf_posts posts;
    const axf_backend *backend; /* NULL until it is opened */
    void *backend_self;
    axf_model model;
    axf_tape *tape; /* NULL until the model is built */
    axf_feed feed;
    axf_hash_cache *hashes;
    int32_t threads;             /* compute threads; set when the backend is opened */
    axf_features_report extract; /* what was found out about the images of the posts */
} axf_workbench;

/* Parses the spec and opens the hash cache. Nothing heavy is loaded. */
axf_status axf_workbench_open(axf_workbench *bench, axf_registry *registry, const axf_node *spec, uint64_t seed);
void axf_workbench_close(axf_workbench *bench);

/* Reads the posts of the run, and logs how many records of the data were left out and why. */
axf_status axf_workbench_read_posts(axf_workbench *bench);

/* Opens the backend of the experiment with `threads` compute threads; 0 means what the spec or the machine says. */
axf_status axf_workbench_open_backend(axf_workbench *bench, int32_t threads);

typedef struct axf_workbench_model {
    int32_t classes, multi_label; /* of the posts that the model classifies */
    int32_t whole;                /* 1: each encoder gives all that it can, also what this experiment never reads */
    int32_t declared_only;        /* 1: no weights are read, and there is no tape */
} axf_workbench_model;

/* Opens the backend, if it is not open, and builds the model on it: described, declared, and unless `declared_only` is
 * set, given its first values and a tape. */
axf_status axf_workbench_build(axf_workbench *bench, const axf_workbench_model *model);

/* The tape for a built model, without gradients that are kept. */
axf_status axf_workbench_open_tape(axf_workbench *bench);

#endif
