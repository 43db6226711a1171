/* Maps, the 4-dimensional results of convolutions, with the channels last: [N, H, W, C] in memory where their tensor
 * says [N, C, H, W]. Products over channels and norms of a channel run fastest in this order, and reordering before and
 * after each op would cost as much as the products do. This file notes by their addresses which buffers are in that
 * order. Some ops know it, and read and write it. Before any other op, and before a buffer leaves the backend, the
 * buffer is put into the order of its shape. */
#ifndef AXF_BACKENDS_CPU_IMPL_MAPS_H
#define AXF_BACKENDS_CPU_IMPL_MAPS_H

#include "common/backend/memory.h"

#include "auxfuse/backend.h"

typedef struct axf_cpu_map {
    void *data;
    int64_t images, channels, plane;
} axf_cpu_map;

typedef struct axf_cpu_maps {
    const axf_host *host;
    axf_cpu_map *list;
    int64_t count, capacity;
    axf_scratch turned; /* a map on its way to the order of its shape */
} axf_cpu_maps;

/* Returns 1 when ops make maps with this number of channels with the channels last. */
int axf_cpu_maps_suit(int64_t channels);
/* Returns 1 where this tensor's elements are in memory with the channels last. */
int axf_cpu_maps_is_last(const axf_cpu_maps *maps, const axf_tensor *t);
/* Sets *last to 1 when all of these tensors have the channels last; a tensor that is NULL is ignored. Else sets it to
 * 0, and puts all of them into the order of their shapes. */
axf_status axf_cpu_maps_agree(axf_cpu_maps *maps, const axf_tensor *const *tensors, int count, int *last);
/* Notes that the tensor was written with the channels last. */
axf_status axf_cpu_maps_note(axf_cpu_maps *maps, const axf_tensor *t);

/* Puts maps within the `size` bytes at `data`, or of the tensor, into the order of their shapes, because code that does
 * not know maps is about to read them. A tensor that is NULL or has no data is ignored. */
axf_status axf_cpu_maps_order(axf_cpu_maps *maps, const void *data, size_t size);
axf_status axf_cpu_maps_order_tensor(axf_cpu_maps *maps, const axf_tensor *t);
/* Forgets maps within the `size` bytes at `data`, because these are about to be written or released. */
void axf_cpu_maps_forget(axf_cpu_maps *maps, const void *data, size_t size);

/* Called before each op: puts the inputs of an op that does not know maps into the order of their shapes, and forgets
 * the maps that its results overwrite. */
axf_status axf_cpu_maps_prepare(axf_cpu_maps *maps, const axf_call *call, int backward);
void axf_cpu_maps_free(axf_cpu_maps *maps);

#endif
