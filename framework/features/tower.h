/* A frozen image tower that is built only to compute features. It is declared first; only where a store lacks features
 * are its weights loaded and is it run. From axf_tower_declare to axf_tower_free it takes the place of the model's own
 * parameters, which are put aside. */
#ifndef AXF_FEATURES_TOWER_H
#define AXF_FEATURES_TOWER_H

#include "features/kinds.h"
#include "model/model.h"
#include "tensor/tape.h"

/* Images of every call. Their number is always the same, so that its neighbours do not change an image's features. */
enum { AXF_TOWER_BATCH = 16 };

typedef struct axf_tower {
    axf_model *model;
    const axf_backend *backend;
    void *backend_self;
    uint32_t wanted;         /* AXF_WANT_… that the tower computes */
    int32_t new_params;      /* parameters that no checkpoint fills: the features depend on the seed that draws them */
    int32_t trained_params;  /* those of them that are trained though the tower is frozen: its features change */
    axf_params model_params; /* the model's own parameters, put aside */
    uint32_t model_wanted;   /* AXF_WANT_… that the model reads */
    axf_tape *tape;          /* NULL until the weights are loaded */
} axf_tower;

/* Declares the tower with all outputs that the encoder gives, except for a pooled vector that no checkpoint fills and
 * that the model does not read: then it is declared a second time, without. Reads no weights. axf_tower_free is called
 * after an error too. */
axf_status axf_tower_declare(axf_tower *tower, axf_model *model, const axf_backend *backend, void *backend_self);

/* Computes AXF_TOWER_BATCH images. pixels: [batch, 3, height, width] after the encoder's recipe. out: for each kind, room
 * for [batch, values], or NULL where the kind is not asked for. The first call loads the weights. */
axf_status axf_tower_run(axf_tower *tower, const float *pixels, float *const out[AXF_FEATURE_KINDS]);

/* Gives the model its own parameters back. */
void axf_tower_free(axf_tower *tower);

#endif
