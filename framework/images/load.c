#include "images/load.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "files/path.h"
#include "files/read.h"
#include "files/root.h"
#include "images/decode.h"
#include "images/second_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 512 << 20 };

/* The size is the file's word: memory for it may be missing. */
static axf_status read_opened(int fd, const char *path, uint64_t length, uint8_t **bytes)
{
    if (length > MAX_FILE_BYTES) {
        return axf_fail(AXF_ERR_DATA, "'%s' has %llu bytes; an image file may have %d", path,
                        (unsigned long long)length, MAX_FILE_BYTES);
    }
    uint8_t *buffer = malloc(length > 0 ? (size_t)length : 1);
    if (buffer == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "no memory for the %llu bytes of '%s'", (unsigned long long)length, path);
    }
    const axf_status status = axf_read_exact(fd, path, 0, buffer, (size_t)length);
    if (status != AXF_OK) {
        free(buffer);
        return status;
    }
    *bytes = buffer;
    return AXF_OK;
}

axf_status axf_image_read(const char *root, const char *path, uint8_t **bytes, size_t *size)
{
    int fd;
    uint64_t length = 0;
    AXF_TRY(axf_open_below(root, path, &fd, &length));
    char *name = axf_path_join(root, path);
    const axf_status status = read_opened(fd, name, length, bytes);
    *size = (size_t)length;
    free(name);
    close(fd);
    return status;
}

static axf_status load_once(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    *image = (axf_image){0};
    AXF_TRY(axf_image_read(root, path, &bytes, &size));
    axf_strbuf name = {0};
    axf_strbuf_printf(&name, "%s/%s", root, path);
    const axf_status status = axf_image_decode(bytes, size, axf_strbuf_text(&name), image);
    axf_strbuf_free(&name);
    if (hash != NULL && status == AXF_OK) {
        *hash = axf_hash_bytes(bytes, size);
    }
    free(bytes);
    return status;
}

static axf_status load(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    const axf_status status = load_once(root, path, image, hash);
    char *second_path = status != AXF_OK ? axf_image_second_path(path) : NULL;
    if (second_path == NULL) {
        return status;
    }
    char *first = axf_copy(axf_error_message());
    axf_status again = load_once(root, second_path, image, hash);
    if (again != AXF_OK) {
        again = axf_fail(status, "%s (and in its place %s)", first, axf_error_message());
    }
    free(second_path);
    free(first);
    return again;
}

axf_status axf_image_load(const char *root, const char *path, axf_image *image)
{
    return load(root, path, image, NULL);
}

axf_status axf_image_load_hashed(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    return load(root, path, image, hash);
}
