/* Predicting posts one by one, from standard input. */
#ifndef AXF_APPLY_PREDICT_LINE_H
#define AXF_APPLY_PREDICT_LINE_H

#include "run/finished.h"

#include <stdio.h>

/* Reads one JSON object {"id","text","image"} and writes one JSON line to `out`. `number` is the line's, for messages; a
 * post without an id gets it as its id. `images` is the folder of the images; NULL: the current one. */
axf_status axf_predict_line(axf_finished *finished, const char *line, size_t length, int64_t number, const char *images,
                            FILE *out);

#endif
