/* The host's error object: one message a thread, set where a failure is found, given context on its way up. */
#ifndef AXF_CORE_ERROR_H
#define AXF_CORE_ERROR_H

#include "auxfuse/status.h"

#include <stdarg.h>

/* Records a message (replacing any older one) and returns `status`, so that a caller writes `return axf_fail(…);`. */
axf_status axf_fail(axf_status status, const char *format, ...) AXF_PRINTF(2, 3);
axf_status axf_fail_v(axf_status status, const char *format, va_list arguments) AXF_PRINTF(2, 0);

/* Puts "context: " before the recorded message and returns `status`. */
axf_status axf_context(axf_status status, const char *format, ...) AXF_PRINTF(2, 3);

/* AXF_ERR_IO with ": " and strerror(errno) behind the message. */
axf_status axf_fail_errno(const char *format, ...) AXF_PRINTF(1, 2);

/* The calling thread's message, "" when none; valid until the next call that records one. */
const char *axf_error_message(void);
void axf_error_clear(void);


/* The analyzer sees one file at a time, and would follow axf_fail returning AXF_OK: tell it that it gives back
 * `status`. */
#ifdef __clang_analyzer__
#define axf_fail(status, ...) (axf_fail(status, __VA_ARGS__), (status))
#define axf_context(status, ...) (axf_context(status, __VA_ARGS__), (status))
#define axf_fail_errno(...) (axf_fail_errno(__VA_ARGS__), AXF_ERR_IO)
#endif

#endif
