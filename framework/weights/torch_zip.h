/* The zip archive that torch.save writes. It is read strictly: what two readers could see differently is refused.
 *
 * Members are stored, and neither compressed nor encrypted. Their own headers say what the directory says. All lie
 * in one folder, no name comes twice, and they lie in the file without overlapping. Nothing follows the archive. */
#ifndef AXF_WEIGHTS_TORCH_ZIP_H
#define AXF_WEIGHTS_TORCH_ZIP_H

#include "weights/stored.h"

typedef struct axf_torch_member {
    const char *name; /* within the archive's folder: "data.pkl", "data/0" */
    struct {
        uint64_t offset, size; /* of the data in the file */
        uint32_t crc;
    } bytes;
    uint64_t start, end; /* with the headers around the data */
} axf_torch_member;

typedef struct axf_torch_zip {
    const axf_stored_file *file;
    axf_arena arena;
    axf_torch_member *members; /* [count], by name */
    size_t count;
} axf_torch_zip;

axf_status axf_torch_zip_open(const axf_stored_file *file, axf_torch_zip *zip);
void axf_torch_zip_free(axf_torch_zip *zip);
const axf_torch_member *axf_torch_zip_find(const axf_torch_zip *zip, const char *name); /* NULL: absent */

/* Reads a whole member of at most `limit` bytes and compares its checksum. The caller frees *bytes. */
axf_status axf_torch_zip_read(const axf_torch_zip *zip, const axf_torch_member *member, size_t limit, char **bytes);

#endif
