/* The tape: one step of define-by-run recording over one backend, with its memory.
 *
 * One tape serves a whole run: begin, forward calls through passes (passes.h), backward (backward.h), end; again and
 * again. Inputs and results cross between host and backend in transfers.h. */
#ifndef AXF_TENSOR_TAPE_H
#define AXF_TENSOR_TAPE_H

#include "tensor/params.h"

typedef struct axf_tape axf_tape;

typedef struct axf_tape_settings {
    uint64_t seed;          /* of all random draws */
    int32_t keep_gradients; /* 1: gradients live in memory of their own until axf_params_begin_step, and several
                             * backward calls add up (accumulation, clipping); that memory is not part of
                             * axf_tape_peak. 0: they are pooled, and gone after the hook */
} axf_tape_settings;

axf_status axf_tape_new(const axf_backend *backend, void *backend_self, axf_params *params,
                        const axf_tape_settings *settings, axf_tape **tape);
void axf_tape_free(axf_tape *tape);

enum {                         /* which calls of a pass are recorded for backward: axf_pass_settings::record */
       AXF_RECORD_NOTHING = 0, /* nothing (a frozen part), even when the tape records */
       AXF_RECORD = 1,
       /* As AXF_RECORD; but an op behind which nothing is trained is in evaluation mode, too: no dropout, running
        * statistics. */
       AXF_RECORD_TRAINED = 2,
};

/* Begins a step. recording: build the tape for backward. planning: shapes and memory only, no kernel runs and nothing
 * is read; after end, axf_tape_extent tells what to reserve for such a step. Whether a parameter is trained in this
 * step is what axf_param.trained says now. */
void axf_tape_begin(axf_tape *tape, int32_t recording, int32_t planning);

/* Ends the step: every tensor of it is gone. */
void axf_tape_end(axf_tape *tape);

/* From here on nothing is recorded for backward, though every tensor still tells by wants_gradient whether it would
 * want one, and ops behave as in a step that is recorded. Resuming, or the begin of a step, ends the pause. */
void axf_tape_pause_recording(axf_tape *tape);
void axf_tape_resume_recording(axf_tape *tape);

int axf_tape_planning(const axf_tape *tape); /* 1: the step under way is only planned */

/* Zeroed host memory that lives until the end of the step; never NULL. What a planned step took is there for the next
 * ones, so that they allocate nothing. */
void *axf_tape_memory(axf_tape *tape, size_t size);

size_t axf_tape_peak(const axf_tape *tape); /* most bytes in use at once since the last begin */

/* Bytes of one piece that would hold the step since the last begin: the peak, and the gaps between blocks. */
size_t axf_tape_extent(const axf_tape *tape);

size_t axf_tape_reserved(const axf_tape *tape);
int64_t axf_tape_grown(const axf_tape *tape); /* pieces added because a step needed them */

/* The first failure of the step, AXF_OK while there is none. Its message is the error object's. */
axf_status axf_tape_status(const axf_tape *tape);

#endif
