/* The error of a thread. It is recorded where a failure is found, it gains context on its way up, and it is put into
 * words where it is shown. Whoever wants to know what went wrong looks at its members: nothing compares texts. */
#ifndef AXF_CORE_ERROR_H
#define AXF_CORE_ERROR_H

#include "auxfuse/status.h"

#include <stdarg.h>
#include <stdint.h>

typedef struct axf_error { /* every text is "" where there is none, never NULL */
    axf_status status;
    const char *file;      /* the file, or the setting on the command line, in which the fault lies */
    uint32_t line, column; /* in it, from 1; 0: not known */
    const char *text;      /* what is wrong */
    const char *excerpt;   /* the line of the file, and below it a line with a caret under the column */
    const char *context;   /* what was being done, the outermost part first, ": " between the parts */
} axf_error;

/* ---- recording: each function replaces what was recorded before ---- */

/* Records an error without a place, and returns `status`, so that a caller writes `return axf_fail(…);`. */
axf_status axf_fail(axf_status status, const char *format, ...) AXF_PRINTF(2, 3);
axf_status axf_fail_v(axf_status status, const char *format, va_list arguments) AXF_PRINTF(2, 0);

/* The same with the place of the fault. Line and column are 0 where only the file is known. */
axf_status axf_fail_at(axf_status status, const char *file, uint32_t line, uint32_t column, const char *format, ...)
    AXF_PRINTF(5, 6);
axf_status axf_fail_excerpt(axf_status status, const char *file, uint32_t line, uint32_t column, const char *excerpt,
                            const char *text);

/* Records AXF_ERR_IO. The text ends with ": " and the system's words for errno. */
axf_status axf_fail_errno(const char *format, ...) AXF_PRINTF(1, 2);

/* Puts a part before the context of the recorded error and returns `status`, which the error has from now on. */
axf_status axf_context(axf_status status, const char *format, ...) AXF_PRINTF(2, 3);

/* ---- asking ---- */

/* The error of the calling thread; its status is AXF_OK when none is recorded. It is valid until the next call that
 * records one. */
const axf_error *axf_error_get(void);

/* The error as one text: "context: file:line:column: error: text", and the excerpt on the lines below. Parts that
 * the error does not have are left out. The text is "" when no error is recorded, and valid until the next call that
 * records one. */
const char *axf_error_message(void);

void axf_error_clear(void);

/* Takes the error out, and records it again: for code that must do more work, which may fail too, before the error
 * is shown. axf_error_restore frees `kept`. NULL stands for no error. */
typedef struct axf_kept_error axf_kept_error;
axf_kept_error *axf_error_keep(void);
void axf_error_restore(axf_kept_error *kept);
void axf_error_drop(axf_kept_error *kept); /* frees it without recording it; NULL is allowed */

/* The analyzer sees one file at a time, and would follow axf_fail returning AXF_OK: tell it that it gives back
 * `status`. */
#ifdef __clang_analyzer__
#define axf_fail(status, ...) (axf_fail(status, __VA_ARGS__), (status))
#define axf_fail_at(status, ...) (axf_fail_at(status, __VA_ARGS__), (status))
#define axf_fail_excerpt(status, ...) (axf_fail_excerpt(status, __VA_ARGS__), (status))
#define axf_context(status, ...) (axf_context(status, __VA_ARGS__), (status))
#define axf_fail_errno(...) (axf_fail_errno(__VA_ARGS__), AXF_ERR_IO)
#endif

#endif
