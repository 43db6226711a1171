/* Who a process is, told so that another can find out whether it lives. */
#ifndef AXF_SWEEP_CLAIMANT_H
#define AXF_SWEEP_CLAIMANT_H

#include "auxfuse/status.h"

#include <stdint.h>

enum { AXF_CLAIM_HOST = 128, AXF_CLAIM_BOOT = 64, AXF_CLAIM_FILE = 201 };

typedef struct axf_claimant { /* a process, and what it holds */
    char host[AXF_CLAIM_HOST];
    char boot[AXF_CLAIM_BOOT];
    uint64_t pid_namespace, pid, start; /* start: clock ticks after boot */
    char file[AXF_CLAIM_FILE];          /* the private file, in claims/ */
    uint64_t epoch;
} axf_claimant;

void axf_claimant_self(axf_claimant *self);

enum { AXF_CLAIMANT_ALIVE = 1, AXF_CLAIMANT_GONE, AXF_CLAIMANT_UNKNOWN };

/* UNKNOWN where the process cannot be looked up from here: another host, or another pid namespace of this one. */
int axf_claimant_state(const axf_claimant *claimant, const axf_claimant *self);

/* One line of JSON with its newline; the caller frees. */
char *axf_claimant_text(const axf_claimant *claimant);
/* AXF_ERR_FORMAT for anything else. */
axf_status axf_claimant_parse(const char *text, axf_claimant *claimant);

#endif
