/* The exported folders of an encoder: model.safetensors, and the files of its checkpoint beside it. */
#ifndef AXF_APPLY_EXPORT_ENCODER_H
#define AXF_APPLY_EXPORT_ENCODER_H

#include "apply/export_plan.h"
#include "weights/safetensors.h"

#include <stdio.h>

/* Writes all folders of the encoder, and prints a line for each to `out`. `trained` is the file of the run's weights: a
 * parameter that neither it nor the encoder's checkpoint has (a pooler that nobody asked for) is left out. */
axf_status axf_export_encoder_write(const axf_export_plan *plan, const axf_export_encoder *encoder,
                                    const axf_safetensors *trained, FILE *out);

#endif
