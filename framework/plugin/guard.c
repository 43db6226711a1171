#include "plugin/guard.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Read by a signal handler: plain pointers and numbers, written before the call. */
static const char *volatile guarded_kind, *volatile guarded_name, *volatile guarded_file, *volatile guarded_call;
static volatile int64_t guarded_step;

static size_t put(char *line, size_t at, size_t size, const char *text)
{
    while (*text != '\0' && at < size) {
        line[at++] = *text++;
    }
    return at;
}

static size_t put_number(char *line, size_t at, size_t size, int64_t number)
{
    char digits[24];
    size_t n = sizeof digits;
    digits[--n] = '\0';
    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && n > 0);
    return put(line, at, size, digits + n);
}

/* Only calls that are safe in a handler. */
static void on_crash(int number)
{
    char line[1024];
    size_t at = put(line, 0, sizeof line, "\nauxfuse: error: crash (signal ");
    at = put_number(line, at, sizeof line, number);
    if (guarded_call != NULL) {
        at = put(line, at, sizeof line, ") inside ");
        at = put(line, at, sizeof line, guarded_kind);
        at = put(line, at, sizeof line, " '");
        at = put(line, at, sizeof line, guarded_name);
        at = put(line, at, sizeof line, "' in its call '");
        at = put(line, at, sizeof line, guarded_call);
        at = put(line, at, sizeof line, "'");
        if (guarded_step >= 0) {
            at = put(line, at, sizeof line, ", step ");
            at = put_number(line, at, sizeof line, guarded_step);
        }
        at = put(line, at, sizeof line, "; plugin ");
        at = put(line, at, sizeof line, guarded_file);
        at = put(line, at, sizeof line, "\n");
    } else {
        at = put(line, at, sizeof line, ") outside of any plugin\n");
    }
    const ssize_t written = write(STDERR_FILENO, line, at);
    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

void axf_guard_install(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

void axf_guard_enter(const axf_instance *instance, const char *call, int64_t step)
{
    guarded_kind = instance->component->kind->label;
    guarded_name = instance->component->component.name;
    guarded_file = instance->component->file;
    guarded_step = step;
    guarded_call = call;
}

void axf_guard_leave(void)
{
    guarded_call = NULL;
}
