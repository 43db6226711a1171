/* auxfuse export: the model of a finished run as folders that transformers and auxfuse itself load. */
#ifndef AXF_APPLY_EXPORT_H
#define AXF_APPLY_EXPORT_H

#include "run/finished.h"

#include <stdio.h>

/* Writes the model into `folder`, which must be absent or empty:
 *   text/ and image/, or joint/: config.json, model.safetensors (f32) with the parameters under the names that the
 *       encoder declares, and the tokenizer's and preprocessor's files of the checkpoint that it came from. A frozen
 *       encoder is exported too.
 *   head.safetensors and head.json: all other parameters (export_head.h)
 *   spec.yml and environment.json: with them auxfuse predict takes the folder in the place of the run
 * `finished` was opened with `whole`. Prints a line for each folder, and one for the head, to `out`. */
axf_status axf_export(axf_finished *finished, const char *folder, FILE *out);

#endif
