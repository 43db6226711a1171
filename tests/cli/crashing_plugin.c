/* A component of each kind that crashes in the call CRASH, "fusion fuse" for example; compiled by plugins.sh. */
#include "auxfuse/backend.h"
#include "auxfuse/dataset.h"
#include "auxfuse/fusion.h"
#include "auxfuse/image_encoder.h"
#include "auxfuse/loss.h"
#include "auxfuse/text_encoder.h"

#include <stddef.h>
#include <string.h>

static axf_status in(const char *call)
{
    if (strcmp(call, CRASH) == 0) {
        *(volatile int *)(void *)(uintptr_t)64 = 1; /* a wild pointer */
    }
    return AXF_OK;
}

static axf_status make(const axf_host *host, const char *call, void **self)
{
    *self = host->allocate(host, 1);
    return in(call);
}

/* ---- text encoder ---- */

static axf_status text_describe(const axf_host *host, const void *options, axf_text_facts *facts)
{
    (void)host, (void)options;
    facts->width = 8;
    facts->gives = AXF_WANT_FIRST;
    facts->max_length = 4;
    facts->vocabulary = 2;
    return in("text encoder describe");
}

static axf_status text_declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    (void)options, (void)wanted;
    return make(host, "text encoder declare", self);
}

static axf_status text_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types,
                                int32_t *count)
{
    (void)self, (void)text, (void)length, (void)types;
    ids[0] = 1;
    *count = 1;
    return in("text encoder tokenize");
}

static axf_status text_encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state)
{
    (void)self, (void)pass, (void)tokens, (void)state;
    in("text encoder encode");
    return AXF_ERR_PLUGIN; /* so that destroy follows */
}

static void text_destroy(void *self)
{
    (void)self;
    in("text encoder destroy");
}

static const axf_text_encoder text = {
    sizeof text, text_describe, text_declare, text_tokenize, text_encode, text_destroy,
};

/* ---- image encoder that reads features ---- */

static axf_status image_describe(const axf_host *host, const void *options, axf_image_facts *facts)
{
    (void)host, (void)options;
    facts->width = 8;
    facts->gives = AXF_WANT_FIRST;
    facts->rows = 1;
    return in("image encoder describe");
}

static axf_status image_declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    (void)options, (void)wanted;
    return make(host, "image encoder declare", self);
}

static axf_status image_encode(void *self, const axf_pass *pass, const char *const *ids, axf_state *state)
{
    (void)self, (void)pass, (void)ids, (void)state;
    in("image encoder encode_features");
    return AXF_ERR_PLUGIN;
}

static void image_destroy(void *self)
{
    (void)self;
    in("image encoder destroy");
}

static axf_status image_has(void *self, const char *id)
{
    (void)self, (void)id;
    return in("image encoder has_features");
}

static const axf_image_encoder image = {.struct_size = sizeof image,
                                        .describe = image_describe,
                                        .declare = image_declare,
                                        .encode_features = image_encode,
                                        .destroy = image_destroy,
                                        .has_features = image_has};

/* ---- fusion ---- */

static axf_status fusion_describe(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                                  axf_fusion_facts *facts)
{
    (void)host, (void)options;
    facts->reads_text = facts->reads_image = AXF_WANT_FIRST;
    facts->width = inputs->text->width;
    return in("fusion describe");
}

static axf_status fusion_declare(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                                 void **self)
{
    (void)options, (void)inputs;
    return make(host, "fusion declare", self);
}

static axf_status fusion_fuse(void *self, const axf_pass *pass, const axf_state *text_state,
                              const axf_state *image_state, axf_tensor **fused)
{
    (void)self, (void)pass, (void)image_state;
    *fused = text_state->item[0].tensor;
    return in("fusion fuse");
}

static void fusion_destroy(void *self)
{
    (void)self;
    in("fusion destroy");
}

static const axf_fusion fusion = {sizeof fusion, fusion_describe, fusion_declare, fusion_fuse, fusion_destroy};

/* ---- loss ---- */

static axf_status loss_describe(const axf_host *host, const void *options, const axf_loss_inputs *inputs,
                                axf_loss_facts *facts)
{
    (void)host, (void)options, (void)inputs;
    facts->role = AXF_LOSS_AUXILIARY;
    return in("loss describe");
}

static axf_status loss_declare(const axf_host *host, const void *options, const axf_loss_inputs *inputs, void **self)
{
    (void)options, (void)inputs;
    return make(host, "loss declare", self);
}

static axf_status loss_compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    (void)self, (void)pass, (void)view, (void)result;
    in("loss compute");
    return AXF_ERR_PLUGIN;
}

static void loss_destroy(void *self)
{
    (void)self;
    in("loss destroy");
}

static const axf_loss loss = {sizeof loss, loss_describe, loss_declare, loss_compute, loss_destroy};

/* ---- dataset ---- */

static axf_status dataset_describe(const axf_host *host, const void *options, axf_dataset_facts *facts)
{
    (void)host, (void)options, (void)facts;
    return in("dataset describe");
}

static axf_status dataset_read(const axf_host *host, const void *options, const axf_post_sink *sink,
                               axf_dataset_facts *facts)
{
    (void)host, (void)options, (void)sink, (void)facts;
    return in("dataset read");
}

static const axf_dataset dataset = {sizeof dataset, dataset_describe, dataset_read};

/* ---- backend: its entries beyond create are never called, but must be there ---- */

static int32_t backend_score(const axf_host *host)
{
    (void)host;
    in("backend score");
    return 1000;
}

static axf_status backend_create(const axf_host *host, const void *options, const axf_backend_request *request,
                                 void **self)
{
    (void)host, (void)options, (void)request, (void)self;
    return in("backend create");
}

static axf_backend backend;

__attribute__((constructor)) static void fill(void)
{
    int32_t (*some)(const axf_host *) = backend_score;
    for (size_t at = offsetof(axf_backend, score); at + sizeof some <= sizeof backend; at += sizeof some) {
        memcpy((char *)&backend + at, &some, sizeof some);
    }
    backend.struct_size = sizeof backend;
    backend.create = backend_create;
}

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "odd", "1", "crashes", 0, sizeof text, &text, 0},
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "odd", "1", "crashes", 0, sizeof image, &image, 0},
    {sizeof(axf_component), AXF_KIND_FUSION, "odd", "1", "crashes", 0, sizeof fusion, &fusion, 0},
    {sizeof(axf_component), AXF_KIND_LOSS, "odd", "1", "crashes", 0, sizeof loss, &loss, 0},
    {sizeof(axf_component), AXF_KIND_DATASET, "odd", "1", "crashes", 0, sizeof dataset, &dataset, 0},
    {sizeof(axf_component), AXF_KIND_BACKEND, "odd", "1", "crashes", 0, sizeof backend, &backend, 0},
};
AXF_PLUGIN(odd, "0.1.0", "MIT", components)
