#include "weights/torch_zip.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    END = 22,
    LOCATOR = 20,
    END64 = 56,
    CENTRAL = 46,
    LOCAL = 30,
    DESCRIPTOR = 16,
    DESCRIPTOR64 = 24,
    MOST_DIRECTORY = 16 * 1024 * 1024,
    MOST_MEMBERS = AXF_STORED_TENSORS + 100, /* storages, and the few files around them */
    UTF8 = 0x800,
    DESCRIBED = 8, /* flags: name is UTF-8; sizes and checksum follow the data */
};

static uint64_t number(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static axf_status fail(const axf_torch_zip *zip, const char *what)
{
    return axf_fail(AXF_ERR_FORMAT, "'%s': as a zip archive of torch.save: %s", zip->file->path, what);
}

static axf_status fail_member(const axf_torch_zip *zip, const char *name, const char *what)
{
    return axf_fail(AXF_ERR_FORMAT, "'%s': member '%.200s': %s", zip->file->path, name, what);
}

/* ---- the end of the archive ---- */

typedef struct directory {
    uint64_t offset, size, count, end; /* end: where the end records begin */
} directory;

/* Reads the 64-bit end record, which the locator before the end record names. */
static axf_status read_end64(const axf_torch_zip *zip, const unsigned char *locator, uint64_t locator_at, directory *d)
{
    unsigned char end[END64];
    const uint64_t at = number(locator + 8, 8);
    if (number(locator + 4, 4) != 0 || number(locator + 16, 4) != 1 || at > locator_at || locator_at - at != END64) {
        return fail(zip, "the zip64 locator does not name the record before it");
    }
    AXF_TRY(axf_stored_file_read(zip->file, at, end, sizeof end));
    if (number(end, 4) != 0x06064b50 || number(end + 4, 8) != END64 - 12 || number(end + 16, 4) != 0 ||
        number(end + 20, 4) != 0 || number(end + 24, 8) != number(end + 32, 8)) {
        return fail(zip, "the zip64 end record is malformed");
    }
    *d = (directory){number(end + 48, 8), number(end + 40, 8), number(end + 32, 8), at};
    return AXF_OK;
}

static int agrees(uint64_t small, uint64_t large, uint64_t saturated)
{
    return small == saturated || small == large;
}

static axf_status read_end(const axf_torch_zip *zip, directory *d)
{
    unsigned char tail[LOCATOR + END], *end = tail + LOCATOR;
    if (zip->file->size < sizeof tail) {
        return fail(zip, "the file is too short");
    }
    const uint64_t at = zip->file->size - sizeof tail;
    AXF_TRY(axf_stored_file_read(zip->file, at, tail, sizeof tail));
    if (number(end, 4) != 0x06054b50 || number(end + 20, 2) != 0) {
        return fail(zip, "the file does not end with the end record: it was cut, or something follows it");
    }
    if (number(end + 4, 4) != 0 || number(end + 8, 2) != number(end + 10, 2)) {
        return fail(zip, "it has several disks");
    }
    *d = (directory){number(end + 16, 4), number(end + 12, 4), number(end + 10, 2), at + LOCATOR};
    if (number(tail, 4) == 0x07064b50) {
        const directory small = *d;
        AXF_TRY(read_end64(zip, tail, at, d));
        if (!agrees(small.offset, d->offset, UINT32_MAX) || !agrees(small.size, d->size, UINT32_MAX) ||
            !agrees(small.count, d->count, UINT16_MAX)) {
            return fail(zip, "its two end records say different things");
        }
    }
    if (d->offset > d->end || d->end - d->offset != d->size) {
        return fail(zip, "the directory does not lie right before its end record");
    }
    if (d->size > MOST_DIRECTORY || d->count > MOST_MEMBERS || d->count == 0) {
        return fail(zip, "the directory is empty or too large");
    }
    return AXF_OK;
}

/* ---- members ---- */

/* The zip64 field of a header's extra bytes. */
typedef struct field64 {
    const unsigned char *bytes; /* NULL: there is none */
    size_t size;
} field64;

static axf_status find_field64(const axf_torch_zip *zip, const char *name, const unsigned char *extra, size_t length,
                               field64 *field)
{
    *field = (field64){0};
    for (size_t at = 0; length - at >= 4;) {
        const size_t size = (size_t)number(extra + at + 2, 2);
        if (size > length - at - 4) {
            return fail_member(zip, name, "the extra bytes of a header are malformed");
        }
        if (number(extra + at, 2) == 1) {
            if (field->bytes != NULL) {
                return fail_member(zip, name, "a header has two zip64 fields");
            }
            *field = (field64){extra + at + 4, size};
        }
        at += 4 + size;
    }
    return AXF_OK;
}

/* Replaces saturated values by those of the zip64 field, which must hold just them. */
static axf_status read_field64(const axf_torch_zip *zip, const char *name, field64 field, uint64_t *values[3])
{
    size_t wanted = 0;
    for (int i = 0; i < 3; i++) {
        wanted += *values[i] == UINT32_MAX;
    }
    if (field.size != wanted * 8 || (field.bytes != NULL && wanted == 0)) {
        return fail_member(zip, name, "its zip64 field does not hold just what is too large for 32 bits");
    }
    for (int i = 0; i < 3; i++) {
        if (*values[i] == UINT32_MAX) {
            *values[i] = number(field.bytes, 8);
            field.bytes += 8;
        }
    }
    return AXF_OK;
}

static axf_status check_name(const axf_torch_zip *zip, const char *name, size_t length)
{
    if (length == 0 || memchr(name, '\0', length) != NULL || name[0] == '/' || memchr(name, '\\', length) != NULL) {
        return fail(zip, "a member has an empty or absolute name, or one with NUL or backslash");
    }
    for (const char *part = name; part != NULL;) {
        const char *slash = strchr(part, '/');
        const size_t size = slash != NULL ? (size_t)(slash - part) : strlen(part);
        if (size == 0 || (size == 2 && memcmp(part, "..", 2) == 0) || (size == 1 && part[0] == '.')) {
            return fail_member(zip, name, "a part of its name is empty, . or ..");
        }
        part = slash != NULL ? slash + 1 : NULL;
    }
    return AXF_OK;
}

/* Checks what follows the data of a member whose own header has no sizes and no checksum. `wide` says that its sizes
 * have 64 bits: torch writes them so wherever the headers have a zip64 field, be it only for the place of the
 * member. */
static axf_status check_descriptor(const axf_torch_zip *zip, const char *name, axf_torch_member *member, uint64_t limit,
                                   int wide)
{
    unsigned char bytes[DESCRIPTOR64];
    const int size = wide ? DESCRIPTOR64 : DESCRIPTOR, field = wide ? 8 : 4;
    if (limit - member->end < (uint64_t)size) {
        return fail_member(zip, name, "its data descriptor does not lie in the file");
    }
    AXF_TRY(axf_stored_file_read(zip->file, member->end, bytes, (size_t)size));
    if (number(bytes, 4) != 0x08074b50 || number(bytes + 4, 4) != member->bytes.crc ||
        number(bytes + 8, field) != member->bytes.size || number(bytes + 8 + field, field) != member->bytes.size) {
        return fail_member(zip, name, "its data descriptor says something else than the directory");
    }
    member->end += (uint64_t)size;
    return AXF_OK;
}

/* torch writes the field before it knows the packed size, and puts 0 for it. */
static int same_field64(field64 own, field64 central, int described)
{
    if (own.size != central.size || (own.bytes == NULL) != (central.bytes == NULL)) {
        return 0;
    }
    for (size_t at = 0; at < own.size; at += 8) {
        const uint64_t value = number(own.bytes + at, 8);
        if (value != number(central.bytes + at, 8) && !(described && value == 0)) {
            return 0;
        }
    }
    return 1;
}

/* The name and the zip64 field behind a local header must be those of the directory. */
static axf_status check_local_name(const axf_torch_zip *zip, const char *name, size_t length, size_t extra,
                                   uint64_t start, field64 central, int described)
{
    field64 own = {0};
    unsigned char *bytes = axf_alloc(length + extra + 1);
    axf_status status = axf_stored_file_read(zip->file, start + LOCAL, bytes, length + extra);
    if (status == AXF_OK) {
        status = find_field64(zip, name, bytes + length, extra, &own);
    }
    if (status == AXF_OK && (memcmp(bytes, name, length) != 0 || !same_field64(own, central, described))) {
        status = fail_member(zip, name, "its own header has another name or zip64 field than the directory");
    }
    free(bytes);
    return status;
}

/* The header before the data must say what the directory says: readers differ in which of the two they believe. */
static axf_status check_local(const axf_torch_zip *zip, const char *name, size_t length, unsigned flags,
                              axf_torch_member *member, uint64_t limit, field64 central)
{
    unsigned char header[LOCAL];
    if (member->start > limit || limit - member->start < LOCAL) {
        return fail_member(zip, name, "its header does not lie before the directory");
    }
    AXF_TRY(axf_stored_file_read(zip->file, member->start, header, sizeof header));
    const size_t extra = (size_t)number(header + 28, 2);
    const uint64_t left = limit - member->start - LOCAL;
    if (number(header, 4) != 0x04034b50 || number(header + 6, 2) != flags || number(header + 8, 2) != 0 ||
        number(header + 26, 2) != length) {
        return fail_member(zip, name, "its own header says something else than the directory");
    }
    if (left < length + extra || left - length - extra < member->bytes.size) {
        return fail_member(zip, name, "its data does not lie before the directory");
    }
    AXF_TRY(check_local_name(zip, name, length, extra, member->start, central, (flags & DESCRIBED) != 0));
    const uint64_t crc = number(header + 14, 4), packed = number(header + 18, 4), size = number(header + 22, 4);
    const uint64_t due = member->bytes.size < UINT32_MAX ? member->bytes.size : UINT32_MAX;
    const int blank = (flags & DESCRIBED) != 0 && crc == 0 && packed == 0 && size == 0;
    if (!blank && (crc != member->bytes.crc || packed != due || size != due)) {
        return fail_member(zip, name, "its own header has another size or checksum than the directory");
    }
    member->bytes.offset = member->start + LOCAL + length + extra;
    member->end = member->bytes.offset + member->bytes.size;
    return flags & DESCRIBED ? check_descriptor(zip, name, member, limit, central.bytes != NULL) : AXF_OK;
}

/* Reads the entry of the directory at `at`; *used gets its length. */
static axf_status read_member(axf_torch_zip *zip, const directory *d, const unsigned char *at, size_t left,
                              const char **root, size_t *used)
{
    if (left < CENTRAL || number(at, 4) != 0x02014b50) {
        return fail(zip, "the directory is malformed");
    }
    const size_t length = (size_t)number(at + 28, 2), extra = (size_t)number(at + 30, 2);
    const unsigned flags = (unsigned)number(at + 8, 2);
    uint64_t packed = number(at + 20, 4), size = number(at + 24, 4), start = number(at + 42, 4);
    *used = CENTRAL + length + extra + (size_t)number(at + 32, 2);
    if (*used > left) {
        return fail(zip, "the directory is malformed");
    }
    const char *name = axf_arena_copy_n(&zip->arena, (const char *)at + CENTRAL, length);
    AXF_TRY(check_name(zip, name, length));
    if (flags & ~(unsigned)(UTF8 | DESCRIBED)) {
        return fail_member(zip, name, flags & 1 ? "it is encrypted" : "it has flags that torch.save does not set");
    }
    if (number(at + 10, 2) != 0) {
        return fail_member(zip, name, "it is compressed, which torch.save does not do: save the weights again");
    }
    field64 field;
    AXF_TRY(find_field64(zip, name, at + CENTRAL + length, extra, &field));
    AXF_TRY(read_field64(zip, name, field, (uint64_t *[3]){&size, &packed, &start}));
    if (packed != size || number(at + 34, 2) != 0) {
        return fail_member(zip, name, "its sizes differ, or it lies on another disk");
    }
    const char *slash = strchr(name, '/');
    if (slash == NULL && length > 4 && strcmp(name + length - 4, ".npy") == 0) {
        return fail_member(zip, name, "this is an .npz of NumPy: save the array as an .npy");
    }
    if (slash == NULL || (*root != NULL && strncmp(name, *root, (size_t)(slash - name) + 1) != 0)) {
        return fail_member(zip, name, "it does not lie in the one folder of the archive");
    }
    *root = name;
    axf_torch_member *member = &zip->members[zip->count++];
    *member = (axf_torch_member){.name = slash + 1, .bytes = {0, size, (uint32_t)number(at + 16, 4)}, .start = start};
    return check_local(zip, name, length, flags, member, d->offset, field);
}

static int order_by_start(const void *a, const void *b)
{
    const axf_torch_member *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static int order_by_name(const void *a, const void *b)
{
    return strcmp(((const axf_torch_member *)a)->name, ((const axf_torch_member *)b)->name);
}

/* Checks the members together, and leaves them sorted by name. */
static axf_status check_together(axf_torch_zip *zip)
{
    qsort(zip->members, zip->count, sizeof *zip->members, order_by_start);
    for (size_t i = 1; i < zip->count; i++) {
        if (zip->members[i].start < zip->members[i - 1].end) {
            return fail_member(zip, zip->members[i].name, "its bytes overlap with those of another");
        }
    }
    qsort(zip->members, zip->count, sizeof *zip->members, order_by_name);
    for (size_t i = 1; i < zip->count; i++) {
        if (strcmp(zip->members[i - 1].name, zip->members[i].name) == 0) {
            return fail_member(zip, zip->members[i].name, "there are two of that name");
        }
    }
    return AXF_OK;
}

static axf_status read_directory(axf_torch_zip *zip, const directory *d, const unsigned char *bytes)
{
    const char *root = NULL;
    size_t at = 0;
    zip->members = axf_alloc((size_t)d->count * sizeof *zip->members);
    for (uint64_t i = 0; i < d->count; i++) {
        size_t used = 0;
        AXF_TRY(read_member(zip, d, bytes + at, (size_t)d->size - at, &root, &used));
        at += used;
    }
    return at == d->size ? check_together(zip) : fail(zip, "the directory holds more than it says");
}

axf_status axf_torch_zip_open(const axf_stored_file *file, axf_torch_zip *zip)
{
    directory d = {0};
    *zip = (axf_torch_zip){.file = file};
    AXF_TRY(read_end(zip, &d));
    unsigned char *bytes = axf_alloc((size_t)d.size);
    axf_status status = axf_stored_file_read(file, d.offset, bytes, (size_t)d.size);
    if (status == AXF_OK) {
        status = read_directory(zip, &d, bytes);
    }
    free(bytes);
    if (status != AXF_OK) {
        axf_torch_zip_free(zip);
    }
    return status;
}

void axf_torch_zip_free(axf_torch_zip *zip)
{
    axf_arena_free(&zip->arena);
    free(zip->members);
    *zip = (axf_torch_zip){0};
}

static int compare_name(const void *name, const void *member)
{
    return strcmp(name, ((const axf_torch_member *)member)->name);
}

const axf_torch_member *axf_torch_zip_find(const axf_torch_zip *zip, const char *name)
{
    return bsearch(name, zip->members, zip->count, sizeof *zip->members, compare_name);
}

axf_status axf_torch_zip_read(const axf_torch_zip *zip, const axf_torch_member *member, size_t limit, char **bytes)
{
    if (member->bytes.size > limit) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': member '%s' has %llu bytes, the limit is %zu", zip->file->path,
                        member->name, (unsigned long long)member->bytes.size, limit);
    }
    const size_t size = (size_t)member->bytes.size;
    *bytes = axf_alloc(size + 1);
    (*bytes)[size] = '\0';
    axf_status status = axf_stored_file_read(zip->file, member->bytes.offset, *bytes, size);
    const uint32_t crc = (uint32_t)crc32(0, (const Bytef *)*bytes, (uInt)size);
    if (status == AXF_OK && crc != member->bytes.crc) {
        status = axf_fail(AXF_ERR_FORMAT, "'%s' is damaged: member '%s' should have CRC-32 %08x, it has %08x",
                          zip->file->path, member->name, member->bytes.crc, crc);
    }
    if (status != AXF_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
