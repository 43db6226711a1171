#include "plugin/guard.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Read by a signal handler: plain pointers and numbers, written before the call. `call` NULL: no call is under way. */
typedef struct guarded {
    const char *kind, *name, *file, *call;
    int64_t step;
} guarded;

/* A loss calls back into the host, which calls another component: calls lie in each other. */
enum { DEPTH = 4 };
static volatile guarded of_process[DEPTH];
static volatile int depth;
static _Thread_local volatile guarded of_thread;

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
    const volatile guarded *call = of_thread.call != NULL        ? &of_thread
                                   : depth > 0 && depth <= DEPTH ? &of_process[depth - 1]
                                                                 : NULL;
    if (call != NULL) {
        at = put(line, at, sizeof line, ") inside ");
        at = put(line, at, sizeof line, call->kind);
        at = put(line, at, sizeof line, " '");
        at = put(line, at, sizeof line, call->name);
        at = put(line, at, sizeof line, "' in its call '");
        at = put(line, at, sizeof line, call->call);
        at = put(line, at, sizeof line, "'");
        if (call->step >= 0) {
            at = put(line, at, sizeof line, ", step ");
            at = put_number(line, at, sizeof line, call->step);
        }
        at = put(line, at, sizeof line, "; plugin ");
        at = put(line, at, sizeof line, call->file);
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

static void enter(volatile guarded *call, const axf_registered *component, const char *name, int64_t step)
{
    call->kind = component->kind->label;
    call->name = component->component.name;
    call->file = component->file;
    call->step = step;
    call->call = name;
}

void axf_guard_enter(const axf_registered *component, const char *call, int64_t step)
{
    if (depth < DEPTH) {
        enter(&of_process[depth], component, call, step);
    }
    depth++;
}

void axf_guard_leave(void)
{
    depth--;
}

void axf_guard_enter_thread(const axf_registered *component, const char *call)
{
    enter(&of_thread, component, call, -1);
}

void axf_guard_leave_thread(void)
{
    of_thread.call = NULL;
}
