/* The journal of a sweep records what each worker did. Each worker has its own file, so that no two processes append to
 * the same one.
 *
 * The file is <folder>/journal/<worker>.jsonl, and each line is a record: {"length": N, "xxh3": "…", "record": {…}},
 * where N and the checksum (XXH3-128) are those of the bytes of the record. A record is flushed before the next step.
 * Readers merge all files. When a line does not match its length or checksum, the rest of the file is skipped with a
 * warning. It is never repaired, since its writer may be alive.
 *
 * <folder>/threads.json fixes the number of compute threads of every run at the sweep's first start, since the bits of
 * results depend on it. */
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
    uint64_t epoch; /* of the claim under which it was done */
    double seconds; /* of the process that ended; 0 when it began */
    char *message;  /* why it failed, or "" */
    char *worker;
    int32_t order; /* of reading */
} axf_journal_entry;

typedef struct axf_journal_view { /* the latest entry of each run, sorted by run */
    axf_journal_entry *items;
    int32_t count, capacity;
    int64_t skipped; /* files of which the end was skipped */
} axf_journal_view;

/* Reads all files. A folder that does not exist is an empty journal. */
axf_status axf_journal_read(const char *folder, axf_journal_view *view);
/* The entry of a run; NULL when there is none. */
const axf_journal_entry *axf_journal_find(const axf_journal_view *view, const char *run);
void axf_journal_view_free(axf_journal_view *view);

typedef struct axf_journal axf_journal;

/* The file is made with the first record. */
axf_status axf_journal_open(const char *folder, const char *worker, axf_journal **journal);
axf_status axf_journal_add(axf_journal *journal, const char *run, int32_t state, uint64_t epoch, double seconds,
                           const char *message);
axf_status axf_journal_close(axf_journal *journal);

/* Gives the number of threads for all workers: the first one that asks decides it by `threads`. */
axf_status axf_sweep_threads(const char *folder, const char *worker, int32_t wanted, int32_t *threads);

#endif
