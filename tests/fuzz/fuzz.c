#include "fuzz.h"

#include "weights/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- memory ---- */

/* Of the sanitizers' run time, where there is one. */
__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                                                    void (*freed)(const volatile void *));
__attribute__((weak)) size_t __sanitizer_get_allocated_size(const volatile void *memory);

static struct {
    _Atomic int counting;
    _Atomic int64_t live;
    int64_t allowed;
} memory;

static void on_allocated(const volatile void *pointer, size_t size)
{
    (void)pointer;
    if (memory.counting) {
        const int64_t live = atomic_fetch_add(&memory.live, (int64_t)size) + (int64_t)size;
        if (live > memory.allowed) {
            memory.counting = 0;
            fprintf(stderr, "%zu bytes more make %lld at a time: the input justifies %lld\n", size, (long long)live,
                    (long long)memory.allowed);
            abort();
        }
    }
}

static void on_freed(const volatile void *pointer)
{
    if (memory.counting && pointer != NULL) {
        atomic_fetch_sub(&memory.live, (int64_t)__sanitizer_get_allocated_size(pointer));
    }
}

void fuzz_begin(size_t base, size_t factor, size_t size)
{
    static int installed;
    if (!installed && __sanitizer_install_malloc_and_free_hooks != NULL) {
        fuzz_expect(__sanitizer_install_malloc_and_free_hooks(on_allocated, on_freed) != 0, "no room for a hook");
    }
    installed = 1;
    memory.allowed = (int64_t)(base + factor * size);
    memory.live = 0;
    memory.counting = 1;
}

void fuzz_end(void)
{
    memory.counting = 0;
}

void fuzz_expect(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s (%s)\n", what, axf_error_message());
        abort();
    }
}

/* ---- files ---- */

static char folder[64];

static void remove_folder(void)
{
    static const char *const names[] = {"file", "vocab.txt", "bpe.codes", "model.safetensors.index.json",
                                        "a.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unlink(fuzz_path(names[i]));
    }
    rmdir(folder);
}

const char *fuzz_path(const char *name)
{
    static char ring[4][128];
    static unsigned turn;
    if (folder[0] == 0) {
        snprintf(folder, sizeof folder, "%s/axf-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir);
        fuzz_expect(mkdtemp(folder) != NULL, "no folder for the files");
        atexit(remove_folder);
    }
    char *path = ring[turn++ % 4];
    snprintf(path, sizeof ring[0], "%s%s%s", folder, name[0] == 0 ? "" : "/", name);
    return path;
}

const char *fuzz_file(const char *name, const void *bytes, size_t size)
{
    const char *path = fuzz_path(name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_expect(fd >= 0 && (size == 0 || write(fd, bytes, size) == (ssize_t)size) && close(fd) == 0,
                "the file cannot be written");
    return path;
}

fuzz_parts fuzz_cut(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *cut = size > 0 ? memchr(bytes, 0, size) : NULL;
    if (cut == NULL) {
        return (fuzz_parts){bytes, bytes + size, size, 0};
    }
    const size_t first = (size_t)(cut - bytes);
    return (fuzz_parts){bytes, cut + 1, first, size - first - 1};
}

/* ---- a host ---- */

static axf_status host_fail(const axf_host *host, axf_status status, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

static void host_log(const axf_host *host, int32_t level, const char *format, ...)
{
    (void)host, (void)level, (void)format;
}

static void *host_allocate(const axf_host *host, size_t size)
{
    return axf_arena_alloc(&((fuzz_host *)host->context)->arena, size);
}

static axf_status host_read_file(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size)
{
    fuzz_host *own = host->context;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const int second = own->second_name != NULL && strcmp(name, own->second_name) == 0;
    *size = second ? own->second_size : own->size;
    if (*size > limit) {
        return axf_fail(AXF_ERR_FORMAT, "%s: %zu bytes, above %zu", path, *size, limit);
    }
    *bytes = axf_arena_copy_n(&own->arena, second ? own->second : own->bytes, *size);
    return AXF_OK;
}

void fuzz_host_open(fuzz_host *own, const void *bytes, size_t size)
{
    *own = (fuzz_host){.host = {.struct_size = sizeof own->host,
                                .context = own,
                                .fail = host_fail,
                                .log = host_log,
                                .allocate = host_allocate,
                                .read_file = host_read_file},
                       .bytes = bytes,
                       .size = size};
}

void fuzz_host_close(fuzz_host *own)
{
    axf_arena_free(&own->arena);
}

/* ---- weights ---- */

static void read_entry(const axf_stored *entry)
{
    enum { LARGEST = 1 << 16 }; /* elements */
    static float values[LARGEST];
    int64_t count;
    fuzz_expect(axf_stored_product(entry->shape, entry->ndim, &count) && count == entry->count,
                "count is not the shape's");
    if (entry->count <= LARGEST) {
        (void)axf_stored_read_f32(entry, values, entry->count);
    }
    if (entry->strides == NULL) {
        fuzz_expect(entry->size == (uint64_t)count * axf_stored_dtype_size(entry->dtype), "size is not the shape's");
        fuzz_expect(entry->offset <= entry->file->size && entry->size <= entry->file->size - entry->offset,
                    "a tensor lies beyond its file");
        if (entry->size <= sizeof values) {
            (void)axf_stored_read_raw(entry, 0, values, entry->size);
        }
    }
}

void fuzz_read_weights(const char *path)
{
    axf_weights *weights;
    if (axf_weights_open(path, &weights) != AXF_OK) {
        return;
    }
    for (size_t i = 0; i < axf_weights_count(weights); i++) {
        const axf_stored *entry = axf_weights_entry_at(weights, i);
        fuzz_expect(axf_weights_find(weights, entry->name) == entry, "a tensor is not found by its name");
        read_entry(entry);
    }
    (void)axf_weights_metadata(weights, "format");
    axf_weights_close(weights);
}

/* ---- text ---- */

const char fuzz_text[] =
    "Hello   world, don't <mask> [MASK]</s> 12345 unbelievable \xc3\xa9t\xc3\xa9 \xe4\xbd\xa0\xe5\xa5\xbd "
    "\xf0\x9f\x98\x80 \xe2\x96\x81lower newest widest \xff\xfe aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\t\r\n#x @y";
const size_t fuzz_text_size = sizeof fuzz_text - 1;
