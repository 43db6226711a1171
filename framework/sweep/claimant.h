/* Describes a process, so that another process can find out whether it is alive. */
#ifndef AXF_SWEEP_CLAIMANT_H
#define AXF_SWEEP_CLAIMANT_H

#include "auxfuse/status.h"

#include <stdint.h>

enum { AXF_CLAIM_HOST = 128, AXF_CLAIM_BOOT = 64, AXF_CLAIM_FILE = 201 };

typedef struct axf_claimant { /* a process, and the claim that it holds */
    char host[AXF_CLAIM_HOST];
    char boot[AXF_CLAIM_BOOT];
    uint64_t pid_namespace, pid, start; /* start: clock ticks after boot */
    char file[AXF_CLAIM_FILE];          /* the private file, in claims/ */
    uint64_t epoch;
} axf_claimant;

void axf_claimant_self(axf_claimant *self);

enum { AXF_CLAIMANT_ALIVE = 1, AXF_CLAIMANT_GONE, AXF_CLAIMANT_UNKNOWN };

/* UNKNOWN when the process cannot be looked up from here: it is on another host, or in another pid namespace. */
int axf_claimant_state(const axf_claimant *claimant, const axf_claimant *self);

/* Gives one line of JSON with its newline; the caller frees it. */
char *axf_claimant_text(const axf_claimant *claimant);
/* Reads such a line. AXF_ERR_FORMAT for any other text. */
axf_status axf_claimant_parse(const char *text, axf_claimant *claimant);

#endif
