#include "synth/picture.h"

#include "synth/random.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct rgb {
    int32_t r, g, b;
} rgb;

typedef enum texture_kind { PLAIN, STRIPES, CHECKS, DOTS, TEXTURES } texture_kind;

/* A pattern in two shades of a colour: `step` is added to every channel where the pattern is set. */
typedef struct surface {
    texture_kind kind;
    int32_t period, step;
} surface;

/* The upper part and the ground of each scene. The scenes differ most in brightness, and all from the objects. */
static const rgb sky_colours[AXF_SYNTH_SCENES] = {{16, 16, 44}, {70, 96, 60}, {222, 230, 240}, {150, 205, 235}};
static const rgb ground_colours[AXF_SYNTH_SCENES] = {{32, 30, 50}, {84, 62, 36}, {250, 250, 252}, {222, 190, 140}};
static const rgb object_colours[AXF_SYNTH_COLOURS] = {{214, 30, 36}, {246, 218, 24}, {28, 176, 60}, {36, 66, 224}};

static surface draw_texture(axf_synth_random *random, int32_t step)
{
    surface drawn = {.kind = (texture_kind)axf_synth_random_below(random, TEXTURES)};
    drawn.period = axf_synth_random_between(random, 4, 10);
    drawn.step = axf_synth_random_chance(random, 50) ? step : -step;
    return drawn;
}

static bool texture_is_set(const surface *texture, int32_t x, int32_t y)
{
    const int32_t p = texture->period;
    switch (texture->kind) {
    case STRIPES:
        return (x + y) / p % 2 == 0;
    case CHECKS:
        return (x / p + y / p) % 2 == 0;
    case DOTS: {
        const int32_t dx = x % (2 * p) - p, dy = y % (2 * p) - p;
        return 4 * (dx * dx + dy * dy) < p * p;
    }
    default:
        return false;
    }
}

static void put(axf_synth_picture *picture, uint32_t x, uint32_t y, rgb colour, int32_t shift)
{
    const int32_t channels[3] = {colour.r + shift, colour.g + shift, colour.b + shift};
    uint8_t *pixel = picture->pixels + 3 * ((size_t)y * picture->width + x);
    for (int c = 0; c < 3; c++) {
        pixel[c] = (uint8_t)(channels[c] < 0 ? 0 : channels[c] > 255 ? 255 : channels[c]);
    }
}

static void draw_scene(axf_synth_picture *picture, axf_synth_random *random, uint32_t scene)
{
    const surface sky = draw_texture(random, 10), ground = draw_texture(random, 16);
    const uint32_t horizon = picture->height * (uint32_t)axf_synth_random_between(random, 55, 75) / 100;
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++) {
            const surface *texture = y < horizon ? &sky : &ground;
            const rgb colour = y < horizon ? sky_colours[scene] : ground_colours[scene];
            put(picture, x, y, colour, texture_is_set(texture, (int32_t)x, (int32_t)y) ? texture->step : 0);
        }
    }
}

/* A pentagram: all points that lie on the inner side of at least four of its five lines. */
static bool star_holds(double x, double y)
{
    static const double normals[5][2] = {{0.0, 1.0},
                                         {0.9510565162951535, 0.3090169943749474},
                                         {0.5877852522924731, -0.8090169943749475},
                                         {-0.5877852522924731, -0.8090169943749475},
                                         {-0.9510565162951535, 0.3090169943749474}};
    int inside = 0;
    for (int i = 0; i < 5; i++) {
        inside += normals[i][0] * x + normals[i][1] * y <= 0.34;
    }
    return inside >= 4;
}

/* Whether the shape, about as large as the unit circle, holds the point; y points up. */
static bool shape_holds(uint32_t shape, double x, double y)
{
    const double square_sum = x * x + y * y;
    switch (shape) {
    case 0:
        return square_sum <= 1;
    case 1:
        return x > -0.88 && x < 0.88 && y > -0.88 && y < 0.88;
    case 2:
        return y >= -0.8 && y <= 1 - 1.8 * (x < 0 ? -x : x);
    case 3:
        return star_holds(x, y);
    default: {
        const double u = 1.2 * x, v = 1.2 * y + 0.1, lobe = u * u + v * v - 1;
        return lobe * lobe * lobe - u * u * v * v * v <= 0;
    }
    }
}

static void draw_object(axf_synth_picture *picture, axf_synth_random *random, const axf_synth_facts *shown)
{
    const int32_t width = (int32_t)picture->width, height = (int32_t)picture->height;
    const int32_t side = width < height ? width : height;
    const int32_t radius = side * axf_synth_random_between(random, 40, 48) / 100;
    const int32_t centre_x = width / 2 + axf_synth_random_between(random, -width / 20, width / 20);
    const int32_t centre_y = height / 2 + axf_synth_random_between(random, -height / 20, height / 20);
    const surface texture = draw_texture(random, 24);
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++) {
            if (shape_holds(shown->shape, (double)(x - centre_x) / radius, (double)(centre_y - y) / radius)) {
                put(picture, (uint32_t)x, (uint32_t)y, object_colours[shown->colour],
                    texture_is_set(&texture, x, y) ? texture.step : 0);
            }
        }
    }
}

/* A digit of 3 x 5 cells in one of the upper corners, as a badge or a clock would be: says nothing. */
static void draw_digit(axf_synth_picture *picture, axf_synth_random *random)
{
    static const uint16_t cells[10] = {075557, 026227, 071747, 071717, 055711, 074717, 074757, 071111, 075757, 075717};
    const uint32_t digit = axf_synth_random_below(random, 10), cell = (uint32_t)axf_synth_random_between(random, 2, 4);
    const uint32_t left = axf_synth_random_chance(random, 50) ? 4 : picture->width - 3 * cell - 4;
    const int32_t grey = axf_synth_random_chance(random, 50) ? 20 : 235;
    for (uint32_t y = 0; y < 5 * cell; y++) {
        for (uint32_t x = 0; x < 3 * cell; x++) {
            const uint32_t bit = 14 - (y / cell * 3 + x / cell);
            if (cells[digit] >> bit & 1) {
                put(picture, left + x, 4 + y, (rgb){grey, grey, grey}, 0);
            }
        }
    }
}

/* Adds to each pixel a brightness that is uniform in ±level. */
static void draw_noise(axf_synth_picture *picture, axf_synth_random *random)
{
    const int32_t level = axf_synth_random_between(random, 0, 24);
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++) {
            const uint8_t *pixel = picture->pixels + 3 * ((size_t)y * picture->width + x);
            put(picture, x, y, (rgb){pixel[0], pixel[1], pixel[2]}, axf_synth_random_between(random, -level, level));
        }
    }
}

axf_status axf_synth_picture_draw(const axf_synth_post *post, axf_synth_picture *picture)
{
    axf_synth_random random = axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_PICTURE);
    picture->width = (uint32_t)axf_synth_random_between(&random, AXF_SYNTH_MIN_SIDE, AXF_SYNTH_MAX_SIDE);
    picture->height = (uint32_t)axf_synth_random_between(&random, AXF_SYNTH_MIN_SIDE, AXF_SYNTH_MAX_SIDE);
    picture->pixels = malloc((size_t)picture->width * picture->height * 3);
    if (!picture->pixels) {
        return AXF_ERR_MEMORY;
    }
    draw_scene(picture, &random, post->shown.scene);
    draw_object(picture, &random, &post->shown);
    if (axf_synth_random_chance(&random, 40)) {
        draw_digit(picture, &random);
    }
    draw_noise(picture, &random);
    return AXF_OK;
}
