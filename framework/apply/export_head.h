/* The head of an export: all parameters that are in no encoder's folder, and what they are. */
#ifndef AXF_APPLY_EXPORT_HEAD_H
#define AXF_APPLY_EXPORT_HEAD_H

#include "apply/export_plan.h"

#include <stdio.h>

/* Writes head.safetensors (fusion, losses, classifier, and those parameters of encoders that no checkpoint of their kind
 * has) and head.json (shapes, class names, and the sections of `spec` that describe the head). Prints a line to `out`. */
axf_status axf_export_head_write(const axf_export_plan *plan, const axf_node *spec, FILE *out);

#endif
