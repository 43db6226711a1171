/* What a run says on standard error: messages, and one line of progress beneath them on a terminal. Any thread.
 *
 * Text is escaped for the terminal (text.h): a post or a file name can't steer it. One write a message, so that the
 * lines of several processes do not mix. */
#ifndef AXF_CORE_LOG_H
#define AXF_CORE_LOG_H

#include "auxfuse/status.h"

#include <stdint.h>

typedef int32_t axf_log_level;

enum { /* the first three are AXF_LOG_DEBUG … of auxfuse/plugin.h */
       AXF_LOG_LEVEL_DEBUG = 1,
       AXF_LOG_LEVEL_INFO = 2,
       AXF_LOG_LEVEL_WARNING = 3, /* "warning: " before the text */
       AXF_LOG_LEVEL_ERROR = 4,   /* "error: " */
       AXF_LOG_LEVEL_SILENT = 5,  /* only for axf_log_set_level */
};

void axf_log(axf_log_level level, const char *format, ...) AXF_PRINTF(2, 3);

/* Messages below `level` are dropped; at first DEBUG ones are. */
void axf_log_set_level(axf_log_level level);

/* ---- progress ---- */

/* Between begin and end the caller's struct is the log's; one at a time (a second one is not shown). Nothing is shown
 * below level INFO. */
typedef struct axf_progress {
    const char *label, *unit; /* borrowed */
    uint64_t first, done, total;
    double started, shown; /* seconds of the monotonic clock */
} axf_progress;

/* `first` of `total` were done before (a resumed epoch): they do not count for the rate. total 0: unknown. */
void axf_progress_begin(axf_progress *progress, const char *label, const char *unit, uint64_t first, uint64_t total);

/* On a terminal redraws the line at most ten times a second; elsewhere writes a line at most every N seconds. */
void axf_progress_update(axf_progress *progress, uint64_t done);

/* Clears the line on a terminal. */
void axf_progress_end(axf_progress *progress);

/* N, at first 30. */
void axf_progress_set_interval(double seconds);

enum { AXF_PROGRESS_TEXT = 256 };

/* "label [#####.....]  50 % 5/10 posts 2.5/s ETA 0:02" at most `columns` wide, after `seconds` of work (bar 0: without
 * bar). */
void axf_progress_text(const axf_progress *progress, double seconds, int bar, int columns, char out[AXF_PROGRESS_TEXT]);

#endif
