/* Image encoders that must be refused, one a value of CASE; compiled by plugins.sh. */
#include "auxfuse/image_encoder.h"

static axf_status describe(const axf_host *host, const void *options, axf_image_facts *facts)
{
    (void)host;
    (void)options;
    facts->width = 8;
    facts->gives = AXF_WANT_FIRST;
    facts->rows = 1;
    facts->from_pixels = CASE != 33;
    facts->recipe = (axf_pixel_recipe){
        .struct_size = CASE == 31 ? 8 : sizeof(axf_pixel_recipe),
        .resize = AXF_RESIZE_SQUASH,
        .filter = AXF_FILTER_BILINEAR,
        .height = 8,
        .width = 8,
        .one_size = 1,
        .out_height = 8,
        .out_width = CASE == 32 ? 9 : 8,
        .divisor = 255,
        .std = {1, 1, 1},
    };
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    (void)options;
    (void)wanted;
    *self = host->allocate(host, 1);
    return AXF_OK;
}

static axf_status encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state)
{
    (void)self;
    (void)pass;
    (void)images;
    (void)state;
    return AXF_ERR_PLUGIN;
}

static void destroy(void *self)
{
    (void)self;
}

static const axf_image_encoder vtable = {
    .struct_size = sizeof vtable, .describe = describe, .declare = declare, .encode = encode, .destroy = destroy};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "odd", "1", "an odd image encoder", 0, sizeof vtable, &vtable, 0},
};
AXF_PLUGIN(odd, "0.1.0", "MIT", components)
