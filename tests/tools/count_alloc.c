/* Counts what a training step allocates. Built as one shared object that is both preloaded (LD_PRELOAD) and given as a
 * plugin (--plugin): preloaded, it stands before the allocation functions of libc; as the plugin it brings the auxiliary
 * loss `count_alloc`, which is computed once a pass and so sees the optimiser steps go by.
 *
 * Counting begins with the loss of the third step and ends with the loss of the fifth: two whole turns of everything
 * that a step does, on all threads. An allocation counts when the program or a plugin asked for it, itself or through
 * libc or the C++ library. What other libraries allocate for themselves (oneDNN its primitives, OpenMP its teams,
 * libjpeg and libpng their decoders) does not count.
 *
 * At the end it writes "count_alloc: N allocations in 2 steps" to standard error, and one line for each place that
 * allocated: calls, bytes, and object+offset of the callers, innermost first, as addr2line takes them. Where the fifth
 * step never comes it writes nothing. */
#define _GNU_SOURCE
#include "auxfuse/loss.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_STEP = 2, LAST_STEP = 4, DEPTH = 24, CALLERS = 6, PLACES = 256 };

/* ---- places ---- */

typedef struct place {
    void *caller[CALLERS];
    long calls;
    size_t bytes;
} place;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static place places[PLACES];
static int place_count, lost;
static volatile int counting;
static __thread int inside; /* 1: the call comes from this file */

/* The part of a path behind its last slash. */
static const char *file_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path != NULL ? path : "";
}

static int begins_with(const char *text, const char *const *beginnings)
{
    for (; *beginnings != NULL; beginnings++) {
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whose call it is: the first caller that is neither this file nor a library that only passes the wish on. */
static int counts(void *const *frames, int depth, int *first)
{
    static const char *const pass_on[] = {"count_alloc", "libc.so",  "libc-", "libstdc++",
                                          "libpthread",  "ld-linux", NULL};
    for (int i = 0; i < depth; i++) {
        Dl_info info;
        if (dladdr(frames[i], &info) == 0) {
            return 0; /* code that was made at run time: oneDNN's */
        }
        const char *name = file_name(info.dli_fname);
        if (begins_with(name, pass_on)) {
            continue;
        }
        *first = i;
        /* Not a system library: the program, or a plugin, which is named after its component. */
        return strncmp(name, "lib", 3) != 0;
    }
    return 0;
}

static void note(size_t size)
{
    void *frames[DEPTH];
    int first = 0;
    inside = 1;
    const int depth = backtrace(frames, DEPTH);
    if (counts(frames, depth, &first)) {
        void *caller[CALLERS] = {NULL};
        for (int i = 0; i < CALLERS && first + i < depth; i++) {
            caller[i] = frames[first + i];
        }
        pthread_mutex_lock(&lock);
        int at = 0;
        while (at < place_count && memcmp(places[at].caller, caller, sizeof caller) != 0) {
            at++;
        }
        if (at < PLACES) {
            memcpy(places[at].caller, caller, sizeof caller);
            places[at].calls++;
            places[at].bytes += size;
            place_count = at == place_count ? at + 1 : place_count;
        } else {
            lost++;
        }
        pthread_mutex_unlock(&lock);
    }
    inside = 0;
}

static void see(size_t size)
{
    if (counting && !inside) {
        note(size);
    }
}

static void report(void)
{
    long total = lost;
    for (int i = 0; i < place_count; i++) {
        total += places[i].calls;
    }
    fprintf(stderr, "count_alloc: %ld allocations in %d steps\n", total, LAST_STEP - FIRST_STEP);
    for (int i = 0; i < place_count; i++) {
        fprintf(stderr, "count_alloc: place %ld %zu", places[i].calls, places[i].bytes);
        for (int k = 0; k < CALLERS && places[i].caller[k] != NULL; k++) {
            Dl_info info;
            if (dladdr(places[i].caller[k], &info) != 0) {
                fprintf(stderr, " %s+0x%lx", info.dli_fname,
                        (unsigned long)((char *)places[i].caller[k] - (char *)info.dli_fbase - 1));
            }
        }
        fprintf(stderr, "\n");
    }
}

/* ---- the functions of libc ---- */

/* glibc's own names for its allocator: what stands before them may not look them up, since dlsym allocates. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

AXF_EXPORT void *malloc(size_t size)
{
    see(size);
    return __libc_malloc(size);
}

AXF_EXPORT void *calloc(size_t count, size_t size)
{
    see(count * size);
    return __libc_calloc(count, size);
}

AXF_EXPORT void *realloc(void *memory, size_t size)
{
    see(size);
    return __libc_realloc(memory, size);
}

AXF_EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    see(size);
    return __libc_memalign(alignment, size);
}

AXF_EXPORT void *memalign(size_t alignment, size_t size)
{
    see(size);
    return __libc_memalign(alignment, size);
}

AXF_EXPORT int posix_memalign(void **memory, size_t alignment, size_t size)
{
    see(size);
    *memory = __libc_memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}

AXF_EXPORT void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (next == NULL) {
        *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    }
    see(size);
    return next(address, size, protection, flags, file, offset);
}

/* ---- the loss ---- */

static axf_status describe(const axf_host *host, const void *options, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    (void)host, (void)options, (void)inputs;
    facts->role = AXF_LOSS_AUXILIARY;
    facts->scope = AXF_LOSS_PER_POST;
    facts->reads = AXF_READ_LOGITS;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, const axf_loss_inputs *inputs, void **self)
{
    (void)options, (void)inputs;
    void *frames[4];
    backtrace(frames, 4); /* loads what it needs now, not while it counts */
    *self = host->allocate(host, 1);
    return AXF_OK;
}

/* Nothing that is learned: 0 times what it is given, without a gradient. */
static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    static int done;
    (void)self;
    const int was = counting;
    counting = 0; /* what stands below is this file's, not the step's */
    result->sum = pass->ops->sum(pass, pass->ops->detach(pass, view->logits), 0);
    result->weight = view->posts;
    if (was && pass->step >= LAST_STEP) {
        done = 1;
        report();
    }
    counting = was ? !done : !done && pass->training && pass->step == FIRST_STEP;
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the host's memory */
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "count_alloc", "1", "counts the allocations of a training step", NULL,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(count_alloc, "0.1.0", "MIT", components)
