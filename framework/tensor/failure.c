#include "tensor/failure.h"

#include "core/error.h"

#include <stdarg.h>

axf_status axf_tape_fail(axf_tape *tape, axf_status status, const char *format, ...)
{
    if (tape->status == AXF_OK) { /* the first failure is the cause of the others */
        va_list arguments;
        va_start(arguments, format);
        tape->status = axf_fail_v(status, format, arguments);
        va_end(arguments);
    }
    return tape->status;
}

void axf_tape_context(axf_tape *tape, axf_status status, const char *op)
{
    if (tape->status == AXF_OK) {
        tape->status = axf_context(status, "%s", op);
    }
}
