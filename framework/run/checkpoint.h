/* Checkpoints of a run: files from which it goes on as if nothing had happened.
 *
 * checkpoints/step-<n>.safetensors, the last two kept. A checkpoint is a list of named tensors and a text that holds
 * all else (the metadata entry "auxfuse_state"); what they are is the trainer's business (train/resume.h). The file
 * carries a checksum, which is verified when it is opened. */
#ifndef AXF_RUN_CHECKPOINT_H
#define AXF_RUN_CHECKPOINT_H

#include "core/arena.h"
#include "tensor/params.h"
#include "weights/safetensors.h"
#include "weights/safetensors_write.h"

/* Tensors to be written, collected first, since a file's header comes before its data. */
typedef struct axf_saved_tensor {
    const void *data; /* backend memory, or host memory where `in_host` is 1 */
    size_t bytes;
    int32_t in_host;
} axf_saved_tensor;

typedef struct axf_saved_list {
    axf_arena arena;
    axf_safetensors_item *items;
    axf_saved_tensor *tensors;
    size_t count, capacity;
} axf_saved_list;

/* Adds "<kind><name>"; the tensor's memory is borrowed until the list is written. */
void axf_saved_list_add(axf_saved_list *list, const char *kind, const char *name, const axf_tensor *tensor,
                        int in_host);
void axf_saved_list_free(axf_saved_list *list);

/* Writes the tensors durably to `path`, with `state` as metadata unless it is NULL. */
axf_status axf_saved_list_write(const axf_saved_list *list, const char *path, const char *state,
                                const axf_backend *backend, void *backend_self);

/* The steps of a run folder's resume states, newest first. The caller frees *steps; there are none on failure, and where
 * the folder "checkpoints" is not there. */
axf_status axf_checkpoint_list(const char *folder, int64_t **steps, int32_t *count);
/* Removes all resume states but the newest ones. What cannot be removed stays: it only takes up room. */
void axf_checkpoint_remove(const char *folder, int keep_newest);

/* Paths of a resume state, and of weights alone (checkpoints/<name>.safetensors); the caller frees. */
char *axf_checkpoint_path(const char *folder, int64_t step);
char *axf_checkpoint_named_path(const char *folder, const char *name);

/* Opens a file that axf_saved_list_write wrote, and verifies its checksum. */
axf_status axf_checkpoint_open(const char *path, axf_safetensors **file);

/* Reads "<kind><name>" into a tensor of the same size. */
axf_status axf_checkpoint_read(const axf_safetensors *file, const char *kind, const char *name, axf_tensor *tensor,
                               const axf_backend *backend, void *backend_self);

/* The tensor "<kind><name>" of the file; NULL when it is absent. */
const axf_stored *axf_checkpoint_find(const axf_safetensors *file, const char *kind, const char *name);

/* Reads the value "<kind><name>" of every parameter that the file has. */
axf_status axf_checkpoint_read_values(const axf_safetensors *file, const char *kind, const axf_params *params);

/* Reads a file of weights alone, such as checkpoints/final.safetensors, into the parameters. */
axf_status axf_checkpoint_read_weights(const char *path, const axf_params *params);

#endif
