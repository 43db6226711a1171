/* Timing of training steps, for auxfuse bench. */
#ifndef AXF_APPLY_BENCH_H
#define AXF_APPLY_BENCH_H

#include "plugin/registry.h"
#include "spec/node.h"

#include <stdio.h>

typedef struct axf_bench_settings {
    int32_t steps, warm_up;
    double started; /* clock at the start of the process */
} axf_bench_settings;

/* The process's start on the clock of axf_clock. */
double axf_bench_process_start(void);

/* Trains warm_up + steps steps in a folder of its own that is removed at the end, and prints text or JSON. */
axf_status axf_bench(axf_registry *registry, const axf_node *spec, const axf_bench_settings *settings, int json,
                     FILE *out);

#endif
