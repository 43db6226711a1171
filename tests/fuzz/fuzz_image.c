/* A JPEG or PNG to an encoder's input, in each way of resizing. */
#include "fuzz.h"

#include "images/decode.h"
#include "images/transform.h"

#include <zlib.h>

enum { SIDE = 32, LARGEST = 3 * 64 * 64 };

static axf_scratchpad image_memory;

static void transform(const axf_image *image, axf_pixel_recipe recipe)
{
    static float out[LARGEST];
    axf_image_plan plan;
    recipe.struct_size = sizeof recipe;
    recipe.divisor = 255;
    for (int c = 0; c < 3; c++) {
        recipe.mean[c] = recipe.std[c] = 0.5f;
    }
    fuzz_expect(axf_recipe_check(&recipe) == AXF_OK, "a recipe of ours is refused");
    if (axf_recipe_plan(&recipe, image->height, image->width, "input", &plan) != AXF_OK) {
        return;
    }
    fuzz_expect(3 * (int64_t)plan.window.height * plan.window.width <= LARGEST, "more pixels than the recipe gives");
    (void)axf_image_transform(&recipe, &plan, image, "input", out, &image_memory);
}

/* Puts right the checksums of a PNG's chunks, which stop nearly every change before it reaches the library's readers.
 */
static void mend_checksums(uint8_t *bytes, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        const size_t length =
            (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length > size - at - 12) {
            return;
        }
        const uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++) {
            bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> 8 * (3 - i));
        }
        at += 12 + length;
    }
}

/* A byte of PNG is at most 1032 of rows, each of them 8 pixels of 3 bytes and the palette's index; one of JPEG is at
 * most 8 blocks of 64 coefficients (2 bytes) and pixels (3 bytes), in arithmetic codes 64 times as many. */
static size_t most_per_byte(const uint8_t *data, size_t size)
{
    const size_t jpeg = (size_t)8 * 64 * 5;
    if (size > 0 && data[0] == 0x89) {
        return (size_t)1032 * 8 * 4;
    }
    return memmem(data, size, "\xff\xc9", 2) != NULL || memmem(data, size, "\xff\xca", 2) != NULL ? 64 * jpeg : jpeg;
}

static void decode(const uint8_t *data, size_t size)
{
    axf_image image;
    fuzz_begin(32 << 20, most_per_byte(data, size), size);
    if (axf_image_decode(data, size, "input", &image, &image_memory) == AXF_OK) {
        fuzz_expect(image.pixels != NULL && image.height > 0 && image.width > 0, "no image");
        transform(&image, (axf_pixel_recipe){.resize = AXF_RESIZE_SQUASH,
                                             .filter = AXF_FILTER_BICUBIC,
                                             .height = SIDE,
                                             .width = SIDE,
                                             .one_size = 1,
                                             .out_height = SIDE,
                                             .out_width = SIDE});
        transform(&image, (axf_pixel_recipe){.resize = AXF_RESIZE_SHORT_SIDE,
                                             .filter = AXF_FILTER_BILINEAR,
                                             .short_side = SIDE + 4,
                                             .crop = AXF_CROP_HALF_EVEN,
                                             .crop_height = SIDE,
                                             .crop_width = SIDE,
                                             .one_size = 1,
                                             .out_height = SIDE,
                                             .out_width = SIDE});
        transform(&image, (axf_pixel_recipe){.resize = AXF_RESIZE_SHORT_CAPPED,
                                             .filter = AXF_FILTER_BICUBIC,
                                             .short_side = SIDE,
                                             .long_cap = 53,
                                             .multiple = 8});
    } else {
        fuzz_expect(image.pixels == NULL, "an image beside an error");
    }
    axf_scratchpad_free(&image_memory);
    fuzz_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode(data, size);
    if (size > 0 && data[0] == 0x89) {
        uint8_t *mended = malloc(size);
        if (mended == NULL) {
            return 0;
        }
        memcpy(mended, data, size);
        mend_checksums(mended, size);
        if (memcmp(mended, data, size) != 0) {
            decode(mended, size);
        }
        free(mended);
    }
    return 0;
}
