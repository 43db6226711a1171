/* The plan of an export: which folders are written, and which parameters of an encoder go into which of them.
 *
 * An encoder that was built on one checkpoint, or on none, becomes one folder. An encoder that was built on several
 * checkpoints (MMBT: a BERT and a ResNet) becomes a folder for each checkpoint that the run had; those of its parameters
 * that come from no checkpoint go into head.safetensors. */
#ifndef AXF_APPLY_EXPORT_PLAN_H
#define AXF_APPLY_EXPORT_PLAN_H

#include "run/finished.h"

enum { AXF_EXPORT_ENCODERS = 3, AXF_EXPORT_CHECKPOINTS = 4 };

/* One checkpoint that an encoder can be built on. */
typedef struct axf_export_checkpoint {
    const char *option; /* the option that names it; NULL: the encoder has no such option */
    const char *path;   /* where the run had it; NULL: the run had none */
    const char *name;   /* the name of the exported folder */
    const char *source; /* the folder that has its config.json and vocabulary; NULL: there is none */
} axf_export_checkpoint;

typedef struct axf_export_encoder {
    const char *name; /* "text", "image" or "joint" */
    const axf_component_use *use;
    axf_export_checkpoint checkpoints[AXF_EXPORT_CHECKPOINTS];
    int32_t count; /* at least 1 */
} axf_export_encoder;

typedef struct axf_export_plan {
    axf_finished *finished; /* borrowed */
    const char *folder;     /* the folder that all is written into; borrowed */
    axf_export_encoder encoders[AXF_EXPORT_ENCODERS];
    int32_t count;
} axf_export_plan;

/* Plans the export of a finished run, which owns the memory of the names. Writes nothing. AXF_ERR_IO when the system
 * cannot tell whether a checkpoint is there. */
axf_status axf_export_plan_make(axf_export_plan *plan, axf_finished *finished, const char *folder);

/* 1: the checkpoint with this index becomes a folder. */
int axf_export_has_folder(const axf_export_encoder *encoder, int32_t checkpoint);

/* The index of the checkpoint whose folder gets the parameter with the index `declared`. -1: the parameter goes into
 * head.safetensors, since no checkpoint of this kind has it (MMBT's projections, LXMERT's last layer), and a library
 * that loads the folder would not know its name. */
int32_t axf_export_folder_of(const axf_export_encoder *encoder, int32_t declared);

/* The index of the checkpoint that an option `config` (or `image_config`) describes: the one that the option `weights`
 * (or `image_weights`) names. -1 for any other option: its path leads to data, which stays where it is. */
int32_t axf_export_config_of(const axf_export_encoder *encoder, const axf_option *option);

#endif
