/* When a plugin crashes, say which one: the last words name the component, its file, the call and the step. */
#ifndef AXF_PLUGIN_GUARD_H
#define AXF_PLUGIN_GUARD_H

#include "plugin/registry.h"

/* Handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that write the message and let the signal take its course. */
void axf_guard_install(void);

/* Before and after a call into a component; only calls.c makes such calls, which may lie in each other. `step` -1: the
 * call is not part of a step. A crash of any thread is laid to the innermost call under way, since a backend works in
 * threads of its own. */
void axf_guard_enter(const axf_registered *component, const char *call, int64_t step);
void axf_guard_leave(void);

/* The same for a call that several threads may make at once: only a crash of the calling thread is laid to it. */
void axf_guard_enter_thread(const axf_registered *component, const char *call);
void axf_guard_leave_thread(void);

#endif
