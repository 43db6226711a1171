/* Label words to class indices. */
#ifndef AXF_COMMON_DATASETS_LABELS_H
#define AXF_COMMON_DATASETS_LABELS_H

#include "auxfuse/dataset.h"

/* The index of `word` among names; the error names file, line and id, and lists the label set. */
axf_status axf_label_find(const axf_host *host, const char *const *names, int32_t count, const char *word,
                          const char *file, int64_t line, const char *id, int32_t *target);

/* train, val and test with the usual other words (training, dev, valid, validation, …); AXF_SPLIT_NONE with an error
 * for anything else but the empty word. */
axf_status axf_split_find(const axf_host *host, const char *word, const char *file, int64_t line, const char *id,
                          int32_t *split);

/* `pattern` with every "{id}" replaced, in host memory. */
char *axf_pattern_fill(const axf_host *host, const char *pattern, const char *id);

#endif
