/* Reads predictions-<split>.csv of a run folder. */
#ifndef AXF_SWEEP_PREDICTIONS_H
#define AXF_SWEEP_PREDICTIONS_H

#include "core/arena.h"
#include "core/hash.h"

typedef struct axf_predictions {
    int32_t posts;
    const char **ids; /* ascending */
    int32_t multi_label;
    int32_t *targets, *predictions; /* [posts], or [posts][classes] of 0 and 1 when multi-label */
    axf_hash128 hash;               /* of ids and targets, so that it is equal for equal posts */
} axf_predictions;

/* The posts are sorted by id and live in the arena. Errors name the file and the record. Refused are: a header that is
 * neither id,target,prediction,… nor, for posts with several labels, id,target_0,…,prediction_0,… with `classes` of
 * each; a file without posts; an id that is used twice; a target or prediction outside 0 … classes - 1 (or other than 0
 * and 1, for several labels). */
axf_status axf_predictions_read(axf_arena *arena, const char *path, int32_t classes, axf_predictions *predictions);

#endif
