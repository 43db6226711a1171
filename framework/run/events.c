#include "run/events.h"

#include "core/clock.h"

#include <stdarg.h>
#include <stdio.h>

axf_status axf_run_event(axf_run_folder *folder, const char *format, ...)
{
    char members[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(members, sizeof members, format, arguments);
    va_end(arguments);
    axf_strbuf line = {0};
    axf_strbuf_printf(&line, "{\"time\": %.3f, %s}\n", axf_clock_wall(), members);
    const axf_status status = axf_append_write(folder->events, line.data, line.length);
    axf_strbuf_free(&line);
    return status;
}
