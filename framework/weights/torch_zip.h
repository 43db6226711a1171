/* The zip archive that torch.save writes, read strictly: what one reader would see differently from another is refused.
 *
 * Members are stored, not compressed or encrypted; their local headers say what the directory says; all lie in one
 * folder, none twice, apart from each other and in the file; nothing follows the archive. */
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

/* The whole member, of at most `limit` bytes, its checksum compared; the caller frees it. */
axf_status axf_torch_zip_read(const axf_torch_zip *zip, const axf_torch_member *member, size_t limit, char **bytes);

#endif
