/* A finished run opened again from its folder, wherever that lies now: its spec, class names, model and final weights.
 */
#ifndef AXF_RUN_FINISHED_H
#define AXF_RUN_FINISHED_H

#include "workbench/workbench.h"

struct json_t;

typedef struct axf_finished_settings {
    const char *const *settings; /* "KEY=VALUE" on top of the run's spec; NULL-terminated, or NULL */
    const char *const *weights;  /* "NAME=FOLDER": where a checkpoint is now (run_weights.h) */
    int whole;                   /* 1: each encoder with all it can give, also what this run never asked for */
} axf_finished_settings;

typedef struct axf_finished {
    axf_arena arena;
    axf_registry *registry;
    axf_workbench bench;  /* without posts */
    const char *run;      /* the folder */
    const axf_node *spec; /* settings on top, checkpoints where they are now */
    const char *final;    /* the file of its weights */
    const char *const *class_names;
    struct json_t *environment;
} axf_finished;

/* Reads RUN/spec.yml and RUN/environment.json, finds the checkpoints (which must be those of the run), builds the model
 * and reads RUN/checkpoints/final.safetensors, or RUN/head.safetensors where `auxfuse export` wrote the folder. A
 * backend that this machine does not have is replaced by its best one, with a warning; a dataset plugin that is not
 * here is not needed. Frees on failure. */
axf_status axf_finished_open(axf_finished *finished, axf_registry *registry, const char *run,
                             const axf_finished_settings *settings);
void axf_finished_close(axf_finished *finished);

#endif
