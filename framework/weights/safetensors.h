/* safetensors files: 8 bytes of header length, a JSON header, then the tensors' bytes, little-endian, row-major.
 *
 * Input is hostile: header at most 16 MiB, at most 20,000 tensors of at most 8 dims, every product and sum checked,
 * bytes = product of the dims x size of the dtype, ranges inside the file and apart from each other, names once only.
 */
#ifndef AXF_WEIGHTS_SAFETENSORS_H
#define AXF_WEIGHTS_SAFETENSORS_H

#include "weights/stored.h"

typedef struct axf_safetensors axf_safetensors;

axf_status axf_safetensors_open(const char *path, axf_safetensors **file);
void axf_safetensors_close(axf_safetensors *file); /* NULL is allowed */
const axf_stored_file *axf_safetensors_file(const axf_safetensors *file);

size_t axf_safetensors_count(const axf_safetensors *file);
/* In the order of their bytes in the file, so that a loop reads forwards. */
const axf_stored *axf_safetensors_entry_at(const axf_safetensors *file, size_t index);
const axf_stored *axf_safetensors_find(const axf_safetensors *file, const char *name); /* NULL: absent */

/* The header's "__metadata__": a value, NULL when the key is absent. */
const char *axf_safetensors_metadata(const axf_safetensors *file, const char *key);

/* Compares the file with the checksum that safetensors_write.h puts into it: AXF_ERR_FORMAT when it differs or is absent.
 */
axf_status axf_safetensors_verify(const axf_safetensors *file);

#endif
