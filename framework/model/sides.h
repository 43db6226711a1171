/* The two sides of a model, texts and images, which look alike whether each has an encoder of its own or one joint
 * encoder has both. Who asks a side need not know which it is. */
#ifndef AXF_MODEL_SIDES_H
#define AXF_MODEL_SIDES_H

#include "model/model.h"

enum { AXF_SIDE_TEXT = 0, AXF_SIDE_IMAGE = 1, AXF_SIDES = 2 };

/* 1: a joint encoder has both sides, and fuses them itself. */
int axf_model_is_joint(const axf_model *model);

/* The component that encodes the side; NULL: the model lacks the side. */
axf_instance *axf_side_instance(const axf_model *model, int side);

/* What a pass of the scope asks the side's encoder for (AXF_WANT_…). A joint encoder hears what its join will be asked
 * for: all in the first pass, the match vector in the second. */
uint32_t axf_side_wanted(const axf_model *model, int side, int32_t scope);

/* 1: nothing of the side's encoder is trained. */
int axf_side_frozen(const axf_model *model, int side);

/* Of what the state of the image side consists (AXF_WANT_…), by the encoder's facts. */
uint32_t axf_side_image_holds(const axf_model *model);

/* 1: the result of the image side for a post depends on the other posts of the batch, by the encoder's facts. */
int axf_side_couples_posts(const axf_model *model);

/* Fills the facts of both sides, has_text, has_image, and what the spec says of freezing. */
axf_status axf_sides_describe(axf_model *model);

/* Declares the encoders, and decides what of them is trained. image_tower 0: without the image encoder. */
axf_status axf_sides_declare(axf_model *model, int image_tower);

/* Calls of the side's encoder (plugin/calls.h). The model has the side, and its encoder is declared. */
axf_status axf_side_tokenize(const axf_model *model, const char *post, const char *bytes, size_t length, int32_t *ids,
                             int32_t *types, int32_t *count);
axf_status axf_side_encode_tokens(const axf_model *model, const axf_pass *pass, const axf_tokens *tokens,
                                  axf_state *state);
axf_status axf_side_encode_images(const axf_model *model, const axf_pass *pass, const axf_images *images,
                                  axf_state *state);
axf_status axf_side_encode_features(const axf_model *model, const axf_pass *pass, const char *const *ids,
                                    axf_state *state);
axf_status axf_side_has_features(const axf_model *model, const char *id);

#endif
