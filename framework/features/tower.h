/* A frozen image tower that is built only to extract features: it is declared, and where features are missing, loaded and
 * run. While there is one, the parameters of the model itself are put aside. */
#ifndef AXF_FEATURES_TOWER_H
#define AXF_FEATURES_TOWER_H

#include "features/kinds.h"
#include "model/model.h"
#include "tensor/tape.h"

enum { AXF_TOWER_BATCH = 16 }; /* images of every call, so that its neighbours do not change an image's features */

typedef struct axf_tower {
    axf_model *model;
    const axf_backend *backend;
    void *backend_self;
    uint32_t wanted;    /* AXF_WANT_… that it computes */
    int32_t drawn;      /* parameters that no checkpoint fills: its features depend on the run's seed */
    int32_t new_layers; /* of these, what is trained though the tower is frozen: its features may not be kept */
    axf_params kept;    /* the model's own, put aside meanwhile */
    uint32_t kept_wanted;
    axf_tape *tape; /* NULL until loaded */
} axf_tower;

/* Declares the tower with all outputs that the encoder gives, but without a pooler that no checkpoint fills and nobody
 * asks for. Reads no weights. */
axf_status axf_tower_declare(axf_tower *tower, axf_model *model, const axf_backend *backend, void *backend_self);
/* AXF_TOWER_BATCH images after the recipe, [batch, 3, h, w] -> [batch, values] of each kind whose place is not NULL.
 * Loads the weights at the first call. */
axf_status axf_tower_run(axf_tower *tower, const float *pixels, float *const out[AXF_FEATURE_KINDS]);
void axf_tower_free(axf_tower *tower);

#endif
