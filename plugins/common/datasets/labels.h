/* From the words of a table to class indices and splits. */
#ifndef AXF_COMMON_DATASETS_LABELS_H
#define AXF_COMMON_DATASETS_LABELS_H

#include "auxfuse/plugin.h"

/* Sets *target to the index of `word` among `names`. The message of the error names file, line and id, and lists the
 * names. */
axf_status axf_label_find(const axf_host *host, const char *const *names, int32_t count, const char *word,
                          const char *file, int64_t line, const char *id, int32_t *target);

/* Sets *split to what a word means: train, val or test, or one of the usual other words (training, dev, valid,
 * validation, …). The empty word means AXF_SPLIT_NONE; any other word is an error. */
axf_status axf_split_find(const axf_host *host, const char *word, const char *file, int64_t line, const char *id,
                          int32_t *split);

/* Returns `pattern` with every "{id}" replaced by the id, in memory of the host. */
char *axf_pattern_fill(const axf_host *host, const char *pattern, const char *id);

#endif
