/* Weights in whatever form they come: safetensors, what torch.save wrote in its zip form, or .npy, in one file or in
 * shards. */
#ifndef AXF_WEIGHTS_WEIGHTS_H
#define AXF_WEIGHTS_WEIGHTS_H

#include "weights/stored.h"

typedef struct axf_weights axf_weights;

/* `path` is a file of any of these kinds, told by its content and not by its name, or a folder. In a folder the
 * first of these counts that is there: model.safetensors, model.safetensors.index.json with its shards,
 * pytorch_model.bin, pytorch_model.bin.index.json with its shards. The names of shards must be plain
 * ([A-Za-z0-9._-], no leading dot) and end as the files of their index do. Pickles that are not in zip form (torch
 * before 1.6) and tar archives are refused. */
axf_status axf_weights_open(const char *path, axf_weights **weights);
void axf_weights_close(axf_weights *weights); /* NULL is allowed; the entries go with it */
size_t axf_weights_count(const axf_weights *weights);
const axf_stored *axf_weights_entry_at(const axf_weights *weights, size_t index); /* file by file, forwards */
const axf_stored *axf_weights_find(const axf_weights *weights, const char *name); /* NULL: absent */
const char *axf_weights_metadata(const axf_weights *weights, const char *key);    /* of the first file */
/* "safetensors", "torch zip" or "npy" */
const char *axf_weights_format(const axf_weights *weights);

#endif
