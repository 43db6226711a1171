/* safetensors: every check of the reader on a lying file; conversions for all 16-bit values; the writer's bytes. */
#include "temp_folder.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/durable.h"
#include "weights/safetensors.h"
#include "weights/safetensors_write.h"

#include <math.h>
#include <sys/resource.h>

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

/* A file with this length field, header and so many bytes of data (0, 1, 2 …). */
static const char *craft(const char *name, uint64_t stated, const char *header, size_t length, size_t data)
{
    axf_strbuf bytes = {0};
    for (int i = 0; i < 8; i++) {
        axf_strbuf_putc(&bytes, (char)(unsigned char)(stated >> 8 * i));
    }
    axf_strbuf_add(&bytes, header, length);
    for (size_t i = 0; i < data; i++) {
        axf_strbuf_putc(&bytes, (char)i);
    }
    const char *path = temp_path(folder, name);
    ck_assert_int_eq(axf_durable_write_file(path, bytes.data, bytes.length), AXF_OK);
    axf_strbuf_free(&bytes);
    return path;
}

static axf_safetensors *open_good(const char *header, size_t data)
{
    axf_safetensors *file;
    const char *path = craft("good.safetensors", strlen(header), header, strlen(header), data);
    ck_assert_msg(axf_safetensors_open(path, &file) == AXF_OK, "%s", axf_error_message());
    return file;
}

START_TEST(reads_a_good_file)
{
    axf_safetensors *file = open_good("{\"__metadata__\":{\"format\":\"pt\",\"\\u00e4\":\"\\ud83d\\ude00\\n\"},"
                                      "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}, "
                                      "\"a.w\" : {\"data_offsets\":[0,8],\"shape\":[2,1],\"dtype\":\"F32\"},"
                                      "\"empty\":{\"dtype\":\"I64\",\"shape\":[4,0],\"data_offsets\":[11,11]},"
                                      "\"s\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[12,13]}}   ",
                                      13);
    ck_assert_uint_eq(axf_safetensors_count(file), 4);
    ck_assert_str_eq(axf_safetensors_entry_at(file, 0)->name, "a.w");
    ck_assert_str_eq(axf_safetensors_entry_at(file, 1)->name, "b");
    ck_assert_str_eq(axf_safetensors_metadata(file, "format"), "pt");
    ck_assert_str_eq(axf_safetensors_metadata(file, "\xc3\xa4"), "\xf0\x9f\x98\x80\n");
    ck_assert_ptr_null(axf_safetensors_metadata(file, "absent"));
    ck_assert_ptr_null(axf_safetensors_find(file, "absent"));
    const axf_stored *entry = axf_safetensors_find(file, "a.w");
    ck_assert_int_eq(entry->dtype, AXF_STORED_F32);
    ck_assert_int_eq(entry->ndim, 2);
    ck_assert_int_eq(entry->shape[0], 2);
    ck_assert_int_eq(entry->count, 2);
    float values[2];
    ck_assert_int_eq(axf_stored_read_f32(entry, values, 2), AXF_OK);
    ck_assert_mem_eq(values, "\0\1\2\3\4\5\6\7", 8);
    ck_assert_int_eq(axf_stored_read_f32(entry, values, 1), AXF_ERR_SHAPE);
    uint8_t raw[3];
    entry = axf_safetensors_find(file, "b");
    ck_assert_int_eq(axf_stored_read_raw(entry, 1, raw, 2), AXF_OK);
    ck_assert_mem_eq(raw, "\11\12", 2);
    ck_assert_int_eq(axf_stored_read_raw(entry, 2, raw, 2), AXF_ERR_SHAPE);
    ck_assert_int_eq(axf_stored_read_raw(entry, UINT64_MAX, raw, 2), AXF_ERR_SHAPE);
    ck_assert_int_eq(axf_stored_read_f32(entry, values, 3), AXF_ERR_FORMAT);
    ck_assert_int_eq(axf_safetensors_find(file, "empty")->count, 0);
    ck_assert_int_eq(axf_safetensors_find(file, "s")->count, 1);
    axf_safetensors_close(file);
}
END_TEST

#define TENSOR(name, dtype, shape, offsets)                                                                            \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const struct {
    const char *header;
    size_t data;
    const char *message;
} lies[] = {
    {"", 0, "does not begin with '{'"},
    {" {}", 0, "does not begin with '{'"},
    {"[]", 0, "does not begin with '{'"},
    {"{", 0, "a string, but the text ends"},
    {"{}x", 0, "something follows"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]"), 4, "in the header, but the text ends"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") ",}", 4, "expected a string"},
    {"{\"a\":1}", 0, "'{' of a tensor"},
    {"{\"a\":{}}", 0, "expected a string"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "needs dtype, shape and data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "has 'dtype' twice"},
    {"{\"a\":{\"dtype\":\"F32\",\"strides\":[1]}}", 0, "the unknown key 'strides'"},
    {"{" TENSOR("a", "F8_E4M3", "[1]", "[0,1]") "}", 1, "unsupported dtype 'F8_E4M3'"},
    {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "more than 8 dims"},
    {"{" TENSOR("a", "F32", "[-1]", "[0,4]") "}", 4, "0 or more"},
    {"{" TENSOR("a", "F32", "[1.0]", "[0,4]") "}", 4, "without leading zeros"},
    {"{" TENSOR("a", "F32", "[1e0]", "[0,4]") "}", 4, "without leading zeros"},
    {"{" TENSOR("a", "F32", "[01]", "[0,4]") "}", 4, "without leading zeros"},
    {"{" TENSOR("a", "F32", "[9223372036854775808]", "[0,4]") "}", 4, "larger than 2^63 - 1"},
    {"{" TENSOR("a", "F32", "[99999999999999999999999]", "[0,4]") "}", 4, "larger than 2^63 - 1"},
    {"{" TENSOR("a", "F32", "[4294967296,4294967296]", "[0,0]") "}", 0, "product of its dims overflows"},
    {"{" TENSOR("a", "F32", "[9223372036854775807,9223372036854775807,0]", "[0,0]") "}", 0, "dims overflows"},
    {"{" TENSOR("a", "U8", "[4611686018427387904]", "[0,0]") "}", 0, "product of its dims overflows"},
    {"{" TENSOR("a", "F32", "[2]", "[0,8]") "}", 7, "do not lie in the 7 bytes"},
    {"{" TENSOR("a", "F32", "[2]", "[8,0]") "}", 8, "do not lie in the 8 bytes"},
    {"{" TENSOR("a", "F32", "[0]", "[9,9]") "}", 8, "do not lie in the 8 bytes"},
    {"{" TENSOR("a", "F32", "[1]", "[9223372036854775803,9223372036854775807]") "}", 8, "do not lie in"},
    {"{" TENSOR("a", "F32", "[2]", "[0,4]") "}", 8, "needs 8 bytes, its data_offsets give 4"},
    {"{" TENSOR("a", "F32", "[0]", "[0,4]") "}", 8, "needs 0 bytes, its data_offsets give 4"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4,8]") "}", 8, "after two data_offsets"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "F32", "[1]", "[3,7]") "}", 8, "'a' and 'b' overlap"},
    {"{" TENSOR("a", "U8", "[8]", "[0,8]") "," TENSOR("b", "U8", "[1]", "[2,3]") "," TENSOR("c", "U8", "[1]",
                                                                                            "[4,5]") "}",
     8, "'a' and 'b' overlap"},
    {"{" TENSOR("a", "U8", "[8]", "[0,8]") "," TENSOR("z", "U8", "[0]", "[2,2]") "," TENSOR("c", "U8", "[1]",
                                                                                            "[4,5]") "}",
     8, "'a' and 'c' overlap"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("a", "F32", "[1]", "[4,8]") "}", 8, "'a' occurs twice"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("\\u0061", "F32", "[1]", "[4,8]") "}", 8, "'a' occurs twice"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "expected a string"},
    {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "'a' occurs twice in __metadata__"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ occurs twice"},
    {"{\"a\\u0000b\":{}}", 0, "U+0000"},
    {"{\"a\\ud800\":{}}", 0, "a high surrogate stands alone"},
    {"{\"a\\ud800\\u0041\":{}}", 0, "a high surrogate stands alone"},
    {"{\"a\\udc00\":{}}", 0, "a low surrogate stands alone"},
    {"{\"a\\u12g4\":{}}", 0, "four hexadecimal digits"},
    {"{\"a\\q\":{}}", 0, "unknown escape"},
    {"{\"a\nb\":{}}", 0, "control character 0x0a"},
    {"{\"a\xff\":{}}", 0, "invalid UTF-8 (byte 0xff)"},
    {"{\"a\xc0\x80\":{}}", 0, "invalid UTF-8"},
};

START_TEST(refuses_a_lying_header)
{
    axf_safetensors *file;
    const char *path = craft("lie", strlen(lies[_i].header), lies[_i].header, strlen(lies[_i].header), lies[_i].data);
    const axf_status status = axf_safetensors_open(path, &file);
    ck_assert_msg(status == AXF_ERR_FORMAT, "%s: status %d", lies[_i].header, (int)status);
    ck_assert_ptr_null(file);
    ck_assert_msg(strstr(axf_error_message(), lies[_i].message) != NULL, "%s: %s", lies[_i].header,
                  axf_error_message());
    ck_assert_msg(strstr(axf_error_message(), "lie") != NULL, "no file named: %s", axf_error_message());
}
END_TEST

START_TEST(refuses_a_lying_length)
{
    axf_safetensors *file;
    static const uint64_t stated[] = {3, 1u << 24, (1u << 24) + 1, UINT64_MAX, UINT64_MAX - 7, 1ull << 63};
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++) {
        ck_assert_int_eq(axf_safetensors_open(craft("length", stated[i], "{}", 2, 0), &file), AXF_ERR_FORMAT);
        ck_assert_ptr_nonnull(strstr(axf_error_message(), "says its header has"));
    }
    const char *sparse = craft("sparse", (1u << 24) + 1, "{}", 2, 0); /* the file is long enough, the limit is not */
    ck_assert_int_eq(truncate(sparse, 1 << 25), 0);
    ck_assert_int_eq(axf_safetensors_open(sparse, &file), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "says its header has"));
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "short"), "1234567", 7), AXF_OK);
    ck_assert_int_eq(axf_safetensors_open(temp_path(folder, "short"), &file), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "too short"));
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    axf_safetensors *file;
    ck_assert_int_eq(axf_safetensors_open(temp_path(folder, "absent"), &file), AXF_ERR_IO);
    ck_assert_int_eq(axf_safetensors_open(folder, &file), AXF_ERR_IO);
    ck_assert_int_eq(mkfifo(temp_path(folder, "fifo"), 0600), 0);
    ck_assert_int_eq(axf_safetensors_open(temp_path(folder, "fifo"), &file), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "not a regular file"));
}
END_TEST

/* Tens of thousands of tensors in a header, and an address space too small to be careless in. */
START_TEST(bounded_number_and_memory)
{
    for (int count = AXF_STORED_TENSORS; count <= AXF_STORED_TENSORS + 1; count++) {
        axf_strbuf header = {0};
        for (int i = 0; i < count; i++) {
            axf_strbuf_printf(&header, "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                              i > 0 ? "," : "{", i);
        }
        axf_strbuf_putc(&header, '}');
        axf_safetensors *file;
        const char *path = craft("many", header.length, header.data, header.length, 0);
        const axf_status status = axf_safetensors_open(path, &file);
        ck_assert_int_eq(status, count > AXF_STORED_TENSORS ? AXF_ERR_FORMAT : AXF_OK);
        if (status == AXF_OK) {
            ck_assert_ptr_nonnull(axf_safetensors_find(file, "t19999"));
        } else {
            ck_assert_ptr_nonnull(strstr(axf_error_message(), "more than 20000 tensors"));
        }
        axf_safetensors_close(file);
        axf_strbuf_free(&header);
    }
    axf_strbuf nested = {0}; /* the reader recurses nowhere that a header could drive it */
    axf_strbuf_puts(&nested, "{\"a\":{\"shape\":");
    while (nested.length < 1000000) {
        axf_strbuf_putc(&nested, '[');
    }
    axf_safetensors *file;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    ck_assert_int_eq(axf_safetensors_open(craft("deep", nested.length, nested.data, nested.length, 0), &file),
                     AXF_ERR_FORMAT);
    getrusage(RUSAGE_SELF, &after);
    ck_assert_int_le(after.ru_maxrss - before.ru_maxrss, 16 * 1024);
    axf_strbuf_free(&nested);
}
END_TEST

START_TEST(notices_a_file_cut_while_open)
{
    axf_safetensors *file = open_good("{" TENSOR("a", "F32", "[4]", "[0,16]") "}", 16);
    ck_assert_int_eq(truncate(axf_safetensors_file(file)->path, 70), 0);
    float values[4];
    ck_assert_int_eq(axf_stored_read_f32(axf_safetensors_find(file, "a"), values, 4), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "it was cut while in use"));
    axf_safetensors_close(file);
}
END_TEST

/* The value of a binary floating-point number by its definition. */
static double defined(uint32_t bits, int exponent_bits, int fraction_bits)
{
    const uint32_t fraction = bits & ((1u << fraction_bits) - 1), all = (1u << exponent_bits) - 1;
    const uint32_t exponent = bits >> fraction_bits & all;
    const int bias = (int)(all >> 1);
    double value;
    if (exponent == all) {
        value = fraction != 0 ? NAN : INFINITY;
    } else if (exponent == 0) {
        value = ldexp(fraction, 1 - bias - fraction_bits);
    } else {
        value = ldexp((double)(fraction | 1u << fraction_bits), (int)exponent - bias - fraction_bits);
    }
    return bits >> (exponent_bits + fraction_bits) & 1 ? -value : value;
}

static axf_safetensors *write_one(int32_t dtype, int64_t count, const void *bytes, size_t size)
{
    const axf_safetensors_item item = {"t", dtype, 1, &count};
    axf_safetensors_writer *writer;
    const char *path = temp_path(folder, "one.safetensors");
    ck_assert_int_eq(axf_safetensors_create(path, NULL, 0, &item, 1, &writer), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, bytes, size), AXF_OK);
    ck_assert_int_eq(axf_safetensors_commit(writer), AXF_OK);
    axf_safetensors *file;
    ck_assert_msg(axf_safetensors_open(path, &file) == AXF_OK, "%s", axf_error_message());
    return file;
}

START_TEST(converts_every_16_bit_value)
{
    enum { ALL = 65536 };
    static uint16_t bits[ALL];
    static float values[ALL];
    for (int i = 0; i < ALL; i++) {
        bits[i] = (uint16_t)i;
    }
    for (int half = 0; half < 2; half++) {
        axf_safetensors *file = write_one(half ? AXF_STORED_F16 : AXF_STORED_BF16, ALL, bits, sizeof bits);
        ck_assert_int_eq(axf_stored_read_f32(axf_safetensors_find(file, "t"), values, ALL), AXF_OK);
        for (int i = 0; i < ALL; i++) {
            const double right = half ? defined((uint32_t)i, 5, 10) : defined((uint32_t)i, 8, 7);
            const int same =
                isnan(right) ? isnan(values[i]) : values[i] == right && !signbit(values[i]) == !signbit(right);
            ck_assert_msg(same, "%s 0x%04x: %g, not %g", half ? "F16" : "BF16", i, values[i], right);
        }
        axf_safetensors_close(file);
    }
}
END_TEST

START_TEST(converts_doubles)
{
    enum { COUNT = 20000 }; /* more than one piece */
    static double from[COUNT];
    static float to[COUNT];
    for (int i = 0; i < COUNT; i++) {
        from[i] = sin(i) * pow(10, i % 60 - 30);
    }
    from[0] = 1e300;
    from[1] = 1 + 0x1p-24; /* a tie: to even */
    axf_safetensors *file = write_one(AXF_STORED_F64, COUNT, from, sizeof from);
    ck_assert_int_eq(axf_stored_read_f32(axf_safetensors_find(file, "t"), to, COUNT), AXF_OK);
    ck_assert(isinf(to[0]));
    ck_assert(to[1] == 1.0f);
    for (int i = 2; i < COUNT; i++) {
        ck_assert_msg(to[i] == (float)from[i], "%d: %g, not %g", i, to[i], from[i]);
    }
    axf_safetensors_close(file);
}
END_TEST

/* ---- the writer ---- */

static const int64_t matrix[] = {2, 3};
static const axf_safetensors_item items[] = {{"layer.\"w\"", AXF_STORED_F32, 2, matrix},
                                             {"n", AXF_STORED_I64, 0, NULL}};
static const float weights[] = {1, 2, 3, 4, 5, 6};
static const int64_t number = 7;

static axf_status write_two(const char *path)
{
    const axf_safetensors_pair metadata[] = {{"format", "pt"}};
    axf_safetensors_writer *writer;
    AXF_TRY(axf_safetensors_create(path, metadata, 1, items, 2, &writer));
    axf_status status = axf_safetensors_put(writer, weights, 10);
    if (status == AXF_OK) {
        status = axf_safetensors_put(writer, (const char *)weights + 10, sizeof weights - 10);
    }
    if (status == AXF_OK) {
        status = axf_safetensors_put(writer, &number, sizeof number);
    }
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

static size_t load(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    const size_t length = fread(bytes, 1, size, file);
    fclose(file);
    return length;
}

START_TEST(writes_the_same_bytes)
{
    char first[1024], second[1024];
    ck_assert_int_eq(write_two(temp_path(folder, "1")), AXF_OK);
    ck_assert_int_eq(write_two(temp_path(folder, "2")), AXF_OK);
    const size_t length = load(temp_path(folder, "1"), first, sizeof first);
    ck_assert_uint_eq(load(temp_path(folder, "2"), second, sizeof second), length);
    ck_assert_mem_eq(first, second, length);
    const char *tail =
        "\",\"format\":\"pt\"},\"layer.\\\"w\\\"\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,"
        "24]},\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]}}";
    ck_assert_mem_eq(first + 8, "{\"__metadata__\":{\"xxh3_128\":\"", 29);
    ck_assert_mem_eq(first + 69, tail, strlen(tail));
    ck_assert_uint_eq((length - 32) % 8, 0);
    axf_safetensors *file;
    ck_assert_int_eq(axf_safetensors_open(temp_path(folder, "1"), &file), AXF_OK);
    float back[6];
    ck_assert_int_eq(axf_stored_read_f32(axf_safetensors_find(file, "layer.\"w\""), back, 6), AXF_OK);
    ck_assert_mem_eq(back, weights, sizeof back);
    int64_t n;
    ck_assert_int_eq(axf_stored_read_raw(axf_safetensors_find(file, "n"), 0, &n, sizeof n), AXF_OK);
    ck_assert_int_eq(n, number);
    axf_safetensors_close(file);
}
END_TEST

/* Every single byte of the file, flipped, is noticed: at opening or by the checksum. */
START_TEST(checksum_sees_every_byte)
{
    char bytes[1024];
    const char *path = temp_path(folder, "1"), *bad = temp_path(folder, "2");
    axf_safetensors *file;
    ck_assert_int_eq(write_two(path), AXF_OK);
    ck_assert_int_eq(axf_safetensors_open(path, &file), AXF_OK);
    ck_assert_msg(axf_safetensors_verify(file) == AXF_OK, "%s", axf_error_message());
    axf_safetensors_close(file);
    const size_t length = load(path, bytes, sizeof bytes);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 1;
        ck_assert_int_eq(axf_durable_write_file(bad, bytes, length), AXF_OK);
        bytes[i] ^= 1;
        axf_status status = axf_safetensors_open(bad, &file);
        if (status == AXF_OK) {
            status = axf_safetensors_verify(file);
            axf_safetensors_close(file);
        }
        ck_assert_msg(status == AXF_ERR_FORMAT, "byte %zu: status %d", i, (int)status);
    }
    file = open_good("{}", 100);
    ck_assert_int_eq(axf_safetensors_verify(file), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "has no checksum"));
    axf_safetensors_close(file);
}
END_TEST

START_TEST(full_disk_leaves_the_old_file)
{
    const char *path = temp_path(folder, "1");
    char old[1024], now[1024];
    ck_assert_int_eq(write_two(path), AXF_OK);
    const size_t length = load(path, old, sizeof old);
    int failures = 0;
    for (uint64_t step = 1;; step++) {
        axf_durable_fail_at(step);
        const axf_status status = write_two(path);
        ck_assert_uint_eq(load(path, now, sizeof now), length);
        ck_assert_mem_eq(old, now, length);
        if (status == AXF_OK) {
            break;
        }
        ck_assert_int_eq(status, AXF_ERR_IO);
        failures++;
    }
    ck_assert_int_eq(failures, 6); /* create, data, checksum, fsync, rename, fsync of the folder */
    axf_durable_fail_at(0);
    ck_assert_int_eq(axf_durable_clean(folder), AXF_OK);
}
END_TEST

START_TEST(writer_refuses_wrong_data)
{
    axf_safetensors_writer *writer;
    const char *path = temp_path(folder, "1");
    ck_assert_int_eq(axf_safetensors_create(path, NULL, 0, items, 2, &writer), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, weights, sizeof weights), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, weights, 9), AXF_ERR_INTERNAL);
    ck_assert_int_eq(axf_safetensors_commit(writer), AXF_ERR_INTERNAL);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "only 24 of 32 bytes"));
    const axf_safetensors_item twice[] = {items[1], items[1]};
    ck_assert_int_eq(axf_safetensors_create(path, NULL, 0, twice, 2, &writer), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "'n' occurs twice"));
    const int64_t negative = -1, huge[] = {INT64_MAX, 3};
    const axf_safetensors_item bad[] = {{"a", 0, 0, NULL},
                                        {"a", 11, 0, NULL},
                                        {"a", AXF_STORED_U8, 9, matrix},
                                        {"a", AXF_STORED_U8, 1, &negative},
                                        {"a", AXF_STORED_F32, 2, huge}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(axf_safetensors_create(path, NULL, 0, &bad[i], 1, &writer), AXF_ERR_INTERNAL);
        ck_assert_ptr_null(writer);
    }
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, reads_a_good_file);
    tcase_add_loop_test(tests, refuses_a_lying_header, 0, sizeof lies / sizeof *lies);
    tcase_add_test(tests, refuses_a_lying_length);
    tcase_add_test(tests, refuses_what_is_no_file);
    tcase_add_test(tests, bounded_number_and_memory);
    tcase_add_test(tests, notices_a_file_cut_while_open);
    tcase_add_test(tests, converts_every_16_bit_value);
    tcase_add_test(tests, converts_doubles);
    tcase_add_test(tests, writes_the_same_bytes);
    tcase_add_test(tests, checksum_sees_every_byte);
    tcase_add_test(tests, full_disk_leaves_the_old_file);
    tcase_add_test(tests, writer_refuses_wrong_data);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
