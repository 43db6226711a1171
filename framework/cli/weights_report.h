/* What a file or folder of weights holds, and what an encoder would take of it. */
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
    const char *folder; /* of the configuration: the path, or what the file lies in */
    axf_weights *weights;
    const char *type;           /* model_type of the folder's config.json, "" where there is none */
    bool has_config, has_codes; /* the folder has config.json, bpe.codes */
    const char *broken;         /* why config.json tells no model_type; NULL: it does, or is not there */
    const char *kind, *encoder; /* whose plan it is; NULL: of none */
    axf_instance instance;      /* of the encoder: it declares, and nothing is loaded */
    axf_params params;
    int32_t *target;  /* [tensors] place among the declared parameters, -1: ignored */
    uint8_t *arrived; /* [declared] 1: a tensor stands for it */
    int64_t loaded, ignored, initialised, wrong;
} axf_weights_report;

/* Opens the weights that the arguments name, and finds plugins. r->arguments is set. To be closed also after a failure. */
axf_status axf_weights_report_open(axf_weights_report *r);
void axf_weights_report_close(axf_weights_report *r);

/* Chooses the encoder, lets it declare its parameters, and plans which tensor is loaded as which of them. r->encoder stays
 * NULL when no encoder fits and none was asked for. */
axf_status axf_weights_report_plan(axf_weights_report *r);

/* What becomes of tensor i: "loaded", "ignored", or why it would be refused; "" without an encoder. */
const char *axf_weights_report_use(const axf_weights_report *r, size_t i);

/* 1 when declared parameter i is looked for in these weights: it is not one that is drawn in any case. */
int axf_weights_report_expects(const axf_weights_report *r, int32_t i);

/* The folder of the configuration beside a file of weights, which a spec has to name; NULL: none is needed, or there is
 * none. */
const char *axf_weights_report_config(const axf_weights_report *r);

#endif
