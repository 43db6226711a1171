#include "images/load.h"

#include "core/error.h"
#include "files/path.h"
#include "files/read.h"
#include "files/root.h"
#include "images/decode.h"
#include "images/second_path.h"

#include <string.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 512 << 20 };

/* The file says how large it is, so there may not be enough memory. */
static axf_status read_opened(int fd, const char *path, uint64_t length, axf_scratchpad *memory, uint8_t **bytes)
{
    if (length > MAX_FILE_BYTES) {
        return axf_fail(AXF_ERR_DATA, "'%s' has %llu bytes; an image file may have %d", path,
                        (unsigned long long)length, MAX_FILE_BYTES);
    }
    *bytes = axf_scratchpad_take(memory, (size_t)length);
    if (*bytes == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "no memory for the %llu bytes of '%s'", (unsigned long long)length, path);
    }
    return axf_read_exact(fd, path, 0, *bytes, (size_t)length);
}

axf_status axf_image_read(const char *root, const char *path, uint8_t **bytes, size_t *size, axf_scratchpad *memory)
{
    int fd;
    uint64_t length = 0;
    axf_path_text name;
    AXF_TRY(axf_open_below(root, path, &fd, &length));
    const axf_status status = read_opened(fd, axf_path_write(&name, root, path), length, memory, bytes);
    *size = (size_t)length;
    close(fd);
    return status;
}

static axf_status load_once(const char *root, const char *path, axf_scratchpad *memory, axf_image *image,
                            axf_hash128 *hash)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    axf_path_text name;
    *image = (axf_image){0};
    AXF_TRY(axf_image_read(root, path, &bytes, &size, memory));
    AXF_TRY(axf_image_decode(bytes, size, axf_path_write(&name, root, path), image, memory));
    if (hash != NULL) {
        *hash = axf_hash_bytes(bytes, size);
    }
    return AXF_OK;
}

static axf_status load(const char *root, const char *path, axf_scratchpad *memory, axf_image *image, axf_hash128 *hash)
{
    const axf_status status = load_once(root, path, memory, image, hash);
    axf_path_text buffer;
    const char *second_path = status != AXF_OK ? axf_image_second_path(path, &buffer) : NULL;
    if (second_path == NULL) {
        return status;
    }
    const char *message = axf_error_message();
    char *first = strcpy(axf_scratchpad_zero(memory, strlen(message) + 1), message);
    axf_status again = load_once(root, second_path, memory, image, hash);
    if (again != AXF_OK) {
        again = axf_fail(status, "%s (and in its place %s)", first, axf_error_message());
    }
    return again;
}

axf_status axf_image_load(const char *root, const char *path, axf_image *image, axf_scratchpad *memory)
{
    return load(root, path, memory, image, NULL);
}

axf_status axf_image_load_hashed(const char *root, const char *path, axf_image *image, axf_hash128 *hash,
                                 axf_scratchpad *memory)
{
    return load(root, path, memory, image, hash);
}
