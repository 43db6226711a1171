/* The wish of the user or of a batch system that the program stop. Work that takes long asks for it between two steps,
 * saves what it has and returns AXF_ERR_INTERRUPTED. */
#ifndef AXF_CORE_INTERRUPT_H
#define AXF_CORE_INTERRUPT_H

#include <stdbool.h>

/* From now on the first SIGINT, SIGTERM or SIGUSR1 (which a batch system sends before the time is up) records the wish.
 * A second signal ends the process at once with the status 128 + its number. */
void axf_interrupt_install(void);

/* Whether such a signal came. Any thread may ask. Always false in a program that did not call axf_interrupt_install. */
bool axf_interrupt_requested(void);

#endif
