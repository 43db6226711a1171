/* Maps, the 4-dimensional results of convolutions, with the channels last: [N, H, W, C] in memory where their tensor
 * says [N, C, H, W]. Products over channels and norms per channel run fastest on this order, and a reordering before
 * and after each would cost as much as the products. Which buffers are in it is noted here by their address. Ops that
 * know it take it or hand it on; before any other op, and before a buffer leaves the backend, it is put into the order
 * of its shape. */
#ifndef AXF_BACKENDS_CPU_IMPL_MAPS_H
#define AXF_BACKENDS_CPU_IMPL_MAPS_H

#include "auxfuse/backend.h"

typedef struct axf_cpu_map {
    void *data;
    int64_t images, channels, plane;
} axf_cpu_map;

typedef struct axf_cpu_maps {
    const axf_host *host;
    axf_cpu_map *list;
    int64_t count, capacity;
} axf_cpu_maps;

/* 1 where a map of so many channels is made with the channels last. */
int axf_cpu_maps_suit(int64_t channels);
/* 1 where this tensor's elements are in memory with the channels last. */
int axf_cpu_maps_is_last(const axf_cpu_maps *maps, const axf_tensor *t);
/* 1 where all of these tensors (NULL: left out) are; else all are put into the order of their shapes. */
axf_status axf_cpu_maps_agree(axf_cpu_maps *maps, const axf_tensor *const *tensors, int count, int *last);
/* The tensor was written with the channels last. */
axf_status axf_cpu_maps_note(axf_cpu_maps *maps, const axf_tensor *t);

/* Memory is about to be read by what does not know maps. */
axf_status axf_cpu_maps_order(axf_cpu_maps *maps, const void *data, size_t size);
axf_status axf_cpu_maps_order_tensor(axf_cpu_maps *maps, const axf_tensor *t); /* NULL, or without data: nothing */
/* Memory is about to be written, or goes away: what was there is of no use. */
void axf_cpu_maps_forget(axf_cpu_maps *maps, const void *data, size_t size);

/* Before a call: ops that do not know maps find their inputs in order; results are no maps yet. */
axf_status axf_cpu_maps_prepare(axf_cpu_maps *maps, const axf_call *call, int backward);
void axf_cpu_maps_free(axf_cpu_maps *maps);

#endif
