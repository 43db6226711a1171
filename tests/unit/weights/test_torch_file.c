/* What torch.save and numpy.save write, read back; and zip archives that lie, one test a check. */
#include "torch_case.h"

#include <fcntl.h>

#define CASES AXF_SOURCE_DIR "/tests/golden/torch/"

static char *folder;
static const char *file;

static void setup(void)
{
    folder = temp_folder_make();
    file = temp_path(folder, "weights.bin");
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

/* ---- real files ---- */

static axf_weights *open_good(const char *path)
{
    axf_weights *weights;
    ck_assert_msg(axf_weights_open(path, &weights) == AXF_OK, "%s", axf_error_message());
    return weights;
}

static void compare_reals(const axf_stored *found, const axf_stored *expected)
{
    const size_t size = (size_t)expected->count * sizeof(float);
    float *a = malloc(size + 1), *b = malloc(size + 1);
    ck_assert_msg(axf_stored_read_f32(found, a, found->count) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(axf_stored_read_f32(expected, b, expected->count), AXF_OK);
    ck_assert_msg(memcmp(a, b, size) == 0, "'%s' of %s has other values", found->name, found->file->path);
    free(a);
    free(b);
}

static void compare_raw(const axf_stored *found, const axf_stored *expected)
{
    char *a = malloc(expected->size + 1), *b = malloc(expected->size + 1);
    ck_assert_msg(axf_stored_read_raw(found, 0, a, found->size) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(axf_stored_read_raw(expected, 0, b, expected->size), AXF_OK);
    ck_assert_msg(memcmp(a, b, expected->size) == 0, "'%s' of %s has other bytes", found->name, found->file->path);
    free(a);
    free(b);
}

static void compare_all(const char *name, const char *path)
{
    char twin[1024];
    snprintf(twin, sizeof twin, CASES "%s.safetensors", name);
    axf_weights *weights = open_good(path), *expected = open_good(twin);
    ck_assert_uint_eq(axf_weights_count(weights), axf_weights_count(expected));
    for (size_t i = 0; i < axf_weights_count(expected); i++) {
        const axf_stored *due = axf_weights_entry_at(expected, i), *found = axf_weights_find(weights, due->name);
        ck_assert_msg(found != NULL, "%s has no '%s'", path, due->name);
        ck_assert_int_eq(found->dtype, due->dtype);
        ck_assert_int_eq(found->ndim, due->ndim);
        ck_assert_mem_eq(found->shape, due->shape, (size_t)due->ndim * sizeof *due->shape);
        if (due->dtype <= AXF_STORED_BF16) {
            compare_reals(found, due);
        }
        if (found->strides == NULL) {
            compare_raw(found, due);
        }
    }
    axf_weights_close(weights);
    axf_weights_close(expected);
}

static const char *const torch_names[] = {"dtypes",     "views", "state_dict", "wrapped", "checkpoint",
                                          "parameters", "bare",  "small",      "list"};

START_TEST(reads_what_torch_writes)
{
    char path[1024];
    snprintf(path, sizeof path, CASES "%s.pt", torch_names[_i]);
    compare_all(torch_names[_i], path);
}
END_TEST

static const char *const numpy_names[] = {"f8", "f4-v2", "f2-v3", "f4-fortran", "f4-vector", "f4-scalar", "f4-empty",
                                          "i8", "i4",    "i2",    "i1",         "u1",        "b1"};

START_TEST(reads_what_numpy_writes)
{
    char path[1024];
    snprintf(path, sizeof path, CASES "%s.npy", numpy_names[_i]);
    compare_all(numpy_names[_i], path);
}
END_TEST

START_TEST(reads_shards)
{
    axf_weights *weights = open_good(CASES "sharded");
    ck_assert_str_eq(axf_weights_format(weights), "torch zip");
    axf_weights_close(weights);
    compare_all("sharded", CASES "sharded");
}
END_TEST

START_TEST(refuses_shards_elsewhere)
{
    static const char *const shards[] = {"../weights.bin", "/etc/weights.bin",    "..",  ".weights.bin",
                                         "a/weights.bin",  "weights.safetensors", "bin", ".bin"};
    for (size_t i = 0; i < sizeof shards / sizeof *shards; i++) {
        char index[200];
        axf_weights *weights;
        snprintf(index, sizeof index, "{\"weight_map\": {\"a\": \"%s\"}}", shards[i]);
        torch_write(temp_path(folder, "pytorch_model.bin.index.json"), index, strlen(index));
        const axf_status status = axf_weights_open(folder, &weights);
        torch_refused(status, weights, "is not the plain name of a .bin file", shards[i]);
    }
}
END_TEST

/* A form that holds the same but lets pickles run before anything can be checked. */
START_TEST(refuses_the_old_forms)
{
    axf_weights *weights;
    axf_status status = axf_weights_open(CASES "legacy.pt", &weights);
    torch_refused(status, weights, "is a bare pickle", "legacy");
    char tar[1024] = "sys_info";
    snprintf(tar + 257, 6, "ustar");
    status = torch_open(file, tar, sizeof tar, &weights);
    torch_refused(status, weights, "is a tar archive", "tar");
    const char framed[64] = "\x80\x04\x95\x10\0\0\0\0\0\0\0";
    status = torch_open(file, framed, sizeof framed, &weights);
    torch_refused(status, weights, "is a bare pickle", "protocol 4");
}
END_TEST

/* Lengths that begin with the letters PK, or as a pickle does. */
START_TEST(tells_safetensors_by_its_header)
{
    static const size_t lengths[] = {0x4b50, 0x0280 + 0x10000, 0x014b50};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const uint64_t length = lengths[i];
        char *bytes = malloc(8 + length);
        memcpy(bytes, &length, 8);
        memset(bytes + 8, ' ', length);
        bytes[8] = '{';
        bytes[9] = '}';
        torch_write(file, bytes, 8 + length);
        free(bytes);
        axf_weights *weights = open_good(file);
        ck_assert_str_eq(axf_weights_format(weights), "safetensors");
        axf_weights_close(weights);
    }
}
END_TEST

/* ---- archives ---- */

static void good_archive(zip_file *zip)
{
    axf_strbuf program = {0};
    pickle_write(&program, "} 'a' " PICKLE_TENSOR " s .");
    torch_archive(zip, program.data, program.length);
    axf_strbuf_free(&program);
}

START_TEST(accepts_the_plain_archive)
{
    zip_file zip;
    axf_weights *weights;
    float values[4];
    good_archive(&zip);
    zip_finish(&zip);
    ck_assert_msg(torch_open_zip(file, &zip, &weights) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(axf_stored_read_f32(axf_weights_find(weights, "a"), values, 4), AXF_OK);
    ck_assert_mem_eq(values, torch_numbers, sizeof values);
    axf_weights_close(weights);
}
END_TEST

enum { LOCAL, DATA, BEHIND, CENTRAL, END }; /* what a place is counted from */

static const struct {
    const char *about;
    int from, member, at, size;
    uint64_t value;
    const char *message;
} pokes[] = {
    {"encrypted in the directory", CENTRAL, 1, 8, 2, 9, "it is encrypted"},
    {"encrypted in the local header", LOCAL, 1, 6, 2, 9, "its own header says something else"},
    {"strong encryption", CENTRAL, 0, 8, 2, 0x40, "flags that torch.save does not set"},
    {"masked headers", CENTRAL, 0, 8, 2, 0x2000, "flags that torch.save does not set"},
    {"patched data", CENTRAL, 0, 8, 2, 0x20, "flags that torch.save does not set"},
    {"flags differ", LOCAL, 0, 6, 2, 0x800, "its own header says something else"},
    {"compressed", CENTRAL, 0, 10, 2, 8, "it is compressed"},
    {"compressed in the local header", LOCAL, 0, 8, 2, 8, "its own header says something else"},
    {"local checksum", LOCAL, 0, 14, 4, 7, "another size or checksum"},
    {"local size", LOCAL, 0, 22, 4, 7, "another size or checksum"},
    {"local packed size", LOCAL, 0, 18, 4, 7, "another size or checksum"},
    {"local size of 64 bits", LOCAL, 0, 22, 4, UINT32_MAX, "another size or checksum"},
    {"local size beside a descriptor", LOCAL, 1, 22, 4, 7, "another size or checksum"},
    {"local checksum beside a descriptor", LOCAL, 1, 14, 4, 7, "another size or checksum"},
    {"local name's length", LOCAL, 0, 26, 2, 10, "its own header says something else"},
    {"local name", LOCAL, 0, 30, 1, 'q', "another name or zip64 field"},
    {"local signature", LOCAL, 1, 0, 4, 0x02014b50, "its own header says something else"},
    {"local extra bytes beyond the directory", LOCAL, 2, 28, 2, 60000, "its data does not lie before the directory"},
    {"descriptor's signature", BEHIND, 1, 0, 4, 7, "its data descriptor says something else"},
    {"descriptor's checksum", BEHIND, 1, 4, 4, 7, "its data descriptor says something else"},
    {"descriptor's packed size", BEHIND, 1, 8, 4, 7, "its data descriptor says something else"},
    {"descriptor's size", BEHIND, 1, 12, 4, 7, "its data descriptor says something else"},
    {"sizes differ in the directory", CENTRAL, 0, 20, 4, 7, "its sizes differ"},
    {"on another disk", CENTRAL, 0, 34, 2, 1, "on another disk"},
    {"zip64 size without a field", CENTRAL, 0, 24, 4, UINT32_MAX, "too large for 32 bits"},
    {"zip64 place without a field", CENTRAL, 0, 42, 4, UINT32_MAX, "too large for 32 bits"},
    {"header behind the directory", CENTRAL, 0, 42, 4, 1u << 20, "does not lie before the directory"},
    {"header within another", CENTRAL, 1, 42, 4, 4, "its own header says something else"},
    {"directory's signature", CENTRAL, 1, 0, 4, 7, "the directory is malformed"},
    {"name longer than the directory", CENTRAL, 2, 28, 2, 2000, "the directory is malformed"},
    {"extra longer than the directory", CENTRAL, 2, 30, 2, 2000, "the directory is malformed"},
    {"comment longer than the directory", CENTRAL, 2, 32, 2, 2000, "the directory is malformed"},
    {"name with NUL", CENTRAL, 0, 48, 1, 0, "NUL or backslash"},
    {"name with backslash", CENTRAL, 0, 48, 1, '\\', "NUL or backslash"},
    {"absolute name", CENTRAL, 0, 46, 1, '/', "absolute name"},
    {"second folder", CENTRAL, 1, 46, 1, 'q', "the one folder"},
    {"fewer members", END, 0, 8, 4, 0x00020002, "holds more than it says"},
    {"more members", END, 0, 8, 4, 0x00040004, "the directory is malformed"},
    {"no members", END, 0, 8, 4, 0, "empty or too large"},
    {"counts differ", END, 0, 8, 2, 1, "several disks"},
    {"several disks", END, 0, 4, 2, 1, "several disks"},
    {"directory's size", END, 0, 12, 4, 7, "right before its end record"},
    {"directory's place", END, 0, 16, 4, 7, "right before its end record"},
    {"directory beyond the file", END, 0, 16, 4, UINT32_MAX, "right before its end record"},
    {"a comment", END, 0, 20, 2, 1, "something follows it"},
    {"damaged program", DATA, 0, 3, 1, '!', "data.pkl' should have CRC-32"},
};

START_TEST(refuses_lying_headers)
{
    zip_file zip;
    axf_weights *weights;
    good_archive(&zip);
    zip_finish(&zip);
    const size_t data = zip.member[pokes[_i].member].data;
    const size_t from[] = {zip.member[pokes[_i].member].local, data, data + zip.member[pokes[_i].member].size,
                           zip.member[pokes[_i].member].central, zip.end};
    zip_poke(&zip, from[pokes[_i].from] + (size_t)pokes[_i].at, pokes[_i].value, pokes[_i].size);
    const axf_status status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, pokes[_i].message, pokes[_i].about);
}
END_TEST

static const struct {
    const char *name, *message;
} names[] = {
    {"pt/../data/1", "a part of its name is empty, . or .."},
    {"pt/./data/1", "a part of its name is empty, . or .."},
    {"pt//data/1", "a part of its name is empty, . or .."},
    {"pt/data/1/", "a part of its name is empty, . or .."},
    {"../data/1", "a part of its name is empty, . or .."},
    {"", "empty or absolute name"},
    {"/etc/passwd", "empty or absolute name"},
    {"pt2/data.pkl", "the one folder"},
    {"p/data/1", "the one folder"},
    {"data.pkl", "the one folder"},
    {"data.npy", "an .npz of NumPy"},
    {"pt/data/0", "there are two of that name"},
    {"pt/data.pkl", "there are two of that name"},
};

START_TEST(refuses_names)
{
    zip_file zip;
    axf_weights *weights;
    good_archive(&zip);
    zip_add(&zip, names[_i].name, "x", 1, 0);
    zip_finish(&zip);
    const axf_status status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, names[_i].message, names[_i].name);
}
END_TEST

/* The second member's header lies within the first one's data: both are well-formed. */
START_TEST(refuses_overlaps)
{
    zip_file inner = {0}, zip = {0};
    axf_weights *weights;
    zip_add(&inner, "pt/data/0", torch_numbers, sizeof torch_numbers, 0);
    zip_add(&zip, "pt/data.pkl", inner.bytes.data, inner.bytes.length, 0);
    zip.member[1] = inner.member[0];
    zip.member[1].local = zip.member[0].data;
    zip.count = 2;
    axf_strbuf_free(&inner.bytes);
    zip_finish(&zip);
    const axf_status status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, "its bytes overlap", "overlap");
}
END_TEST

START_TEST(refuses_trailing_bytes_and_other_archives)
{
    zip_file zip;
    axf_weights *weights;
    good_archive(&zip);
    zip_finish(&zip);
    axf_strbuf_putc(&zip.bytes, '\n');
    axf_status status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, "something follows it", "trailing");

    zip = (zip_file){0};
    zip_add(&zip, "pt/readme", "x", 1, 0);
    zip_finish(&zip);
    status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, "without data.pkl", "no program");

    good_archive(&zip);
    zip_add(&zip, "pt/byteorder", "big", 3, 0);
    zip_finish(&zip);
    status = torch_open_zip(file, &zip, &weights);
    torch_refused(status, weights, "big-endian", "byte order");
}
END_TEST

/* The bytes of a tensor are compared with their checksum when they are read, whole or through a view. */
START_TEST(notices_damaged_values)
{
    static const char *const programs[] = {"} 'a' " PICKLE_TENSOR " s .",
                                           "} 'a' " PICKLE_VIEW("4", "1", "2", "2") " s .",
                                           "} 'a' " PICKLE_VIEW("4", "1", "2", "1") " s ."};
    float values[4];
    zip_file zip;
    axf_weights *weights;
    axf_strbuf program = {0};
    pickle_write(&program, programs[_i]);
    torch_archive(&zip, program.data, program.length);
    axf_strbuf_free(&program);
    zip_finish(&zip);
    zip_poke(&zip, zip.member[1].data, 9, 1);
    ck_assert_msg(torch_open_zip(file, &zip, &weights) == AXF_OK, "%s", axf_error_message());
    const axf_stored *entry = axf_weights_find(weights, "a");
    ck_assert_int_eq(axf_stored_read_f32(entry, values, entry->count), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "should have CRC-32"));
    axf_weights_close(weights);
}
END_TEST

/* ---- every beginning, every byte ---- */

static char *read_case(const char *name, size_t *size)
{
    char path[1024], *bytes;
    snprintf(path, sizeof path, CASES "%s", name);
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    bytes = malloc(1 << 16);
    *size = fread(bytes, 1, 1 << 16, in);
    fclose(in);
    return bytes;
}

/* Not through axf_durable_write_file, which syncs. */
static void overwrite(int out, const char *bytes, size_t size)
{
    ck_assert_int_eq(ftruncate(out, 0), 0);
    ck_assert_int_eq(pwrite(out, bytes, size, 0), (ssize_t)size);
}

static const char *const broken[] = {"state_dict.pt", "views.pt", "f4-fortran.npy"};

START_TEST(refuses_every_beginning)
{
    size_t size;
    char *bytes = read_case(broken[_i], &size);
    const int out = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (size_t length = 0; length < size; length++) {
        axf_weights *weights;
        overwrite(out, bytes, length);
        ck_assert_msg(axf_weights_open(file, &weights) == AXF_ERR_FORMAT, "%s, %zu bytes", broken[_i], length);
        ck_assert_ptr_null(weights);
    }
    close(out);
    free(bytes);
}
END_TEST

START_TEST(survives_flipped_bytes)
{
    static const char flips[] = {1, (char)0x80, (char)0xff};
    size_t size, opened = 0;
    char *bytes = read_case(broken[_i], &size);
    const int out = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    overwrite(out, bytes, size);
    for (size_t at = 0; at < size; at++) {
        for (size_t flip = 0; flip < sizeof flips; flip++) {
            const char changed = (char)(bytes[at] ^ flips[flip]);
            axf_weights *weights;
            ck_assert_int_eq(pwrite(out, &changed, 1, (off_t)at), 1);
            if (axf_weights_open(file, &weights) == AXF_OK) {
                opened++;
                torch_read_all(weights);
            }
            axf_weights_close(weights);
        }
        ck_assert_int_eq(pwrite(out, bytes + at, 1, (off_t)at), 1);
    }
    close(out);
    free(bytes);
    ck_assert_uint_gt(opened, 0); /* padding, dates */
}
END_TEST

/* ---- zip64 ---- */

/* A member of more than 4 GiB and one behind it, written as torch does, in a file with a hole. */
typedef struct large {
    uint64_t size;          /* as the directory says */
    uint64_t local_size;    /* as the local header says */
    uint64_t count, offset; /* in the zip64 end record, added to what is right */
    uint64_t record, disks; /* the locator's: added to what is right */
    int narrow_descriptor, two_fields, no_field;
} large;

static void extra64(zip_file *zip, uint64_t first, uint64_t second, int times)
{
    zip_number(zip, 1, 2);
    zip_number(zip, 8 * (uint64_t)times, 2);
    zip_number(zip, first, 8);
    if (times == 2) {
        zip_number(zip, second, 8);
    }
}

static void large_header(zip_file *zip, const char *name, int local, const large *l, uint64_t size, uint64_t start)
{
    const int wide = size > UINT32_MAX, behind = start > UINT32_MAX;
    const uint64_t small = local ? 0 : wide ? UINT32_MAX : size;
    const uint64_t extra = wide ? 20 + (uint64_t)(l->two_fields ? 20 : 0) : behind && !(local && l->no_field) ? 12 : 0;
    zip_number(zip, local ? 0x04034b50 : 0x02014b50, 4);
    zip_number(zip, 0, local ? 2 : 4);
    zip_number(zip, size > 0 ? ZIP_DESCRIBED : 0, 2);
    zip_number(zip, 0, 6);
    zip_number(zip, 0, 4); /* the checksum of zeros is never compared here */
    zip_number(zip, small, 4);
    zip_number(zip, small, 4);
    zip_number(zip, strlen(name), 2);
    zip_number(zip, extra, 2);
    if (!local) {
        zip_number(zip, 0, 2 + 2 + 2 + 4);
        zip_number(zip, behind ? UINT32_MAX : start, 4);
    }
    axf_strbuf_puts(&zip->bytes, name);
    if (wide) {
        extra64(zip, local ? l->local_size : size, local ? 0 : size, 2); /* torch knows no packed size here */
        if (l->two_fields) {
            extra64(zip, size, size, 2);
        }
    } else if (extra > 0) {
        extra64(zip, start, 0, 1);
    }
}

static void descriptor(zip_file *zip, uint32_t crc, uint64_t size, int width)
{
    zip_number(zip, 0x08074b50, 4);
    zip_number(zip, crc, 4);
    zip_number(zip, size, width);
    zip_number(zip, size, width);
}

static void large_end(zip_file *zip, const large *l, uint64_t base, uint64_t start)
{
    const uint64_t size = base + zip->bytes.length - start, record = base + zip->bytes.length;
    zip_number(zip, 0x06064b50, 4);
    zip_number(zip, 44, 8);
    zip_number(zip, 0, 4 + 4 + 4);
    zip_number(zip, 3 + l->count, 8);
    zip_number(zip, 3 + l->count, 8);
    zip_number(zip, size, 8);
    zip_number(zip, start + l->offset, 8);
    zip_number(zip, 0x07064b50, 4);
    zip_number(zip, 0, 4);
    zip_number(zip, record + l->record, 8);
    zip_number(zip, 1 + l->disks, 4);
    zip_number(zip, 0x06054b50, 4);
    zip_number(zip, 0, 4);
    zip_number(zip, 3, 2);
    zip_number(zip, 3, 2);
    zip_number(zip, size, 4);
    zip_number(zip, UINT32_MAX, 4);
    zip_number(zip, 0, 2);
}

static void write_large(const large *l)
{
    zip_file head = {0}, tail = {0};
    axf_strbuf program = {0};
    const uint64_t bytes = ((uint64_t)1 << 32) + 64;
    pickle_write(&program, "} 'a' " PICKLE_VIEW("1073741840", "0", "1073741840", "1") " s .");
    zip_add(&head, "pt/data.pkl", program.data, program.length, 0);
    const uint64_t first = head.bytes.length;
    large_header(&head, "pt/data/0", 1, l, l->size, first);
    const uint64_t base = head.bytes.length + bytes; /* of the tail, in the file */
    descriptor(&tail, 0, l->size, 8);
    const uint64_t second = base + tail.bytes.length;
    large_header(&tail, "pt/x", 1, l, 4, second);
    axf_strbuf_add(&tail.bytes, "\0\0\0\0", 4);
    descriptor(&tail, 0, 4, l->narrow_descriptor ? 4 : 8);
    const uint64_t start = base + tail.bytes.length;
    head.end = head.bytes.length; /* the first entry of the directory is that of the program */
    zip_file directory = {0};
    zip_add(&directory, "pt/data.pkl", program.data, program.length, 0);
    axf_strbuf_clear(&directory.bytes);
    zip_finish(&directory);
    axf_strbuf_add(&tail.bytes, directory.bytes.data, directory.end);
    large_header(&tail, "pt/data/0", 0, l, l->size, first);
    large_header(&tail, "pt/x", 0, l, 4, second);
    large_end(&tail, l, base, start);
    const int out = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_eq(pwrite(out, head.bytes.data, head.end, 0), (ssize_t)head.end);
    ck_assert_int_eq(pwrite(out, tail.bytes.data, tail.bytes.length, (off_t)base), (ssize_t)tail.bytes.length);
    close(out);
    axf_strbuf_free(&head.bytes);
    axf_strbuf_free(&tail.bytes);
    axf_strbuf_free(&directory.bytes);
    axf_strbuf_free(&program);
}

enum { FOUR_GIB = 64 };
static const uint64_t right = ((uint64_t)1 << 32) + FOUR_GIB;

START_TEST(reads_zip64)
{
    axf_weights *weights;
    write_large(&(large){.size = right, .local_size = right});
    ck_assert_msg(axf_weights_open(file, &weights) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(axf_weights_find(weights, "a")->count, 1073741840);
    axf_weights_close(weights);
}
END_TEST

START_TEST(refuses_zip64_lies)
{
    static const struct {
        large lie;
        const char *message;
    } lies[] = {
        {{.local_size = 1}, "another name or zip64 field"},
        {{.two_fields = 1}, "two zip64 fields"},
        {{.no_field = 1}, "another name or zip64 field"},
        {{.narrow_descriptor = 1}, "its data descriptor"},
        {{.count = 1}, "two end records say different things"},
        {{.offset = 1}, "right before its end record"},
        {{.record = 1}, "locator does not name the record"},
        {{.record = UINT64_MAX - 100}, "locator does not name the record"},
        {{.disks = 1}, "locator does not name the record"},
        {{.size = UINT64_MAX, .local_size = UINT64_MAX}, "does not lie before the directory"},
        {{.size = ((uint64_t)1 << 32) + 60, .local_size = ((uint64_t)1 << 32) + 60}, "its data descriptor"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        large lie = lies[i].lie;
        axf_weights *weights;
        lie.size = lie.size != 0 ? lie.size : right;
        lie.local_size = lie.local_size != 0 ? lie.local_size : right;
        write_large(&lie);
        const axf_status status = axf_weights_open(file, &weights);
        torch_refused(status, weights, lies[i].message, lies[i].message);
    }
}
END_TEST

#define COUNT(list) (int)(sizeof list / sizeof *list)

int main(void)
{
    Suite *suite = suite_create("torch files");
    TCase *tests = tcase_create("torch files");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, reads_what_torch_writes, 0, COUNT(torch_names));
    tcase_add_loop_test(tests, reads_what_numpy_writes, 0, COUNT(numpy_names));
    tcase_add_test(tests, reads_shards);
    tcase_add_test(tests, refuses_shards_elsewhere);
    tcase_add_test(tests, refuses_the_old_forms);
    tcase_add_test(tests, tells_safetensors_by_its_header);
    tcase_add_test(tests, accepts_the_plain_archive);
    tcase_add_loop_test(tests, refuses_lying_headers, 0, COUNT(pokes));
    tcase_add_loop_test(tests, refuses_names, 0, COUNT(names));
    tcase_add_test(tests, refuses_overlaps);
    tcase_add_test(tests, refuses_trailing_bytes_and_other_archives);
    tcase_add_loop_test(tests, notices_damaged_values, 0, 3);
    tcase_add_loop_test(tests, refuses_every_beginning, 0, COUNT(broken));
    tcase_add_loop_test(tests, survives_flipped_bytes, 0, COUNT(broken));
    tcase_add_test(tests, reads_zip64);
    tcase_add_test(tests, refuses_zip64_lies);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
