#include "core/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t requested;

static void on_signal(int number)
{
    if (requested) {
        _exit(128 + number);
    }
    requested = 1;
}

void axf_interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

bool axf_interrupt_requested(void)
{
    return requested != 0;
}
