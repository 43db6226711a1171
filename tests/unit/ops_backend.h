/* Opens every backend of the build for tests of ops: a host that only fails, logs and allocates. */
#ifndef AXF_TESTS_OPS_BACKEND_H
#define AXF_TESTS_OPS_BACKEND_H

#include "auxfuse/backend.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BACKENDS = 8 };

/* A backend made for one precision. */
typedef struct device {
    char name[64];
    axf_backend backend;
    void *self;
    int32_t precision;
    int32_t threads; /* 0: two */
} device;

static char last_message[1024];

static axf_status host_fail(const axf_host *host, axf_status status, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_message, sizeof last_message, format, arguments);
    va_end(arguments);
    return status;
}

static void host_log(const axf_host *host, int32_t level, const char *format, ...)
{
    (void)host, (void)level, (void)format;
}

typedef struct host_memory {
    struct host_memory *next;
    _Alignas(64) unsigned char bytes[];
} host_memory;

static host_memory *host_memories;

static void *host_allocate(const axf_host *host, size_t size)
{
    (void)host;
    const size_t whole = (sizeof(host_memory) + size + 63) / 64 * 64;
    host_memory *memory = aligned_alloc(64, whole);
    if (memory == NULL) {
        abort();
    }
    memset(memory, 0, whole);
    memory->next = host_memories;
    host_memories = memory;
    return memory->bytes;
}

static void host_release(void)
{
    while (host_memories != NULL) {
        host_memory *next = host_memories->next;
        free(host_memories);
        host_memories = next;
    }
}

static const axf_host test_host = {
    .struct_size = sizeof(axf_host), .fail = host_fail, .log = host_log, .allocate = host_allocate};

static const char *plugin_path(const char *file)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/lib/auxfuse/%s", AXF_BUILD_DIR, file);
    return path;
}

/* The backend component of a shared object (of this name, or NULL for the first); NULL when it has none. */
static const axf_component *find_backend(const char *file, const char *name)
{
    void *object = dlopen(plugin_path(file), RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        printf("%s\n", dlerror());
        return NULL;
    }
    axf_plugin_entry_function entry;
    *(void **)&entry = dlsym(object, "axf_plugin_entry");
    const axf_plugin *plugin = entry != NULL ? entry() : NULL;
    for (uint32_t i = 0; plugin != NULL && i < plugin->count; i++) {
        const axf_component *component =
            (const axf_component *)((const char *)plugin->first + (size_t)i * plugin->stride);
        if (strcmp(component->kind, AXF_KIND_BACKEND) == 0 && (name == NULL || strcmp(component->name, name) == 0)) {
            return component;
        }
    }
    return NULL;
}

static int has_ending(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* Backends that this machine suits, in `found`; returns their number. Vtables are copied. */
static int find_backends(device *found)
{
    int count = 0;
    DIR *folder = opendir(plugin_path(""));
    for (struct dirent *entry; folder != NULL && count < MOST_BACKENDS && (entry = readdir(folder)) != NULL;) {
        if (!has_ending(entry->d_name, ".so") || has_ending(entry->d_name, ".impl.so")) {
            continue;
        }
        const axf_component *component = find_backend(entry->d_name, NULL);
        if (component != NULL && component->implementation != NULL) {
            component = find_backend(component->implementation, component->name);
        }
        if (component == NULL || component->vtable == NULL) {
            continue;
        }
        device made = {.precision = 0};
        const size_t size = component->vtable_size < sizeof made.backend ? component->vtable_size : sizeof made.backend;
        memcpy(&made.backend, component->vtable, size);
        snprintf(made.name, sizeof made.name, "%s", component->name);
        if (made.backend.score(&test_host) > 0) {
            found[count++] = made;
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return count;
}

/* Makes an instance; 0 when the backend refuses the precision (last_message says why). */
static int device_open(device *d, int32_t precision)
{
    const axf_backend_request request = {
        .struct_size = sizeof request, .precision = precision, .threads = d->threads > 0 ? d->threads : 2};
    d->precision = precision;
    return d->backend.create(&test_host, NULL, &request, &d->self) == AXF_OK;
}

static void device_close(device *d)
{
    if (d->self != NULL) {
        d->backend.destroy(d->self);
        d->self = NULL;
    }
}

#endif
