/* The trainer: one run under way. It owns a workbench to compute on, the run folder that its results go to, the
 * optimiser, and the state that a checkpoint saves. Types only; train/open.h makes one, train/loop.h runs it. */
#ifndef AXF_TRAIN_TRAINER_H
#define AXF_TRAIN_TRAINER_H

#include "experiment/run_id.h"
#include "metrics/sums.h"
#include "model/pairs.h"
#include "run/folder.h"
#include "train/average.h"
#include "train/clip.h"
#include "train/optimizer.h"
#include "workbench/workbench.h"

typedef struct axf_trainer_settings {
    int force;                /* 1: start anew where a run lies */
    int dry_run;              /* 1: stop before weights are read, and change nothing on disk */
    const char *axis_values;  /* the readable name of a sweep's point; NULL or "" outside of a sweep */
    const char *trace;        /* folder for --trace, or NULL */
    int64_t stop_after_steps; /* end, unfinished, after so many optimiser steps; 0: train to the end */
    int32_t threads;          /* fixed by a sweep; 0: as the spec or the machine says */
} axf_trainer_settings;

/* Where the run stands. */
typedef struct axf_progress_state {
    int32_t epoch;    /* under way, from 0 */
    int32_t position; /* train posts of the epoch that are done */
    axf_sums sums;    /* of the epoch under way */
    double train_seconds;
    int64_t trained_posts;
} axf_progress_state;

/* Which epoch was best by the validation metric. */
typedef struct axf_selection {
    double best;        /* best value so far; -1: none */
    int32_t best_epoch; /* -1: none */
    int32_t bad_epochs; /* evaluations since then */
} axf_selection;

/* When the last checkpoint was saved. Not part of what is saved. */
typedef struct axf_saving {
    int64_t steps;  /* since then */
    double seconds; /* on the monotonic clock */
} axf_saving;

typedef struct axf_trainer {
    axf_trainer_settings settings;
    axf_workbench bench;
    axf_run_folder folder;
    char run_id[AXF_RUN_ID];
    axf_hash128 data_hash;
    axf_optimizer optimizer;
    axf_clip clip;
    axf_average average;
    int32_t *train; /* [train_count] posts of the train split in data order */
    int32_t *order; /* [train_count] the order of the epoch under way */
    int32_t train_count;
    axf_progress_state at;
    axf_selection selection;
    axf_saving saving;
    axf_append *trace; /* NULL: no trace is written */
    axf_pairs pairs;   /* what a pair loss drew in the step under way; for the trace */
} axf_trainer;

#endif
