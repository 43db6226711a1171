/* --trace DIR: what is needed to repeat a training elsewhere, step by step (tools/parity.py).
 *
 * initial.safetensors: every parameter at step 0. trace.jsonl: a line a step: post ids in order, token ids, the pairs
 * of the pair loss, the losses. */
#ifndef AXF_TRAIN_TRACE_H
#define AXF_TRAIN_TRACE_H

#include "model/outputs.h"
#include "train/session.h"

axf_status axf_trace_begin(axf_session *session);
axf_status axf_trace_step(axf_session *session, const axf_batch *batch, const axf_outputs *outputs, double loss,
                          const double *part);

#endif
