/* The pickle program of a torch.save archive, put into an archive that is in order: else its checksum would stop every
 * change at the door. */
#include "fuzz.h"

#include "core/strbuf.h"

#include <zlib.h>

enum { STORAGE = 96 }; /* bytes of data/0 */

typedef struct member {
    const char *name;
    const void *bytes;
    size_t size;
    uint32_t local;
} member;

static void put(axf_strbuf *out, uint32_t value, int size)
{
    for (int i = 0; i < size; i++) {
        axf_strbuf_putc(out, i < 4 ? (char)(value >> 8 * i) : 0);
    }
}

/* What local header and directory have in common, from the flags on. */
static void put_facts(axf_strbuf *out, const member *entry)
{
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, 0, 4);
    put(out, (uint32_t)crc32(0, entry->bytes, (uInt)entry->size), 4);
    put(out, (uint32_t)entry->size, 4);
    put(out, (uint32_t)entry->size, 4);
    put(out, (uint32_t)strlen(entry->name), 2);
    put(out, 0, 2);
}

static void put_archive(axf_strbuf *out, member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        members[i].local = (uint32_t)out->length;
        put(out, 0x04034b50, 4);
        put(out, 20, 2);
        put_facts(out, &members[i]);
        axf_strbuf_puts(out, members[i].name);
        axf_strbuf_add(out, members[i].bytes, members[i].size);
    }
    const size_t directory = out->length;
    for (size_t i = 0; i < count; i++) {
        put(out, 0x02014b50, 4);
        put(out, 20, 2);
        put(out, 20, 2);
        put_facts(out, &members[i]);
        put(out, 0, 10);
        put(out, members[i].local, 4);
        axf_strbuf_puts(out, members[i].name);
    }
    const size_t end = out->length;
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, (uint32_t)count, 2);
    put(out, (uint32_t)count, 2);
    put(out, (uint32_t)(end - directory), 4);
    put(out, (uint32_t)directory, 4);
    put(out, 0, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char storage[STORAGE];
    member members[] = {
        {"a/data.pkl", data, size, 0}, {"a/byteorder", "little", 6, 0}, {"a/data/0", storage, STORAGE, 0},
        {"a/data/1", storage, 4, 0},   {"a/version", "3\n", 2, 0},
    };
    axf_strbuf archive = {0};
    put_archive(&archive, members, sizeof members / sizeof *members);
    const char *path = fuzz_file("file", archive.data, archive.length);
    axf_strbuf_free(&archive);
    fuzz_begin(1 << 20, 1024, size);
    fuzz_read_weights(path);
    fuzz_end();
    return 0;
}
