/* Predicting with a finished run: its spec and final weights, posts from a table or one by one. */
#ifndef AXF_TRAIN_PREDICT_H
#define AXF_TRAIN_PREDICT_H

#include "train/session.h"

#include <stdio.h>

typedef struct axf_predictor {
    axf_arena arena;
    axf_session session; /* without folder outputs; posts of the request at hand */
    const char *run;
    const char *const *class_names;
    axf_registry *registry;
} axf_predictor;

/* Reads RUN/spec.yml (settings on top) and RUN/checkpoints/final.safetensors; RUN/environment.json gives class names.
 */
axf_status axf_predictor_open(axf_predictor *predictor, axf_registry *registry, const char *run,
                              const char *const *settings);
void axf_predictor_close(axf_predictor *predictor);

/* CSV lines: id,prediction,class,probability_0,… for every post of a .csv or .jsonl file. */
axf_status axf_predictor_file(axf_predictor *predictor, const char *file, const char *images, FILE *out);
/* One JSON object {"id","text","image"} -> one JSON line. */
axf_status axf_predictor_line(axf_predictor *predictor, const char *line, size_t length, int64_t number,
                              const char *images, FILE *out);

#endif
