/* Which parameters of a component are trained: all of them, those after a layer, or only what its checkpoint lacks. */
#ifndef AXF_MODEL_FREEZE_H
#define AXF_MODEL_FREEZE_H

#include "experiment/settings.h"
#include "plugin/instance.h"

/* Sets the trained flags of what an encoder declared.
 *   frozen        nothing is trained, except a layer that the checkpoint lacks (a missing pooler)
 *   freeze_until  nothing is trained up to and with the layer of that name, in the order of declaration, which is that
 *                 of computation; an unknown name is an error that lists the names that there are
 *   neither       everything but buffers is trained
 * *trained: how many parameters are trained. */
axf_status axf_freeze(axf_instance *instance, const axf_settings_encoder *settings, int32_t *trained);

/* Trains everything but buffers: fusions and losses. */
void axf_freeze_nothing(axf_instance *instance);

/* Whether parameter i of the instance is trained though the encoder is frozen: a layer that its checkpoint lacks.
 * `missing` is what axf_weights_find_missing says of it. */
int axf_freeze_keeps_trained(const axf_instance *instance, int32_t i, int missing);

#endif
