/* Images with the channels last: each place is a row of `columns` channels, a multiple of AXF_CPU_PACK. */
#include "backends/cpu/impl/hot/channels.h"

enum { WIDE = 64 }; /* number of channels that are computed in one pass over the rows */

void AXF_HOT(axf_cpu_channel_moments)(const float *restrict x, int64_t rows, int64_t columns, float *restrict sums,
                                      float *restrict squares)
{
    for (int64_t from = 0; from < columns; from += WIDE) {
        const int64_t width = columns - from < WIDE ? columns - from : WIDE;
        double sum[WIDE] = {0}, square[WIDE] = {0}, mean[WIDE] = {0};
        for (int64_t r = 0; r < rows; r++) {
            const float *row = x + r * columns + from;
            for (int64_t c = 0; c < width; c++) {
                sum[c] += (double)row[c];
            }
        }
        for (int64_t c = 0; c < width; c++) {
            mean[c] = sum[c] / (double)rows;
        }
        for (int64_t r = 0; r < rows; r++) {
            const float *row = x + r * columns + from;
            for (int64_t c = 0; c < width; c++) {
                square[c] += ((double)row[c] - mean[c]) * ((double)row[c] - mean[c]);
            }
        }
        for (int64_t c = 0; c < width; c++) {
            sums[from + c] = (float)sum[c];
            squares[from + c] = (float)square[c];
        }
    }
}

void AXF_HOT(axf_cpu_channel_products)(const float *restrict x, const float *restrict mean, const float *restrict g,
                                       int64_t rows, int64_t columns, float *restrict sums, float *restrict moments)
{
    for (int64_t from = 0; from < columns; from += WIDE) {
        const int64_t width = columns - from < WIDE ? columns - from : WIDE;
        double sum[WIDE] = {0}, moment[WIDE] = {0};
        for (int64_t r = 0; r < rows; r++) {
            const float *x_row = x + r * columns + from, *g_row = g + r * columns + from;
            for (int64_t c = 0; c < width; c++) {
                sum[c] += (double)g_row[c];
                moment[c] += (double)g_row[c] * ((double)x_row[c] - (double)mean[from + c]);
            }
        }
        for (int64_t c = 0; c < width; c++) {
            sums[from + c] = (float)sum[c];
            moments[from + c] = (float)moment[c];
        }
    }
}

void AXF_HOT(axf_cpu_channel_scale)(const float *restrict x, const float *restrict factor, const float *restrict offset,
                                    int64_t rows, int64_t columns, float *restrict y)
{
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            y[r * columns + c] = x[r * columns + c] * factor[c] + offset[c];
        }
    }
}

void AXF_HOT(axf_cpu_channel_derive)(const float *restrict x, const float *restrict g, const axf_cpu_channels *f,
                                     int64_t rows, int64_t columns, float *restrict dx, int add)
{
    const float *restrict mean = f->mean, *restrict factor = f->factor;
    const float *restrict level = f->level, *restrict lean = f->lean;
    for (int64_t r = 0; r < rows; r++) {
        const float *x_row = x + r * columns, *g_row = g + r * columns;
        float *dx_row = dx + r * columns;
        if (add) {
            for (int64_t c = 0; c < columns; c++) {
                dx_row[c] += factor[c] * (g_row[c] - level[c] - (x_row[c] - mean[c]) * lean[c]);
            }
        } else {
            for (int64_t c = 0; c < columns; c++) {
                dx_row[c] = factor[c] * (g_row[c] - level[c] - (x_row[c] - mean[c]) * lean[c]);
            }
        }
    }
}

void AXF_HOT(axf_cpu_channel_greater)(const float *restrict x, int32_t at, int64_t columns, float *restrict best,
                                      int32_t *restrict where)
{
    for (int64_t c = 0; c < columns; c++) {
        const int greater = x[c] > best[c];
        best[c] = greater ? x[c] : best[c];
        where[c] = greater ? at : where[c];
    }
}
