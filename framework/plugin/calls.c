#include "plugin/calls.h"

#include "core/error.h"
#include "plugin/guard.h"
#include "tensor/tape.h"

#include <string.h>

static void enter(const axf_instance *instance, const char *call)
{
    axf_guard_enter(instance->component, call, -1);
}

static axf_status leave(const axf_instance *instance, axf_status status)
{
    axf_guard_leave();
    return axf_instance_context(instance, status);
}

static void enter_step(const axf_instance *instance, const char *call, const axf_pass *pass)
{
    axf_guard_enter(instance->component, call, pass->step);
}

static axf_status leave_step(const axf_instance *instance, const axf_pass *pass, axf_status status)
{
    return leave(instance, status == AXF_OK ? axf_tape_status(pass->tape) : status);
}

static void enter_declare(axf_instance *instance, axf_params *params)
{
    instance->params = params;
    enter(instance, "declare");
}

static axf_status leave_declare(axf_instance *instance, axf_status status)
{
    instance->params = NULL;
    return leave(instance, status);
}

static axf_status leave_tokenize(const axf_instance *instance, const char *post, axf_status status)
{
    axf_guard_leave_thread();
    return status == AXF_OK ? AXF_OK : axf_instance_context(instance, axf_context(status, "post %s", post));
}

static axf_status need_entry(const axf_instance *instance, int there, const char *name)
{
    return there ? AXF_OK
                 : axf_instance_context(instance, axf_fail(AXF_ERR_PLUGIN, "lacks the required entry '%s'", name));
}

/* ---- text encoders ---- */

axf_status axf_call_text_describe(axf_instance *text, axf_text_facts *facts)
{
    const axf_text_encoder *entries = text->vtable;
    enter(text, "describe");
    return leave(text, entries->describe(&text->host, text->options, facts));
}

axf_status axf_call_text_declare(axf_instance *text, axf_params *params, uint32_t wanted)
{
    const axf_text_encoder *entries = text->vtable;
    enter_declare(text, params);
    return leave_declare(text, entries->declare(&text->host, text->options, wanted, &text->self));
}

axf_status axf_call_text_tokenize(const axf_instance *text, const char *post, const char *bytes, size_t length,
                                  int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_text_encoder *entries = text->vtable;
    axf_guard_enter_thread(text->component, "tokenize");
    return leave_tokenize(text, post, entries->tokenize(text->self, bytes, length, ids, types, count));
}

axf_status axf_call_text_encode(const axf_instance *text, const axf_pass *pass, const axf_tokens *tokens,
                                axf_state *state)
{
    const axf_text_encoder *entries = text->vtable;
    enter_step(text, "encode", pass);
    return leave_step(text, pass, entries->encode(text->self, pass, tokens, state));
}

/* ---- image encoders ---- */

axf_status axf_call_image_describe(axf_instance *image, axf_image_facts *facts)
{
    const axf_image_encoder *entries = image->vtable;
    enter(image, "describe");
    AXF_TRY(leave(image, entries->describe(&image->host, image->options, facts)));
    return facts->from_pixels ? need_entry(image, entries->encode != NULL, "encode")
                              : need_entry(image, entries->encode_features != NULL, "encode_features");
}

axf_status axf_call_image_declare(axf_instance *image, axf_params *params, uint32_t wanted)
{
    const axf_image_encoder *entries = image->vtable;
    enter_declare(image, params);
    return leave_declare(image, entries->declare(&image->host, image->options, wanted, &image->self));
}

axf_status axf_call_image_encode(const axf_instance *image, const axf_pass *pass, const axf_images *images,
                                 axf_state *state)
{
    const axf_image_encoder *entries = image->vtable;
    enter_step(image, "encode", pass);
    return leave_step(image, pass, entries->encode(image->self, pass, images, state));
}

axf_status axf_call_image_encode_features(const axf_instance *image, const axf_pass *pass, const char *const *ids,
                                          axf_state *state)
{
    const axf_image_encoder *entries = image->vtable;
    enter_step(image, "encode_features", pass);
    return leave_step(image, pass, entries->encode_features(image->self, pass, ids, state));
}

static axf_status has_features(const axf_instance *instance, axf_status (*entry)(void *, const char *), const char *id)
{
    if (entry == NULL) {
        return AXF_OK;
    }
    enter(instance, "has_features");
    const axf_status status = entry(instance->self, id);
    axf_guard_leave();
    return status;
}

axf_status axf_call_image_has_features(const axf_instance *image, const char *id)
{
    return has_features(image, ((const axf_image_encoder *)image->vtable)->has_features, id);
}

/* ---- joint encoders ---- */

axf_status axf_call_joint_describe(axf_instance *joint, axf_joint_facts *facts)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter(joint, "describe");
    AXF_TRY(leave(joint, entries->describe(&joint->host, joint->options, facts)));
    return facts->image.from_pixels ? need_entry(joint, entries->image_part != NULL, "image_part")
                                    : need_entry(joint, entries->features_part != NULL, "features_part");
}

axf_status axf_call_joint_declare(axf_instance *joint, axf_params *params, uint32_t wanted)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter_declare(joint, params);
    return leave_declare(joint, entries->declare(&joint->host, joint->options, wanted, &joint->self));
}

axf_status axf_call_joint_tokenize(const axf_instance *joint, const char *post, const char *bytes, size_t length,
                                   int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_joint_encoder *entries = joint->vtable;
    axf_guard_enter_thread(joint->component, "tokenize");
    return leave_tokenize(joint, post, entries->tokenize(joint->self, bytes, length, ids, types, count));
}

axf_status axf_call_joint_text_part(const axf_instance *joint, const axf_pass *pass, const axf_tokens *tokens,
                                    axf_state *state)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter_step(joint, "text_part", pass);
    return leave_step(joint, pass, entries->text_part(joint->self, pass, tokens, state));
}

axf_status axf_call_joint_image_part(const axf_instance *joint, const axf_pass *pass, const axf_images *images,
                                     axf_state *state)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter_step(joint, "image_part", pass);
    return leave_step(joint, pass, entries->image_part(joint->self, pass, images, state));
}

axf_status axf_call_joint_features_part(const axf_instance *joint, const axf_pass *pass, const char *const *ids,
                                        axf_state *state)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter_step(joint, "features_part", pass);
    return leave_step(joint, pass, entries->features_part(joint->self, pass, ids, state));
}

axf_status axf_call_joint_join(const axf_instance *joint, const axf_pass *pass, const axf_state *text,
                               const axf_state *image, axf_joined *joined)
{
    const axf_joint_encoder *entries = joint->vtable;
    enter_step(joint, "join", pass);
    return leave_step(joint, pass, entries->join(joint->self, pass, text, image, joined));
}

axf_status axf_call_joint_has_features(const axf_instance *joint, const char *id)
{
    return has_features(joint, ((const axf_joint_encoder *)joint->vtable)->has_features, id);
}

/* ---- fusions ---- */

axf_status axf_call_fusion_describe(axf_instance *fusion, const axf_fusion_inputs *inputs, axf_fusion_facts *facts)
{
    const axf_fusion *entries = fusion->vtable;
    enter(fusion, "describe");
    return leave(fusion, entries->describe(&fusion->host, fusion->options, inputs, facts));
}

axf_status axf_call_fusion_declare(axf_instance *fusion, axf_params *params, const axf_fusion_inputs *inputs)
{
    const axf_fusion *entries = fusion->vtable;
    enter_declare(fusion, params);
    return leave_declare(fusion, entries->declare(&fusion->host, fusion->options, inputs, &fusion->self));
}

axf_status axf_call_fusion_fuse(const axf_instance *fusion, const axf_pass *pass, const axf_state *text,
                                const axf_state *image, axf_tensor **fused)
{
    const axf_fusion *entries = fusion->vtable;
    enter_step(fusion, "fuse", pass);
    return leave_step(fusion, pass, entries->fuse(fusion->self, pass, text, image, fused));
}

/* ---- losses ---- */

axf_status axf_call_loss_describe(axf_instance *loss, const axf_loss_inputs *inputs, axf_loss_facts *facts)
{
    const axf_loss *entries = loss->vtable;
    enter(loss, "describe");
    return leave(loss, entries->describe(&loss->host, loss->options, inputs, facts));
}

axf_status axf_call_loss_declare(axf_instance *loss, axf_params *params, const axf_loss_inputs *inputs)
{
    const axf_loss *entries = loss->vtable;
    enter_declare(loss, params);
    return leave_declare(loss, entries->declare(&loss->host, loss->options, inputs, &loss->self));
}

axf_status axf_call_loss_compute(const axf_instance *loss, const axf_pass *pass, const axf_loss_view *view,
                                 axf_loss_result *result)
{
    const axf_loss *entries = loss->vtable;
    enter_step(loss, "compute", pass);
    return leave_step(loss, pass, entries->compute(loss->self, pass, view, result));
}

/* ---- datasets ---- */

axf_status axf_call_dataset_describe(axf_instance *dataset, axf_dataset_facts *facts)
{
    const axf_dataset *entries = dataset->vtable;
    enter(dataset, "describe");
    return leave(dataset, entries->describe(&dataset->host, dataset->options, facts));
}

axf_status axf_call_dataset_read(axf_instance *dataset, const axf_post_sink *sink, axf_dataset_facts *facts)
{
    const axf_dataset *entries = dataset->vtable;
    enter(dataset, "read");
    return leave(dataset, entries->read(&dataset->host, dataset->options, sink, facts));
}

/* ---- backends ---- */

int32_t axf_call_backend_score(const axf_registered *backend)
{
    const axf_backend *entries = backend->described;
    if (entries == NULL || entries->score == NULL) {
        return -1;
    }
    axf_guard_enter(backend, "score", -1);
    const int32_t score = entries->score(NULL);
    axf_guard_leave();
    return score;
}

axf_status axf_call_backend_create(axf_instance *backend, const axf_backend_request *request, void **self)
{
    const axf_backend *entries = backend->vtable;
    enter(backend, "create");
    return leave(backend, entries->create(&backend->host, backend->options, request, self));
}

void axf_call_backend_destroy(const axf_instance *backend, void *self)
{
    if (self != NULL) {
        enter(backend, "destroy");
        ((const axf_backend *)backend->vtable)->destroy(self);
        axf_guard_leave();
    }
}

const axf_backend *axf_backend_of(const axf_instance *instance)
{
    return instance->vtable;
}

/* ---- all that are declared ---- */

static void (*destroy_of(const axf_instance *instance))(void *self)
{
    const char *kind = instance->component->kind->id;
    if (strcmp(kind, AXF_KIND_TEXT_ENCODER) == 0) {
        return ((const axf_text_encoder *)instance->vtable)->destroy;
    }
    if (strcmp(kind, AXF_KIND_IMAGE_ENCODER) == 0) {
        return ((const axf_image_encoder *)instance->vtable)->destroy;
    }
    if (strcmp(kind, AXF_KIND_JOINT_ENCODER) == 0) {
        return ((const axf_joint_encoder *)instance->vtable)->destroy;
    }
    if (strcmp(kind, AXF_KIND_FUSION) == 0) {
        return ((const axf_fusion *)instance->vtable)->destroy;
    }
    return ((const axf_loss *)instance->vtable)->destroy;
}

void axf_call_destroy(axf_instance *instance)
{
    if (instance->self != NULL) {
        enter(instance, "destroy");
        destroy_of(instance)(instance->self);
        axf_guard_leave();
        instance->self = NULL;
    }
}
