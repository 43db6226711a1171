/* events.jsonl of a run: what happened and when. It alone may hold times, so that all else is reproducible to the bit.
 */
#ifndef AXF_RUN_EVENTS_H
#define AXF_RUN_EVENTS_H

#include "run/folder.h"

/* Appends {"time": seconds since 1970, <members>}; `format` gives the members as JSON text. */
axf_status axf_run_event(axf_run_folder *folder, const char *format, ...) AXF_PRINTF(2, 3);

#endif
