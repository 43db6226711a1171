/* The small files of a checkpoint that an export copies: config.json, vocabularies, tokenizer and preprocessor. */
#ifndef AXF_APPLY_EXPORT_FILES_H
#define AXF_APPLY_EXPORT_FILES_H

#include "auxfuse/status.h"

#include <stdint.h>

/* Copies them from the folder `source` into `folder`, which exists. config.json loses `architectures`, and says that the
 * weights are float32: an export is a trunk in f32, whatever the checkpoint was. *copied: how many files were written. */
axf_status axf_export_files_copy(const char *source, const char *folder, int32_t *copied);

#endif
