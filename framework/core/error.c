#include "core/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What error.h tells the analyzer must not touch the definitions. */
#undef axf_fail
#undef axf_context
#undef axf_fail_errno

enum { MESSAGE_SIZE = 4096 };

static _Thread_local char message[MESSAGE_SIZE];

axf_status axf_fail_v(axf_status status, const char *format, va_list arguments)
{
    char fresh[MESSAGE_SIZE]; /* the arguments may point into the old message */
    vsnprintf(fresh, sizeof fresh, format, arguments);
    memcpy(message, fresh, sizeof message);
    return status;
}

axf_status axf_fail(axf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

axf_status axf_context(axf_status status, const char *format, ...)
{
    char context[MESSAGE_SIZE / 2];
    char old[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    memcpy(old, message, sizeof old);
    return axf_fail(status, "%s: %s", context, old);
}

axf_status axf_fail_errno(const char *format, ...)
{
    const int number = errno;
    char text[MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return axf_fail(AXF_ERR_IO, "%s: %s", text, strerror(number));
}

const char *axf_error_message(void)
{
    return message;
}

void axf_error_clear(void)
{
    message[0] = '\0';
}

