/* The committed image cases of tests/golden/images, made by tools/golden/images.py. */
#ifndef AXF_TESTS_IMAGE_CASES_H
#define AXF_TESTS_IMAGE_CASES_H

#include "core/error.h"
#include "images/decode.h"
#include "images/load.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define IMAGE_CASES AXF_SOURCE_DIR "/tests/golden/images"
#define IMAGE_FILES IMAGE_CASES "/files"

static inline FILE *open_cases(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", IMAGE_CASES, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    return file;
}

static axf_scratchpad image_memory; /* of all images of a test */

static inline axf_image load_case(const char *name)
{
    axf_image image;
    const axf_status status = axf_image_load(IMAGE_FILES, name, &image, &image_memory);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return image;
}

static inline void check_digest(const void *bytes, size_t size, const char *expected, const char *what)
{
    char digest[17];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)XXH3_64bits(bytes, size));
    ck_assert_msg(strcmp(digest, expected) == 0, "%s: the bytes have digest %s, expected %s", what, digest, expected);
}

static inline void check_message(const char *part)
{
    ck_assert_msg(strstr(axf_error_message(), part) != NULL, "\"%s\" is not in the message \"%s\"", part,
                  axf_error_message());
}

#endif
