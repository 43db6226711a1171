/* safetensors files: 8 bytes with the length of the header, a JSON header, then the bytes of the tensors,
 * little-endian and row-major.
 *
 * Input is hostile. A header has at most 16 MiB and at most 20,000 tensors of at most 8 dimensions. Every product
 * and sum is checked. The bytes of a tensor are the product of its dimensions and the size of its dtype. Ranges lie
 * in the file and do not overlap. A name comes once only. */
#ifndef AXF_WEIGHTS_SAFETENSORS_H
#define AXF_WEIGHTS_SAFETENSORS_H

#include "weights/stored.h"

typedef struct axf_safetensors axf_safetensors;

axf_status axf_safetensors_open(const char *path, axf_safetensors **file);
void axf_safetensors_close(axf_safetensors *file); /* NULL is allowed */
const axf_stored_file *axf_safetensors_file(const axf_safetensors *file);

size_t axf_safetensors_count(const axf_safetensors *file);
/* The entries are in the order of their bytes in the file, so that a loop reads forwards. */
const axf_stored *axf_safetensors_entry_at(const axf_safetensors *file, size_t index);
const axf_stored *axf_safetensors_find(const axf_safetensors *file, const char *name); /* NULL: absent */

/* A value of the header's "__metadata__", or NULL when the key is absent. */
const char *axf_safetensors_metadata(const axf_safetensors *file, const char *key);

/* Compares the file with the checksum that safetensors_write.h puts into it. AXF_ERR_FORMAT when the checksum
 * differs or is absent. */
axf_status axf_safetensors_verify(const axf_safetensors *file);

#endif
