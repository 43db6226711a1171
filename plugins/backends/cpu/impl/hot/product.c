/* The product of small matrices. A tile of the result stays in registers during the loop over the inner index. */
#include "backends/cpu/impl/hot/product.h"

#include "backends/cpu/impl/hot/vector.h"

/* The tile is as large as the registers allow: 24 of 32 vectors, or 12 of 16. */
#if defined(__AVX512F__)
enum { TILE_ROWS = 6, TILE_WIDTH = 4 };
#else
enum { TILE_ROWS = 6, TILE_WIDTH = 2 };
#endif

static inline void store_lanes(float *to, lanes v, int64_t columns, int add)
{
    if (columns >= LANES) {
        store(to, add ? load(to) + v : v);
        return;
    }
    float part[LANES];
    memcpy(part, &v, sizeof part);
    for (int64_t c = 0; c < columns; c++) {
        to[c] = add ? to[c] + part[c] : part[c];
    }
}

__attribute__((always_inline)) static inline void tile(const axf_cpu_panel *p, int64_t r, int64_t c, const int rows,
                                                       const int width)
{
    lanes sum[TILE_ROWS][TILE_WIDTH];
    for (int i = 0; i < rows; i++) {
        for (int w = 0; w < width; w++) {
            sum[i][w] = (lanes){0};
        }
    }
    const float *a = p->a + r * p->a_row, *b = p->b + c;
    const int64_t a_row = p->a_row, a_column = p->a_column, b_step = p->b_step, inner = p->inner;
    for (int64_t s = 0; s < inner; s++) {
        lanes right[TILE_WIDTH];
        for (int w = 0; w < width; w++) {
            right[w] = load(b + w * LANES);
        }
        for (int i = 0; i < rows; i++) {
            const lanes left = spread(a[i * a_row]);
            for (int w = 0; w < width; w++) {
                sum[i][w] += left * right[w];
            }
        }
        a += a_column;
        b += b_step;
    }
    for (int i = 0; i < rows; i++) {
        float *to = p->c + (r + i) * p->c_step + c;
        for (int w = 0; w < width; w++) {
            store_lanes(to + w * LANES, sum[i][w] * p->factor, p->columns - c - w * LANES, p->add);
        }
    }
}

__attribute__((always_inline)) static inline void tile_rows(const axf_cpu_panel *p, int64_t c, const int width)
{
    int64_t r = 0;
    for (; r + TILE_ROWS <= p->rows; r += TILE_ROWS) {
        tile(p, r, c, TILE_ROWS, width);
    }
    switch (p->rows - r) {
    case 5:
        tile(p, r, c, 5, width);
        break;
    case 4:
        tile(p, r, c, 4, width);
        break;
    case 3:
        tile(p, r, c, 3, width);
        break;
    case 2:
        tile(p, r, c, 2, width);
        break;
    case 1:
        tile(p, r, c, 1, width);
        break;
    default:
        break;
    }
}

void AXF_HOT(axf_cpu_product)(const axf_cpu_panel *panel)
{
    int64_t c = 0;
    while (c < panel->columns) {
        const int64_t left = (panel->columns - c + LANES - 1) / LANES;
        if (left >= TILE_WIDTH) {
            tile_rows(panel, c, TILE_WIDTH);
            c += TILE_WIDTH * LANES;
        } else if (left >= 2) {
            tile_rows(panel, c, 2);
            c += 2 * LANES;
        } else {
            tile_rows(panel, c, 1);
            c += LANES;
        }
    }
}

/* Computes four rows of four columns. */
static inline void turn_square(const float *from, int64_t step, float *to, int64_t to_step)
{
    four_lanes row[4];
    for (int i = 0; i < 4; i++) {
        row[i] = *(const unaligned_four_lanes *)(from + i * step);
    }
    const four_lanes a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
    const four_lanes b = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    const four_lanes c = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
    const four_lanes d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    *(unaligned_four_lanes *)to = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    *(unaligned_four_lanes *)(to + to_step) = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    *(unaligned_four_lanes *)(to + 2 * to_step) = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    *(unaligned_four_lanes *)(to + 3 * to_step) = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

void AXF_HOT(axf_cpu_turn)(const float *from, int64_t rows, int64_t step, int64_t width, float *to)
{
    const int64_t padded = (rows + AXF_CPU_PACK - 1) / AXF_CPU_PACK * AXF_CPU_PACK;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        int64_t c = 0;
        for (; c + 4 <= width; c += 4) {
            turn_square(from + r * step + c, step, to + c * padded + r, padded);
        }
        for (; c < width; c++) {
            for (int64_t i = r; i < r + 4; i++) {
                to[c * padded + i] = from[i * step + c];
            }
        }
    }
    for (int64_t c = 0; c < width; c++) {
        for (int64_t i = r; i < padded; i++) {
            to[c * padded + i] = i < rows ? from[i * step + c] : 0;
        }
    }
}
