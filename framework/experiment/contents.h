/* The contents of an experiment: settings of the host, and instances of components with their options. */
#ifndef AXF_EXPERIMENT_CONTENTS_H
#define AXF_EXPERIMENT_CONTENTS_H

#include "experiment/settings.h"
#include "metrics/sums.h"
#include "plugin/instance.h"
#include "spec/node.h"

enum { AXF_MAX_LOSSES = AXF_MAX_PARTS - 1 }; /* the objective is not one of them */

typedef struct axf_component_use {
    axf_instance *instance;        /* NULL: not in this experiment */
    const axf_options *host_table; /* the host's options beside the component's, or NULL */
    const void *host_values;
    const char *section;  /* spec path: "model.text" */
    const char *key;      /* the key that names the component: "encoder" */
    const axf_node *node; /* where it was written; NULL when it comes from a default */
} axf_component_use;

typedef struct axf_experiment {
    axf_arena arena;
    axf_registry *registry;
    const axf_node *spec;
    uint64_t seed;

    axf_settings_top top;
    axf_settings_data data;
    axf_settings_split split;
    axf_settings_encoder text_settings, image_settings, joint_settings;
    axf_settings_head head;
    axf_settings_train train;
    int32_t defects; /* AXF_DEFECT_… of train.reference_defects */
    axf_settings_group *groups;
    int32_t group_count;
    axf_settings_evaluate evaluate;
    axf_settings_checkpoint checkpoint;
    axf_settings_cache cache;

    axf_component_use dataset, text, image, joint, fusion, objective, backend;
    axf_component_use loss[AXF_MAX_LOSSES];
    axf_settings_loss loss_settings[AXF_MAX_LOSSES];
    const char *loss_name[AXF_MAX_LOSSES]; /* the key under losses: */
    int32_t loss_count;
} axf_experiment;

#endif
