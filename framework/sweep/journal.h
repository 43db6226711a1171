/* The journal of a sweep: who did what, in one file a worker, so that nobody shares an append.
 *
 * <folder>/journal/<worker>.jsonl, a line a record: {"length": N, "xxh3": "…", "record": {…}}, N and the checksum
 * (XXH3-128) over the bytes of the record; flushed before the next step is taken. Readers merge all files; from the
 * first line of a file that does not check, the rest of it is skipped with a notice and never repaired, since its
 * writer may live.
 *
 * <folder>/threads.json fixes the compute threads of every run at the sweep's first start: they decide bits. */
#ifndef AXF_SWEEP_JOURNAL_H
#define AXF_SWEEP_JOURNAL_H

#include "auxfuse/status.h"

#include <stdint.h>

enum { AXF_RUN_PENDING = 0, AXF_RUN_RUNNING, AXF_RUN_INTERRUPTED, AXF_RUN_FAILED, AXF_RUN_DONE };

/* "pending", "running", … */
const char *axf_run_state_name(int32_t state);

typedef struct axf_journal_entry {
    char *run; /* "<run id>-s<seed>" */
    int32_t state;
    uint64_t epoch; /* of the claim it was done under */
    double seconds; /* of the process that ended; 0 when it began */
    char *message;  /* why it failed, "" else */
    char *worker;
    int32_t order; /* of reading */
} axf_journal_entry;

typedef struct axf_journal_view { /* the latest entry of each run, sorted by run */
    axf_journal_entry *items;
    int32_t count, capacity;
    int64_t skipped; /* files with a bad tail */
} axf_journal_view;

/* A folder that does not exist is an empty journal. */
axf_status axf_journal_read(const char *folder, axf_journal_view *view);
/* NULL: nothing is known of it. */
const axf_journal_entry *axf_journal_find(const axf_journal_view *view, const char *run);
void axf_journal_view_free(axf_journal_view *view);

typedef struct axf_journal axf_journal;

/* The file is made with the first record. */
axf_status axf_journal_open(const char *folder, const char *worker, axf_journal **journal);
axf_status axf_journal_add(axf_journal *journal, const char *run, int32_t state, uint64_t epoch, double seconds,
                           const char *message);
axf_status axf_journal_close(axf_journal *journal);

/* The first to ask fixes the count for all. */
axf_status axf_sweep_threads(const char *folder, const char *worker, int32_t wanted, int32_t *threads);

#endif
