/* When a plugin crashes, say which one: the last words name the component, its file, the call and the step. */
#ifndef AXF_PLUGIN_GUARD_H
#define AXF_PLUGIN_GUARD_H

#include "plugin/instance.h"

/* Handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT that write the message and let the signal take its course. */
void axf_guard_install(void);

/* Before and after a call into a component. step -1: not within a step. One component runs at a time. */
void axf_guard_enter(const axf_instance *instance, const char *call, int64_t step);
void axf_guard_leave(void);

#endif
