/* A run folder on disk: who holds it, where its files lie, and the files that grow while the run goes on.
 *
 * One process at a time writes into a run folder: it holds the folder's lock. The folder is the truth about a run; what
 * it holds is described in docs/formats.md. */
#ifndef AXF_RUN_FOLDER_H
#define AXF_RUN_FOLDER_H

#include "core/strbuf.h"
#include "files/durable.h"
#include "files/lock.h"
#include "report/tensorboard.h"

typedef struct axf_run_folder {
    char *path;
    axf_lock *lock;               /* NULL: opened for reading */
    axf_append *metrics, *events; /* metrics.csv and events.jsonl; NULL: opened for reading */
    axf_tensorboard *tensorboard; /* NULL until this start of the run writes its first value */
    int32_t finished;             /* 1: the run has come to its end */
} axf_run_folder;

/* Takes the path over, and looks whether the run has finished. A finished run's resume states are removed: its last
 * start may have been killed before it did so. With `read_only` nothing on disk is changed. */
axf_status axf_run_folder_find(axf_run_folder *folder, char *path, int read_only);

/* Makes and locks the folder, and opens the files that grow. `anew` removes all that an earlier start left. `spec` is
 * the text of spec.yml. */
axf_status axf_run_folder_open(axf_run_folder *folder, int anew, const axf_strbuf *spec);
void axf_run_folder_close(axf_run_folder *folder);

/* <folder>/<name>; the caller frees. */
char *axf_run_folder_file(const axf_run_folder *folder, const char *name);

/* Writes a whole file durably. */
axf_status axf_run_folder_write(const axf_run_folder *folder, const char *name, const axf_strbuf *text);

/* done.json: the run has finished. `summary` is its JSON text. Resume states are removed afterwards. */
axf_status axf_run_folder_finish(axf_run_folder *folder, const axf_strbuf *summary);

#endif
