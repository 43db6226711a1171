/* --trace DIR writes what is needed to repeat a training elsewhere, step by step (tools/parity.py).
 *
 * initial.safetensors holds every parameter at step 0. trace.jsonl has a line for each pass of a step: the ids of its
 * posts in order, their token ids, the pairs of the pair loss, and the losses. */
#ifndef AXF_TRAIN_TRACE_H
#define AXF_TRAIN_TRACE_H

#include "model/outputs.h"
#include "train/trainer.h"
#include "workbench/evaluate.h"

axf_status axf_trace_begin(axf_trainer *trainer);
axf_status axf_trace_step(axf_trainer *trainer, const axf_batch *batch, const axf_outputs *outputs,
                          const axf_pass_values *values);

#endif
