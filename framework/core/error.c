#include "core/error.h"

#include "core/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* error.h tells the analyzer something about these names that must not touch their definitions. */
#undef axf_fail
#undef axf_fail_at
#undef axf_fail_excerpt
#undef axf_context
#undef axf_fail_errno

enum { FILE_SIZE = 1024, TEXT_SIZE = 4096, EXCERPT_SIZE = 2048, CONTEXT_SIZE = 2048, MESSAGE_SIZE = 8192 };

struct axf_kept_error {
    axf_error error; /* its texts are the buffers below */
    char file[FILE_SIZE], text[TEXT_SIZE], excerpt[EXCERPT_SIZE], context[CONTEXT_SIZE];
};

static _Thread_local axf_kept_error current;
static _Thread_local char message[MESSAGE_SIZE];

/* The arguments may point into the old error: all are copied before anything is replaced. */
static axf_status put(axf_status status, const char *file, uint32_t line, uint32_t column, const char *excerpt,
                      const char *format, va_list arguments)
{
    char new_text[TEXT_SIZE], new_file[FILE_SIZE], new_excerpt[EXCERPT_SIZE];
    vsnprintf(new_text, sizeof new_text, format, arguments);
    snprintf(new_file, sizeof new_file, "%s", file);
    snprintf(new_excerpt, sizeof new_excerpt, "%s", excerpt);
    strcpy(current.text, new_text);
    strcpy(current.file, new_file);
    strcpy(current.excerpt, new_excerpt);
    current.context[0] = '\0';
    current.error = (axf_error){status, current.file, line, column, current.text, current.excerpt, current.context};
    return status;
}

axf_status axf_fail_v(axf_status status, const char *format, va_list arguments)
{
    return put(status, "", 0, 0, "", format, arguments);
}

axf_status axf_fail(axf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

axf_status axf_fail_at(axf_status status, const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(status, file, line, column, "", format, arguments);
    va_end(arguments);
    return status;
}

static axf_status put_text(axf_status status, const char *file, uint32_t line, uint32_t column, const char *excerpt,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(status, file, line, column, excerpt, format, arguments);
    va_end(arguments);
    return status;
}

axf_status axf_fail_excerpt(axf_status status, const char *file, uint32_t line, uint32_t column, const char *excerpt,
                            const char *text)
{
    return put_text(status, file, line, column, excerpt, "%s", text);
}

axf_status axf_fail_errno(const char *format, ...)
{
    const int number = errno;
    char text[TEXT_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return axf_fail(AXF_ERR_IO, "%s: %s", text, strerror(number));
}

axf_status axf_context(axf_status status, const char *format, ...)
{
    char outer[CONTEXT_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(outer, sizeof outer, format, arguments);
    va_end(arguments);
    if (axf_error_get()->status == AXF_OK) {
        axf_fail(status, "%s", "");
    }
    char inner[CONTEXT_SIZE / 2 - 2]; /* the end of a very long one is lost */
    snprintf(inner, sizeof inner, "%.*s", (int)sizeof inner - 1, current.context);
    snprintf(current.context, sizeof current.context, "%s%s%s", outer, inner[0] != '\0' ? ": " : "", inner);
    current.error.status = status;
    return status;
}

const axf_error *axf_error_get(void)
{
    static const axf_error none = {AXF_OK, "", 0, 0, "", "", ""};
    return current.error.status != AXF_OK ? &current.error : &none;
}

const char *axf_error_message(void)
{
    const axf_error *error = axf_error_get();
    char place[FILE_SIZE + 64] = "";
    if (error->file[0] != '\0' && error->line > 0) {
        snprintf(place, sizeof place, "%s:%u:%u: error: ", error->file, error->line, error->column);
    } else if (error->file[0] != '\0') {
        snprintf(place, sizeof place, "%s: error: ", error->file);
    }
    snprintf(message, sizeof message, "%s%s%s%s%s%s", error->context, error->context[0] != '\0' ? ": " : "", place,
             error->text, error->excerpt[0] != '\0' ? "\n" : "", error->excerpt);
    return message;
}

void axf_error_clear(void)
{
    current.error = (axf_error){0};
}

axf_kept_error *axf_error_keep(void)
{
    if (current.error.status == AXF_OK) {
        return NULL;
    }
    axf_kept_error *kept = axf_alloc(sizeof *kept);
    *kept = current;
    axf_error_clear();
    return kept;
}

void axf_error_drop(axf_kept_error *kept)
{
    free(kept);
}

void axf_error_restore(axf_kept_error *kept)
{
    axf_error_clear();
    if (kept != NULL) {
        const axf_error *error = &kept->error;
        current = *kept;
        current.error = (axf_error){error->status, current.file,    error->line,    error->column,
                                    current.text,  current.excerpt, current.context};
        free(kept);
    }
}
