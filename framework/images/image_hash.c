#include "images/image_hash.h"

#include "files/path.h"
#include "images/second_path.h"

#include <stdlib.h>

static axf_status hash_below(axf_hash_cache *hashes, const char *root, const char *image, axf_hash128 *hash)
{
    char *path = axf_path_join(root, image);
    const axf_status status = axf_hash_file(hashes, path, hash);
    free(path);
    return status;
}

axf_status axf_image_hash(axf_hash_cache *hashes, const char *root, const char *image, axf_hash128 *hash)
{
    axf_status status = hash_below(hashes, root, image, hash);
    axf_path_text buffer;
    const char *second = status != AXF_OK ? axf_image_second_path(image, &buffer) : NULL;
    if (second != NULL && hash_below(hashes, root, second, hash) == AXF_OK) {
        status = AXF_OK;
    }
    return status;
}
