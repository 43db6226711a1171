/* Collectives: how the processes of one run exchange tensors, for example over MPI or NCCL. A run without a collective
 * is one process. */
#ifndef AUXFUSE_COLLECTIVE_H
#define AUXFUSE_COLLECTIVE_H

#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_COLLECTIVE "auxfuse.collective/1"

/* What a collective is made for. */
typedef struct axf_collective_request {
    uint32_t struct_size;
    const char *backend; /* name of the backend whose buffers are passed */
    void *backend_self;  /* its self */
    void *native_stream; /* the stream its kernels run on, NULL where there is none */
} axf_collective_request;

/* Buffers are in the backend's memory, and counts are numbers of elements of `dtype`. Sums are taken in the order of
 * the ranks, so that every rank gets the same bits. Every call except create and destroy is [step]. */
typedef struct axf_collective {
    uint32_t struct_size;
    axf_status (*create)(const axf_host *host, const void *options, const axf_collective_request *request, void **self,
                         int32_t *rank, int32_t *size);
    void (*destroy)(void *self);
    axf_status (*all_reduce)(void *self, void *buffer, int64_t count, int32_t dtype);
    axf_status (*all_gather)(void *self, const void *part, void *all, int64_t count, int32_t dtype);
    axf_status (*reduce_scatter)(void *self, const void *all, void *part, int64_t count, int32_t dtype);
    axf_status (*broadcast)(void *self, void *buffer, int64_t count, int32_t dtype, int32_t root);
    axf_status (*barrier)(void *self);
    void (*abort)(void *self, const char *message); /* ends every rank */
} axf_collective;

#ifdef __cplusplus
}
#endif
#endif
