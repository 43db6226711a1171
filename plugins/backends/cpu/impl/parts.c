#include "backends/cpu/impl/parts.h"

#include "backends/cpu/impl/tensors.h"

axf_status axf_cpu_add_columns(axf_cpu *self, const float *x, const float *b, int64_t rows, int64_t columns, float *to,
                               int add)
{
    const int64_t blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK;
    if (blocks <= 1) {
        self->hot->column_sums(x, b, rows, columns, columns, to, add);
        return AXF_OK;
    }
    float *sums = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], blocks * columns, sizeof *sums);
    if (sums == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t at = block * ROW_BLOCK * columns;
        self->hot->column_sums(x + at, b != NULL ? b + at : NULL, least(ROW_BLOCK, rows - block * ROW_BLOCK), columns,
                               columns, sums + block * columns, 0);
    }
    self->hot->column_sums(sums, NULL, blocks, columns, columns, to, add);
    return AXF_OK;
}

axf_status axf_cpu_add_all(axf_cpu *self, const float *x, int64_t count, int squares, double *sum)
{
    const int64_t pieces = pieces_of(count);
    double *sums = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], pieces, sizeof *sums);
    if (sums == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces; piece++) {
        const int64_t size = piece_size(count, piece);
        sums[piece] =
            squares ? self->hot->square_sum(x + piece * PIECE, size) : self->hot->sum(x + piece * PIECE, size);
    }
    *sum = 0;
    for (int64_t piece = 0; piece < pieces; piece++) {
        *sum += sums[piece];
    }
    return AXF_OK;
}
