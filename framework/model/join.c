#include "model/join.h"

#include "core/error.h"
#include "model/sides.h"
#include "model/state.h"
#include "plugin/calls.h"

/* Refuses a joint encoder that did not give what it was asked for. The match vector may be the fused one. */
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

static axf_status join_jointly(axf_forward *f, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                               const axf_state *text, const axf_state *image, axf_joined *joined)
{
    const axf_instance *joint = axf_side_instance(f->model, AXF_SIDE_TEXT);
    const axf_pass *pass = axf_forward_encoder_pass(f, joint->prefix, axf_side_frozen(f->model, AXF_SIDE_TEXT), scope,
                                                    wanted, posts, slots);
    pass->ops->scope_begin(pass);
    const axf_status status = axf_call_joint_join(joint, pass, text, image, joined);
    axf_tensor *const kept[] = {joined->fused, joined->match, joined->contrast_text, joined->contrast_image};
    pass->ops->scope_end(pass, kept, 4);
    AXF_TRY(status);
    return check_joined(joint, wanted, joined);
}

/* Joins by a fusion, or takes the vector of the only side. The contrast vectors are the pooled ones. */
static axf_status join_states(axf_forward *f, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                              const axf_state *text, const axf_state *image, axf_joined *joined)
{
    const axf_model *model = f->model;
    const axf_instance *fusion = model->experiment->fusion.instance;
    joined->contrast_text = axf_state_find(text, "pooled");
    joined->contrast_image = axf_state_find(image, "pooled");
    if (fusion == NULL) {
        const axf_state *only = model->has_text ? text : image;
        joined->fused = axf_state_find(only, model->single_vector == AXF_WANT_POOLED ? "pooled" : "first");
        return joined->fused != NULL
                   ? AXF_OK
                   : axf_fail(AXF_ERR_PLUGIN, "the encoder did not give the vector that it said it gives");
    }
    const axf_pass *pass = axf_forward_pass(f, fusion->prefix, scope, wanted, posts, slots);
    pass->ops->scope_begin(pass);
    const axf_status status = axf_call_fusion_fuse(fusion, pass, text, image, &joined->fused);
    pass->ops->scope_end(pass, &joined->fused, 1);
    return status;
}

axf_status axf_join_states(axf_forward *f, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                           const axf_state *text, const axf_state *image, axf_joined *joined)
{
    *joined = (axf_joined){.struct_size = sizeof *joined};
    AXF_TRY((axf_model_is_joint(f->model) ? join_jointly : join_states)(f, scope, wanted, posts, slots, text, image,
                                                                        joined));
    joined->match = joined->match != NULL ? joined->match : joined->fused;
    return AXF_OK;
}
