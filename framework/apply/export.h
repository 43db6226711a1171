/* auxfuse export: the model of a finished run as folders that transformers and auxfuse itself load. */
#ifndef AXF_APPLY_EXPORT_H
#define AXF_APPLY_EXPORT_H

#include "run/finished.h"

#include <stdio.h>

/* Writes into `folder`, which must be absent or empty:
 *   text/ and image/, or joint/: config.json, model.safetensors (f32) with the parameters under the names that the
 *       encoder declares, and the tokenizer's and preprocessor's files of the checkpoint it came from; a frozen encoder
 *       too
 *   head.safetensors: all other parameters (fusion, losses, classifier, what of an encoder no checkpoint of its kind
 *       has); head.json says what they are
 *   spec.yml, environment.json: so that auxfuse predict takes the folder for the run
 * `finished` was opened with `whole`. A parameter that neither the run trained nor its checkpoint has (a pooler that
 * nobody asked for) is left out. Prints a line a folder to `out`. */
axf_status axf_export(axf_finished *finished, const char *folder, FILE *out);

#endif
