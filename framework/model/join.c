#include "model/join.h"

#include "core/error.h"
#include "model/state.h"
#include "plugin/guard.h"

/* Whether a joint encoder gave what it was asked for; a match vector may be the fused one. */
static axf_status check_joined(const axf_instance *joint, uint32_t wanted, const axf_joined *joined)
{
    const struct {
        uint32_t bit;
        const axf_tensor *tensor;
        const char *name;
    } outputs[] = {{AXF_WANT_FUSED, joined->fused, "fused"},
                   {AXF_WANT_MATCH, joined->match != NULL ? joined->match : joined->fused, "match"},
                   {AXF_WANT_CONTRAST_TEXT, joined->contrast_text, "contrast_text"},
                   {AXF_WANT_CONTRAST_IMAGE, joined->contrast_image, "contrast_image"}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if ((wanted & outputs[i].bit) && outputs[i].tensor == NULL) {
            axf_fail(AXF_ERR_PLUGIN, "join did not give '%s', which was wanted", outputs[i].name);
            return axf_instance_context(joint, AXF_ERR_PLUGIN);
        }
    }
    return AXF_OK;
}

axf_status axf_join_states(axf_forward *f, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                           const axf_state *text, const axf_state *image, axf_joined *joined)
{
    const axf_model *model = f->model;
    *joined = (axf_joined){.struct_size = sizeof *joined};
    axf_instance *joint = model->experiment->joint.instance, *fusion = model->experiment->fusion.instance;
    if (joint != NULL) {
        const axf_pass *pass =
            axf_forward_encoder_pass(f, joint->prefix, model->text_frozen, scope, wanted, posts, slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(joint, "join", f->batch->step);
        const axf_status status = axf_forward_checked(
            f, joint, ((const axf_joint_encoder *)joint->vtable)->join(joint->self, pass, text, image, joined));
        axf_tensor *const kept[] = {joined->fused, joined->match, joined->contrast_text, joined->contrast_image};
        pass->ops->scope_end(pass, kept, 4);
        AXF_TRY(status);
        AXF_TRY(check_joined(joint, wanted, joined));
    } else if (fusion != NULL) {
        const axf_pass *pass = axf_forward_pass(f, fusion->prefix, scope, wanted, posts, slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(fusion, "fuse", f->batch->step);
        const axf_status status = axf_forward_checked(
            f, fusion, ((const axf_fusion *)fusion->vtable)->fuse(fusion->self, pass, text, image, &joined->fused));
        pass->ops->scope_end(pass, &joined->fused, 1);
        AXF_TRY(status);
    } else {
        const axf_state *only = model->has_text ? text : image;
        joined->fused = axf_state_find(only, model->single_vector == AXF_WANT_POOLED ? "pooled" : "first");
        if (joined->fused == NULL) {
            return axf_fail(AXF_ERR_PLUGIN, "the encoder did not give the vector that it said it gives");
        }
    }
    joined->match = joined->match != NULL ? joined->match : joined->fused;
    return AXF_OK;
}
