#include "tensor/first_values.h"

#include "core/philox.h"
#include "tensor/param_values.h"

#include <math.h>

enum { CHUNK = 16384, TRIES = 64 }; /* elements drawn at a time, a multiple of 4; tries of a truncated normal */

/* Draws four numbers of a normal distribution with sigma 1 from one Philox block. */
static void normal_block(axf_random_key key, uint32_t block, uint32_t attempt, float out[4])
{
    uint32_t bits[4];
    axf_philox(bits, key, 0, 0, block, attempt);
    axf_random_normal_pair(bits[0], bits[1], out);
    axf_random_normal_pair(bits[2], bits[3], out + 2);
}

static void draw_block(const axf_parameter *spec, axf_random_key key, uint32_t block, float out[4])
{
    if (spec->initial == AXF_INIT_UNIFORM) {
        uint32_t bits[4];
        axf_philox(bits, key, 0, 0, block, 0);
        for (int lane = 0; lane < 4; lane++) {
            out[lane] = (float)(spec->a * (2.0 * axf_random_open(bits[lane]) - 1.0));
        }
        return;
    }
    normal_block(key, block, 0, out);
    for (int lane = 0; lane < 4; lane++) {
        out[lane] = (float)(spec->a * out[lane]);
    }
    for (uint32_t attempt = 1; spec->initial == AXF_INIT_TRUNCATED && attempt < TRIES; attempt++) {
        float again[4];
        normal_block(key, block, attempt, again);
        for (int lane = 0; lane < 4; lane++) {
            out[lane] = fabs((double)out[lane]) > spec->b ? (float)(spec->a * again[lane]) : out[lane];
        }
        if (fabs((double)out[0]) <= spec->b && fabs((double)out[1]) <= spec->b && fabs((double)out[2]) <= spec->b &&
            fabs((double)out[3]) <= spec->b) {
            break;
        }
    }
}

static float constant_value(const axf_parameter *spec)
{
    return spec->initial == AXF_INIT_ONES ? 1.0f : spec->initial == AXF_INIT_CONSTANT ? (float)spec->a : 0.0f;
}

axf_status axf_param_draw(axf_param *param, uint64_t seed)
{
    const axf_random_key key = axf_random_key_make(seed, "init", param->name);
    const int64_t total = axf_param_elements(param);
    float values[CHUNK];
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        for (int64_t i = 0; i < count; i += 4) { /* since CHUNK is a multiple of 4, a block never lies in two chunks */
            if (param->spec.initial >= AXF_INIT_NORMAL) {
                draw_block(&param->spec, key, (uint32_t)((first + i) / 4), values + i);
            } else {
                const float value = constant_value(&param->spec);
                values[i] = values[i + 1] = values[i + 2] = values[i + 3] = value;
            }
        }
        AXF_TRY(axf_param_write(param, first, count, values));
    }
    axf_param_changed(param);
    return AXF_OK;
}
