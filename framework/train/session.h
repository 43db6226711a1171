/* A session: one run put together and under way, from spec to results in its folder. */
#ifndef AXF_TRAIN_SESSION_H
#define AXF_TRAIN_SESSION_H

#include "core/clock.h"
#include "core/interrupt.h"
#include "experiment/run_id.h"
#include "experiment/run_posts.h"
#include "feed/feed.h"
#include "files/durable.h"
#include "files/lock.h"
#include "metrics/metrics.h"
#include "metrics/sums.h"
#include "model/batch.h"
#include "model/pairs.h"
#include "report/tensorboard.h"
#include "train/average.h"
#include "train/optimizer.h"

typedef struct axf_session_settings {
    int force;                /* start anew where a finished run lies */
    int dry_run;              /* stop before weights are read */
    const char *axis_values;  /* readable name of a sweep's point; "" outside of one */
    const char *trace;        /* folder for --trace, or NULL */
    int64_t stop_after_steps; /* bench: end after so many steps; 0: no */
    int quiet;                /* no progress line */
    int64_t threads;          /* fixed by a sweep; 0: as the spec or the machine says */
} axf_session_settings;

typedef struct axf_session {
    axf_session_settings settings;
    axf_experiment experiment;
    axf_posts posts;
    axf_model model;
    axf_feed feed;
    axf_optimizer optimizer;
    axf_average average;
    axf_tape *tape;
    const axf_backend *backend;
    void *backend_self;
    int32_t threads;
    axf_hash_cache *hashes;
    axf_hash128 data_hash;
    char run_id[AXF_RUN_ID];
    axf_extract_report extract;
    axf_pairs pairs; /* of the last pass, with --trace */

    int32_t *train; /* posts of the train split in data order, and the epoch's order */
    int32_t *order;
    int32_t train_count;

    /* the run folder (folder.c) */
    char *folder;
    axf_lock *lock;
    axf_append *metrics, *events, *trace;
    axf_tensorboard *tensorboard; /* NULL until this start writes its first value */
    int finished;                 /* 1: an earlier start had finished it */

    /* where it stands (loop.c, checkpoint.c) */
    int32_t epoch;    /* under way, from 0 */
    int32_t position; /* train posts of it that are done */
    axf_sums sums;    /* of the epoch under way */
    double best;      /* best validation metric so far; -1: none */
    int32_t best_epoch, bad_epochs;
    int64_t steps_since_checkpoint;
    double last_checkpoint; /* clock */
    double train_seconds;
    int64_t trained_posts;
} axf_session;

/* Reads posts, draws splits, finds or makes features, builds the model and its first values, opens and locks the run
 * folder (its results so far included). With dry_run: stops when parameters are declared. */
axf_status axf_session_open(axf_session *session, axf_registry *registry, const axf_node *spec, uint64_t seed,
                            const axf_session_settings *settings);

/* Trains from where the run stands to its end, and writes results. AXF_ERR_INTERRUPTED after a checkpoint. */
axf_status axf_session_run(axf_session *session);
void axf_session_close(axf_session *session);

/* ---- pieces ---- */
axf_status axf_session_open_backend(axf_session *session); /* of the experiment, with session->threads */

/* One pass over a split without training. logits: [count, classes] in order, or NULL. */
axf_status axf_session_evaluate(axf_session *session, const int32_t *order, int32_t count, axf_sums *sums,
                                float *logits);

/* The next optimiser step of the feed under way; logits has room for train.batch posts. */
axf_status axf_session_step(axf_session *session, float *logits);

/* folder.c */
void axf_folder_remove(const char *folder); /* a whole tree, e.g. a temporary one */
axf_status axf_session_open_folder(axf_session *session);
axf_status axf_session_write_environment(axf_session *session); /* at a run's first start; environment.c */
axf_status axf_session_write_metrics(axf_session *session, int32_t epoch, int32_t split, const axf_sums *sums);
/* One value for TensorBoard, under "<split>/<name>". */
axf_status axf_session_write_scalar(axf_session *session, int32_t epoch, const char *split, const char *name,
                                    double value);
axf_status axf_session_event(axf_session *session, const char *format, ...) AXF_PRINTF(2, 3); /* JSON members */
axf_status axf_session_write_predictions(axf_session *session, int32_t split, const int32_t *order, int32_t count,
                                         const float *logits);
/* outputs: reference (report/reference_files.h), from what the run folder holds; reference_outputs.c. */
axf_status axf_session_write_reference(const axf_session *session);
axf_status axf_session_finish_folder(axf_session *session); /* marks it done, removes what is not kept */

/* checkpoint.c */
axf_status axf_checkpoint_save(axf_session *session);
axf_status axf_checkpoint_restore(axf_session *session, int *found);
/* Resume states are not needed once a run is done. */
void axf_checkpoint_remove(axf_session *session);
/* Weights alone: checkpoints/<name>.safetensors. */
axf_status axf_checkpoint_save_weights(axf_session *session, const char *name);
axf_status axf_checkpoint_load_weights(axf_session *session, const char *name);
axf_status axf_checkpoint_read_weights(axf_session *session, const char *path); /* the same from any file */

#define axf_interrupted axf_interrupt_requested() /* until every room asks core/interrupt.h itself */

#endif
