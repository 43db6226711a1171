#include "backends/cpu/impl/copies.h"

#include "backends/cpu/impl/tensors.h"

#include <stdlib.h>

static void round_all(const axf_cpu_copies *copies, const float *data, int64_t count, uint16_t *to)
{
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        copies->hot->round_bf16(data + piece * PIECE, to + piece * PIECE, piece_size(count, piece));
    }
}

static axf_cpu_copy *find_copy(axf_cpu_copies *copies, const float *data)
{
    for (int64_t i = 0; i < copies->count; i++) {
        if (copies->list[i].data == data) {
            return &copies->list[i];
        }
    }
    return NULL;
}

axf_status axf_cpu_copies_changed(axf_cpu_copies *copies, const float *data, int64_t count)
{
    axf_cpu_copy *copy = find_copy(copies, data);
    if (copy != NULL) {
        copy->fresh = 0;
        return AXF_OK;
    }
    if (copies->count == copies->capacity) {
        const int64_t capacity = copies->capacity > 0 ? 2 * copies->capacity : 64;
        axf_cpu_copy *list = realloc(copies->list, (size_t)capacity * sizeof *list);
        if (list == NULL) {
            return AXF_ERR_MEMORY;
        }
        copies->list = list;
        copies->capacity = capacity;
    }
    copies->list[copies->count++] = (axf_cpu_copy){.data = data, .count = count};
    return AXF_OK;
}

void axf_cpu_copies_written(axf_cpu_copies *copies, const void *data, size_t size, int gone)
{
    const uintptr_t first = (uintptr_t)data, last = first + size;
    const uintptr_t input = (uintptr_t)copies->input;
    if (copies->input != NULL && input < last && input + (size_t)copies->input_count * sizeof(float) > first) {
        copies->input = NULL;
    }
    for (int64_t i = copies->count - 1; i >= 0; i--) {
        axf_cpu_copy *copy = &copies->list[i];
        const uintptr_t from = (uintptr_t)copy->data, to = from + (size_t)copy->count * sizeof(float);
        if (from >= last || to <= first) {
            continue;
        }
        copy->fresh = 0;
        if (gone) {
            free(copy->rounded);
            *copy = copies->list[--copies->count];
        }
    }
}

void axf_cpu_copies_new_input(axf_cpu_copies *copies)
{
    copies->input = NULL;
}

void axf_cpu_copies_free(axf_cpu_copies *copies)
{
    for (int64_t i = 0; i < copies->count; i++) {
        free(copies->list[i].rounded);
    }
    free(copies->list);
    axf_scratch_free(&copies->rounded_input);
}

const uint16_t *axf_cpu_copies_round(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch)
{
    uint16_t *to = axf_scratch_get(scratch, count, sizeof *to);
    if (to != NULL) {
        round_all(copies, data, count, to);
    }
    return to;
}

const uint16_t *axf_cpu_copies_weight(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch)
{
    axf_cpu_copy *copy = find_copy(copies, data);
    if (copy == NULL || copy->count != count) {
        return axf_cpu_copies_round(copies, data, count, scratch);
    }
    if (copy->rounded == NULL) {
        copy->rounded = axf_host_memory((size_t)count * sizeof *copy->rounded);
        if (copy->rounded == NULL) {
            return axf_cpu_copies_round(copies, data, count, scratch);
        }
    }
    if (!copy->fresh) {
        round_all(copies, data, count, copy->rounded);
        copy->fresh = 1;
    }
    return copy->rounded;
}

const uint16_t *axf_cpu_copies_input(axf_cpu_copies *copies, const float *data, int64_t count)
{
    if (copies->input == data && copies->input_count == count) {
        return copies->rounded_input.memory;
    }
    const uint16_t *rounded = axf_cpu_copies_round(copies, data, count, &copies->rounded_input);
    copies->input = rounded != NULL ? data : NULL;
    copies->input_count = count;
    return rounded;
}
