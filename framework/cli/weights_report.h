/* A report on a file or folder of weights: its tensors, and which of them an encoder would load. */
#ifndef AXF_CLI_WEIGHTS_REPORT_H
#define AXF_CLI_WEIGHTS_REPORT_H

#include "plugin/instance.h"
#include "tensor/params.h"
#include "weights/weights.h"

#include <stdbool.h>

typedef struct axf_weights_arguments {
    const char *encoder, *kind;
    const char **settings, **plugins;
    bool json;
    char **rest;
    int rest_count;
} axf_weights_arguments;

typedef struct axf_weights_report {
    const axf_weights_arguments *arguments;
    axf_arena arena;
    axf_registry registry;
    const char *path;
    const char *folder; /* of the configuration: the path itself, or the folder of the file */
    axf_weights *weights;
    const char *type;           /* model_type of the folder's config.json, "" when there is none */
    bool has_config, has_codes; /* the folder has config.json, bpe.codes */
    const char *broken;         /* why config.json has no usable model_type; NULL: it has one, or is not there */
    const char *kind, *encoder; /* the encoder of the plan; NULL: there is none */
    axf_instance instance;      /* of the encoder: it declares its parameters, and nothing is loaded */
    axf_params params;
    int32_t *target;  /* [tensors] place among the declared parameters, -1: ignored */
    uint8_t *arrived; /* [declared] 1: there is a tensor for it */
    int64_t loaded, ignored, initialised, wrong;
} axf_weights_report;

/* Opens the weights that the arguments name, and finds plugins. r->arguments is set. Close it also after a failure. */
axf_status axf_weights_report_open(axf_weights_report *r);
void axf_weights_report_close(axf_weights_report *r);

/* Chooses the encoder, lets it declare its parameters, and plans which tensor is loaded as which of them. r->encoder
 * stays NULL when no encoder fits and none was asked for. */
axf_status axf_weights_report_plan(axf_weights_report *r);

/* What an encoder would do with tensor i: "loaded", "ignored", or why it would be refused; "" without an encoder. */
const char *axf_weights_report_use(const axf_weights_report *r, size_t i);

/* 1 when declared parameter i is looked for in these weights; 0 when it is always drawn. */
int axf_weights_report_expects(const axf_weights_report *r, int32_t i);

/* The folder of the configuration beside a file of weights, which a spec must name. NULL when none is needed, or when
 * there is none. */
const char *axf_weights_report_config(const axf_weights_report *r);

#endif
