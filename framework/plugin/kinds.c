#include "plugin/kinds.h"

#include "auxfuse/backend.h"
#include "auxfuse/collective.h"
#include "auxfuse/dataset.h"
#include "auxfuse/fusion.h"
#include "auxfuse/image_encoder.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/loss.h"
#include "auxfuse/text_encoder.h"

#include <string.h>

#define ENTRY(T, f)                                                                                                    \
    {                                                                                                                  \
#f, (uint32_t)offsetof(T, f)                                                                                   \
    }
#define LAST                                                                                                           \
    {                                                                                                                  \
        NULL, 0                                                                                                        \
    }

static const axf_required_entry text_encoder[] = {ENTRY(axf_text_encoder, describe), ENTRY(axf_text_encoder, declare),
                                                  ENTRY(axf_text_encoder, tokenize), ENTRY(axf_text_encoder, encode),
                                                  ENTRY(axf_text_encoder, destroy),  LAST};
static const axf_required_entry image_encoder[] = {
    ENTRY(axf_image_encoder, describe), ENTRY(axf_image_encoder, declare), ENTRY(axf_image_encoder, destroy), LAST};
static const axf_required_entry joint_encoder[] = {ENTRY(axf_joint_encoder, describe),
                                                   ENTRY(axf_joint_encoder, declare),
                                                   ENTRY(axf_joint_encoder, tokenize),
                                                   ENTRY(axf_joint_encoder, text_part),
                                                   ENTRY(axf_joint_encoder, join),
                                                   ENTRY(axf_joint_encoder, destroy),
                                                   LAST};
static const axf_required_entry fusion[] = {ENTRY(axf_fusion, describe), ENTRY(axf_fusion, declare),
                                            ENTRY(axf_fusion, fuse), ENTRY(axf_fusion, destroy), LAST};
static const axf_required_entry loss[] = {ENTRY(axf_loss, describe), ENTRY(axf_loss, declare), ENTRY(axf_loss, compute),
                                          ENTRY(axf_loss, destroy), LAST};
static const axf_required_entry dataset[] = {ENTRY(axf_dataset, describe), ENTRY(axf_dataset, read), LAST};
static const axf_required_entry backend[] = {ENTRY(axf_backend, score),    ENTRY(axf_backend, create),
                                             ENTRY(axf_backend, destroy),  ENTRY(axf_backend, name),
                                             ENTRY(axf_backend, allocate), ENTRY(axf_backend, release),
                                             ENTRY(axf_backend, upload),   ENTRY(axf_backend, download),
                                             ENTRY(axf_backend, copy),     ENTRY(axf_backend, zero),
                                             ENTRY(axf_backend, forward),  ENTRY(axf_backend, backward),
                                             ENTRY(axf_backend, supports), ENTRY(axf_backend, synchronize),
                                             ENTRY(axf_backend, changed),  LAST};
static const axf_required_entry collective[] = {
    ENTRY(axf_collective, create),     ENTRY(axf_collective, destroy),        ENTRY(axf_collective, all_reduce),
    ENTRY(axf_collective, all_gather), ENTRY(axf_collective, reduce_scatter), ENTRY(axf_collective, broadcast),
    ENTRY(axf_collective, barrier),    ENTRY(axf_collective, abort),          LAST};

static const axf_kind kinds[] = {
    {AXF_KIND_TEXT_ENCODER, "text encoder", sizeof(axf_text_encoder), text_encoder},
    {AXF_KIND_IMAGE_ENCODER, "image encoder", sizeof(axf_image_encoder), image_encoder},
    {AXF_KIND_JOINT_ENCODER, "joint encoder", sizeof(axf_joint_encoder), joint_encoder},
    {AXF_KIND_FUSION, "fusion", sizeof(axf_fusion), fusion},
    {AXF_KIND_LOSS, "loss", sizeof(axf_loss), loss},
    {AXF_KIND_DATASET, "dataset", sizeof(axf_dataset), dataset},
    {AXF_KIND_BACKEND, "backend", sizeof(axf_backend), backend},
    {AXF_KIND_COLLECTIVE, "collective", sizeof(axf_collective), collective},
};

const axf_kind *axf_kind_at(int index)
{
    return index >= 0 && (size_t)index < sizeof kinds / sizeof kinds[0] ? &kinds[index] : NULL;
}

const axf_kind *axf_kind_find(const char *id)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].id, id) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const axf_kind *axf_kind_of_label(const char *label)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].label, label) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}
