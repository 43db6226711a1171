/* What a run says on standard error: messages, and one line of progress below them on a terminal. Any thread may
 * call these functions.
 *
 * Text is escaped for the terminal (text.h), so that a post or a file name cannot steer it. Each message is one
 * write, so that the lines of several processes do not mix. */
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

/* Messages below `level` are dropped. In the beginning only DEBUG messages are. */
void axf_log_set_level(axf_log_level level);

/* ---- progress ---- */

/* Between begin and end the struct belongs to the log. Only one progress is shown at a time: a second one is
 * ignored. Nothing is shown when messages of level INFO are dropped. */
typedef struct axf_progress {
    const char *label, *unit; /* borrowed */
    uint64_t first, done, total;
    double started, shown; /* seconds of the monotonic clock */
} axf_progress;

/* `first` of `total` items were done before (in an epoch that is resumed): they do not count for the rate. `total`
 * is 0 where it is not known. */
void axf_progress_begin(axf_progress *progress, const char *label, const char *unit, uint64_t first, uint64_t total);

/* Redraws the line on a terminal, at most ten times a second. Elsewhere it writes a line at most every N seconds. */
void axf_progress_update(axf_progress *progress, uint64_t done);

/* Clears the line on a terminal. */
void axf_progress_end(axf_progress *progress);

/* Sets N, which is 30 in the beginning. */
void axf_progress_set_interval(double seconds);

enum { AXF_PROGRESS_TEXT = 256 };

/* Writes "label [#####.....]  50 % 5/10 posts 2.5/s ETA 0:02", at most `columns` wide, for `seconds` of work. `bar`
 * is 0 for a text without the bar. */
void axf_progress_text(const axf_progress *progress, double seconds, int bar, int columns, char out[AXF_PROGRESS_TEXT]);

#endif
