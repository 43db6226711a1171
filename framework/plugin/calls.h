/* Calls into plugins, one function for each entry of a kind of component. Every call of the host into a component goes
 * through here (tests/lint/plugin-calls): a crash inside is laid to the component (guard.h), and an error carries the
 * component's kind, name and place in the spec. A call of a step also returns what failed on the tape meanwhile, since
 * an op that fails returns NULL. Which entries exist, and who owns what, says the header of the kind. */
#ifndef AXF_PLUGIN_CALLS_H
#define AXF_PLUGIN_CALLS_H

#include "auxfuse/dataset.h"
#include "auxfuse/fusion.h"
#include "auxfuse/image_encoder.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/loss.h"
#include "auxfuse/text_encoder.h"
#include "plugin/instance.h"

/* ---- text encoders ---- */
axf_status axf_call_text_describe(axf_instance *text, axf_text_facts *facts);
axf_status axf_call_text_declare(axf_instance *text, axf_params *params, uint32_t wanted);
/* `post` is the id that an error names. May be called from several threads at once. */
axf_status axf_call_text_tokenize(const axf_instance *text, const char *post, const char *bytes, size_t length,
                                  int32_t *ids, int32_t *types, int32_t *count);
axf_status axf_call_text_encode(const axf_instance *text, const axf_pass *pass, const axf_tokens *tokens,
                                axf_state *state);

/* ---- image encoders ---- */
/* Refuses an encoder that lacks the entry for what it says it reads: encode for pixels, else encode_features. */
axf_status axf_call_image_describe(axf_instance *image, axf_image_facts *facts);
axf_status axf_call_image_declare(axf_instance *image, axf_params *params, uint32_t wanted);
axf_status axf_call_image_encode(const axf_instance *image, const axf_pass *pass, const axf_images *images,
                                 axf_state *state);
axf_status axf_call_image_encode_features(const axf_instance *image, const axf_pass *pass, const char *const *ids,
                                          axf_state *state);
/* AXF_OK where the encoder lacks the entry. The message is the encoder's alone: it is the reason why a post is bad. */
axf_status axf_call_image_has_features(const axf_instance *image, const char *id);

/* ---- joint encoders ---- */
/* Refuses an encoder that lacks the entry for what it says it reads: image_part for pixels, else features_part. */
axf_status axf_call_joint_describe(axf_instance *joint, axf_joint_facts *facts);
axf_status axf_call_joint_declare(axf_instance *joint, axf_params *params, uint32_t wanted);
axf_status axf_call_joint_tokenize(const axf_instance *joint, const char *post, const char *bytes, size_t length,
                                   int32_t *ids, int32_t *types, int32_t *count); /* as axf_call_text_tokenize */
axf_status axf_call_joint_text_part(const axf_instance *joint, const axf_pass *pass, const axf_tokens *tokens,
                                    axf_state *state);
axf_status axf_call_joint_image_part(const axf_instance *joint, const axf_pass *pass, const axf_images *images,
                                     axf_state *state);
axf_status axf_call_joint_features_part(const axf_instance *joint, const axf_pass *pass, const char *const *ids,
                                        axf_state *state);
axf_status axf_call_joint_join(const axf_instance *joint, const axf_pass *pass, const axf_state *text,
                               const axf_state *image, axf_joined *joined);
axf_status axf_call_joint_has_features(const axf_instance *joint, const char *id); /* as axf_call_image_has_features */

/* ---- fusions ---- */
axf_status axf_call_fusion_describe(axf_instance *fusion, const axf_fusion_inputs *inputs, axf_fusion_facts *facts);
axf_status axf_call_fusion_declare(axf_instance *fusion, axf_params *params, const axf_fusion_inputs *inputs);
axf_status axf_call_fusion_fuse(const axf_instance *fusion, const axf_pass *pass, const axf_state *text,
                                const axf_state *image, axf_tensor **fused);

/* ---- losses ---- */
axf_status axf_call_loss_describe(axf_instance *loss, const axf_loss_inputs *inputs, axf_loss_facts *facts);
axf_status axf_call_loss_declare(axf_instance *loss, axf_params *params, const axf_loss_inputs *inputs);
axf_status axf_call_loss_compute(const axf_instance *loss, const axf_pass *pass, const axf_loss_view *view,
                                 axf_loss_result *result);

/* ---- datasets ---- */
axf_status axf_call_dataset_describe(axf_instance *dataset, axf_dataset_facts *facts);
axf_status axf_call_dataset_read(axf_instance *dataset, const axf_post_sink *sink, axf_dataset_facts *facts);

/* ---- backends ---- */
/* How well this machine suits a backend that need not be opened yet: 0 not at all; -1: the plugin cannot tell. */
int32_t axf_call_backend_score(const axf_registered *backend);
axf_status axf_call_backend_create(axf_instance *backend, const axf_backend_request *request, void **self);
void axf_call_backend_destroy(const axf_instance *backend, void *self); /* NULL is allowed */

/* The entries of an opened backend, for the tape and the parameters, which call them op by op. A crash inside is laid to
 * the component whose call is under way. */
const axf_backend *axf_backend_of(const axf_instance *instance);

/* ---- all that are declared: encoders, fusions and losses ---- */
/* Destroys what the instance's declare made, where it made something; instance->self is NULL afterwards. */
void axf_call_destroy(axf_instance *instance);

#endif
