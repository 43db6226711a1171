/* The tape: define-by-run recording of one step over one backend, its memory pool, and the op table's front end.
 *
 * One tape serves a whole run: begin, forward calls through passes, backward, end; again and again. */
#ifndef AXF_TENSOR_TAPE_H
#define AXF_TENSOR_TAPE_H

#include "tensor/params.h"

typedef struct axf_tape axf_tape;

/* Called in backward as soon as a parameter's gradient is final (every recorded use is done). The hook may update the
 * parameter at once. After the hook a pooled gradient returns to the pool. Not called for a parameter that no gradient
 * reached, nor in planning. */
typedef axf_status (*axf_gradient_hook)(void *context, axf_param *param);

typedef struct axf_tape_settings {
    uint64_t seed;          /* of all random draws */
    int32_t keep_gradients; /* 1: gradients live in memory of their own until axf_params_begin_step, and several
                             * backward calls add up (accumulation, clipping); that memory is not part of
                             * axf_tape_peak. 0: pooled, gone after the hook */
} axf_tape_settings;

axf_status axf_tape_new(const axf_backend *backend, void *backend_self, axf_params *params,
                        const axf_tape_settings *settings, axf_tape **tape);
void axf_tape_free(axf_tape *tape);

/* recording: build the tape for backward. planning: shapes and memory only, no kernel runs, nothing is read: after
 * end, axf_tape_extent tells what to reserve for such a step. Parameters are trained or not as axf_param.trained says
 * now. */
void axf_tape_begin(axf_tape *tape, int32_t recording, int32_t planning);
void axf_tape_end(axf_tape *tape); /* every tensor of the step is gone */

/* 1: from here on nothing is kept for backward, though every tensor tells by wants_gradient what it would, and ops
 * behave as in a step that is recorded. 0 (as after begin): recording goes on. */
void axf_tape_pause(axf_tape *tape, int32_t paused);

int axf_tape_planning(const axf_tape *tape); /* 1: the step under way is only planned */

/* Grows the pool to `bytes` in one piece (huge pages asked for from 2 MiB on). A step that needs more than is reserved
 * gets it (a further piece) and is counted in axf_tape_grown. */
axf_status axf_tape_reserve(axf_tape *tape, size_t bytes);
size_t axf_tape_peak(const axf_tape *tape); /* most bytes in use at once since the last begin */
/* Bytes of one piece that hold the step since the last begin: the peak and the gaps between blocks. */
size_t axf_tape_extent(const axf_tape *tape);
size_t axf_tape_reserved(const axf_tape *tape);
int64_t axf_tape_grown(const axf_tape *tape); /* pieces added after the first reserve */

/* First failure of the step: AXF_OK while none. Its message is the error object's. */
axf_status axf_tape_status(const axf_tape *tape);

enum {                         /* axf_pass_settings::record */
       AXF_RECORD_NOTHING = 0, /* of this pass (a frozen part), even when the tape records */
       AXF_RECORD = 1,
       /* An op behind which nothing is trained is in evaluation mode, too: no dropout, running statistics. */
       AXF_RECORD_TRAINED = 2,
};

typedef struct axf_pass_settings {
    const char *component; /* full prefix, keys the random draws: "text", "fusion", "losses.itm" */
    int32_t training, scope;
    uint32_t wanted;
    int32_t posts;
    const int32_t *slots; /* [posts], copied; NULL: 0 … posts-1 */
    int64_t step;
    int32_t record; /* AXF_RECORD_… */
} axf_pass_settings;

/* A pass of the current step; lives until axf_tape_end. */
const axf_pass *axf_tape_pass(axf_tape *tape, const axf_pass_settings *settings);

/* Ragged structure of the step from host offsets [posts+1], copied. NULL where they do not rise from 0. */
const axf_rows *axf_tape_rows(axf_tape *tape, int32_t posts, const int32_t *offset);
/* Tensor with data copied from host memory (planning: not read). f32 becomes f64 on a backend in f64 mode. */
axf_tensor *axf_tape_input(axf_tape *tape, int32_t dtype, int32_t ndim, const int64_t *shape, const void *data,
                           const axf_rows *rows);

/* Runs backward from `loss` [1] with gradient `seed` (e.g. 1), and forgets what was recorded. Gradients of several
 * losses: add them first. Refused where no trained parameter lies behind the loss. */
axf_status axf_tape_backward(axf_tape *tape, axf_tensor *loss, double seed, axf_gradient_hook hook, void *context);

/* The parts' posts one after the other, in memory of its own: a leaf, behind which nothing is recorded. It takes a
 * gradient where one of the parts would, and keeps it for the rest of the step, beyond its scope. NULL after a sticky
 * failure, e.g. where the parts' rows are not of one width. */
axf_tensor *axf_tape_join(axf_tape *tape, axf_tensor *const *parts, int32_t count);
/* Runs backward from outputs[i], which are the posts `from` … of leaves[i] made again, with the gradient that the leaf
 * has got for them, and forgets what was recorded. A leaf without one, or an output that wants none, is passed over.
 * Needs gradients that are kept (axf_tape_settings), since parameters get theirs part by part. */
axf_status axf_tape_backward_leaves(axf_tape *tape, axf_tensor *const *leaves, int32_t from, axf_tensor *const *outputs,
                                    int32_t count);

/* Elements of a real tensor as f32 (or f64 as double) in host memory. */
axf_status axf_tape_read(axf_tape *tape, const axf_tensor *tensor, float *values);
axf_status axf_tape_read_double(axf_tape *tape, const axf_tensor *tensor, double *values);
axf_status axf_tape_read_index(axf_tape *tape, const axf_tensor *tensor, int32_t *values);
int64_t axf_tensor_elements(const axf_tensor *tensor);

#endif
