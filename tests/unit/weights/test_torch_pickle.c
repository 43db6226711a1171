/* Programs of torch archives that ask for what no tensor needs, one test a check; and .npy headers that lie. */
#include "torch_case.h"

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

static axf_status open_program(const axf_strbuf *program, axf_weights **weights)
{
    zip_file zip;
    torch_archive(&zip, program->data, program->length);
    zip_finish(&zip);
    return torch_open_zip(file, &zip, weights);
}

static axf_status open_words(const char *words, axf_weights **weights)
{
    axf_strbuf program = {0};
    pickle_write(&program, words);
    const axf_status status = open_program(&program, weights);
    axf_strbuf_free(&program);
    return status;
}

/* ---- programs ---- */

static const struct {
    const char *words, *message;
} programs[] = {
    /* globals: CVE-2025-32434 and its like */
    {"@os.system ( 'true' t R .", "asks for os.system"},
    {"@builtins.eval ( '1' t R .", "asks for builtins.eval"},
    {"@torch.load ( 'x' t R .", "asks for torch.load"},
    {"@torch._utils._rebuild_tensor .", "asks for torch._utils._rebuild_tensor,"},
    {"@torch._utils._rebuild_sparse_tensor .", "asks for torch._utils._rebuild_sparse_tensor,"},
    {"@torch._utils._rebuild_tensor_v22 .", "asks for torch._utils._rebuild_tensor_v22,"},
    {"@torch.UntypedStorage .", "asks for torch.UntypedStorage"},
    {"@collections.OrderedDict.pop .", "asks for collections.OrderedDict.pop"},
    {"@torch.Floatstorage .", "asks for torch.Floatstorage"},
    {"c 0x00 .", "a global's name is too long or holds a NUL"},
    /* instructions outside the list: INST, OBJ, NEWOBJ, STACK_GLOBAL, EXT1, POP, DUP, INT, PERSID, DICT, LONG4, FRAME,
     * EMPTY_SET, BYTEARRAY8 */
    {"i .", "instruction 0x69"},
    {"( o .", "instruction 0x6f"},
    {"0x81 .", "instruction 0x81"},
    {"0x93 .", "instruction 0x93"},
    {"0x82 .", "instruction 0x82"},
    {"0x30 .", "instruction 0x30"},
    {"0x32 .", "instruction 0x32"},
    {"I .", "instruction 0x49"},
    {"P .", "instruction 0x50"},
    {"( d .", "instruction 0x64"},
    {"0x8b .", "instruction 0x8b"},
    {"0x95 .", "instruction 0x95"},
    {"0x8f .", "instruction 0x8f"},
    {"0x96 .", "instruction 0x96"},
    /* the typed stack: CVE-2026-24747 sets items in an object that is not a dict */
    {"] 'a' 1 s .", "items are set in something that is no dict"},
    {"'x' ( 'a' 1 u .", "items are set in something that is no dict"},
    {PICKLE_TENSOR " 'a' 1 s .", "items are set in something that is no dict"},
    {PICKLE_STORAGE("4") " ( 1 2 u .", "items are set in something that is no dict"},
    {"@collections.OrderedDict 'a' 1 s .", "items are set in something that is no dict"},
    {"( 'a' 1 u .", "items are set in something that is no dict"},
    {"} ( 'a' u .", "a key is set without a value"},
    {"} N 1 s .", "neither text nor a whole number"},
    {"} ] 1 s .", "neither text nor a whole number"},
    {"} 1 a .", "appended to something that is no list"},
    {") ( 1 e .", "appended to something that is no list"},
    {"} } b .", "attributes are set in something that is no OrderedDict"},
    {PICKLE_TENSOR " } b .", "attributes are set in something that is no OrderedDict"},
    {"@collections.OrderedDict ) R 'state' b .", "attributes are set in something that is no OrderedDict"},
    {"1 ) R .", "something is called that is no function"},
    {"@torch.FloatStorage ) R .", "something is called that is no function"},
    {"@collections.OrderedDict ] R .", "something is called that is no function"},
    {"@collections.OrderedDict ( 1 t R .", "OrderedDict is given arguments"},
    {"@torch._utils._rebuild_parameter ( 1 0x88 N t R .", "_rebuild_parameter is not given"},
    {"@torch._utils._rebuild_parameter ( " PICKLE_TENSOR " t R .", "_rebuild_parameter is not given"},
    {"@torch._utils._rebuild_tensor_v2 ) R .", "_rebuild_tensor_v2 is not given"},
    {"@torch._utils._rebuild_tensor_v2 ( 1 0 ( 2 t ( 1 t 0x89 N t R .", "_rebuild_tensor_v2 is not given"},
    {"@torch._utils._rebuild_tensor_v2 ( " PICKLE_STORAGE("4") " 'x' ( 2 t ( 1 t 0x89 N t R .",
     "_rebuild_tensor_v2 is not given"},
    /* the stack itself */
    {".", "does not end with one value"},
    {"1 2 .", "does not end with one value"},
    {"1 ( .", "does not end with one value"},
    {"1 . 1", "or something follows it"},
    {"t .", "needs a mark"},
    {"} u .", "needs a mark"},
    {"R .", "takes more from the stack than is there"},
    {"1 ( R .", "takes more from the stack than is there"},
    {"0x85 .", "takes more from the stack than is there"},
    {"1 0x86 .", "takes more from the stack than is there"},
    {"} 1 s .", "something that is no dict"},
    {"s .", "takes more from the stack than is there"},
    {"b .", "takes more from the stack than is there"},
    {"Q .", "takes more from the stack than is there"},
    {"1", "ends within an instruction"},
    {"X 0xff 0xff 0xff 0xff", "ends within an instruction"},
    {"X 0xff 0xff 0xff 0x7f", "ends within an instruction"},
    {"0x8a 0x09", "more than 64 bits"},
    {"0x8a 0x08 0x01", "ends within an instruction"},
    {"G 0x01", "ends within an instruction"},
    {"X 0x01 0x00 0x00 0x00 0x00 .", "a NUL or is not UTF-8"},
    {"X 0x01 0x00 0x00 0x00 0xff .", "a NUL or is not UTF-8"},
    /* the memo */
    {"h 0x00 .", "the memo holds nothing of that number"},
    {"j 0xff 0xff 0xff 0xff .", "the memo holds nothing of that number"},
    {"1 q 0x05 .", "a memo number is larger than the number of instructions"},
    {"1 r 0xff 0xff 0xff 0x7f .", "a memo number is larger than the number of instructions"},
    {"q 0x00 .", "there is nothing to keep"},
    {"1 ( q 0x00 .", "there is nothing to keep"},
    /* storages */
    {"1 Q .", "a persistent id is no"},
    {"( 'storage' @torch.FloatStorage '0' 'cpu' t Q .", "a persistent id is no"},
    {"( 'module' @torch.FloatStorage '0' 'cpu' 4 t Q .", "a persistent id is no"},
    {"( 'storage' @collections.OrderedDict '0' 'cpu' 4 t Q .", "a persistent id is no"},
    {"( 'storage' @torch.FloatStorage 0 'cpu' 4 t Q .", "a persistent id is no"},
    {"( 'storage' @torch.FloatStorage '0' 'cpu' '4' t Q .", "a persistent id is no"},
    {PICKLE_STORAGE("-1") " .", "negative or too large"},
    {PICKLE_STORAGE("9223372036854775807") " .", "negative or too large"},
    {"} 'a' " PICKLE_VIEW("5", "0", "4", "1") " s .", "needs 20 bytes (5 elements of F32), data/0 has 16"},
    {"} 'a' " PICKLE_VIEW("3", "0", "3", "1") " s .", "needs 12 bytes (3 elements of F32), data/0 has 16"},
    {"} 'a' " PICKLE_VIEW("1152921504606846972", "0", "4", "1") " s .", "data/0 has 16"},
    {"} 'a' @torch._utils._rebuild_tensor_v2 ( ( 'storage' @torch.DoubleStorage '0' 'cpu' 4 t Q 0 ( 4 t ( 1 t " //
     PICKLE_HOOKS " t R s .",
     "needs 32 bytes (4 elements of F64), data/0 has 16"},
    {"} 'a' @torch._utils._rebuild_tensor_v2 ( ( 'storage' @torch.FloatStorage '../../x' 'cpu' 4 t Q 0 ( 4 t ( 1 t " //
     PICKLE_HOOKS " t R s .",
     "lies in data/../../x, which the archive does not have"},
    /* views */
    {PICKLE_VIEW("4", "-1", "2", "1") " .", "_rebuild_tensor_v2 is not given"},
    {PICKLE_VIEW("4", "1", "4", "1") " .", "reaches element 4 of the storage '0', which has 4"},
    {PICKLE_VIEW("4", "9223372036854775807", "1", "1") " .", "which has 4"},
    {PICKLE_VIEW("4", "5", "0", "1") " .", "begins behind its storage"},
    {PICKLE_VIEW("4", "0", "-2", "1") " .", "no whole number from 0 on"},
    {PICKLE_VIEW("4", "0", "2", "-1") " .", "no whole number from 0 on"},
    {PICKLE_VIEW("4", "0", "'2'", "1") " .", "no whole number from 0 on"},
    {PICKLE_VIEW("4", "0", "2 2", "1") " .", "another number of strides"},
    {PICKLE_VIEW("4", "0", "1 1 1 1 1 1 1 1 1", "1 1 1 1 1 1 1 1 1") " .", "more than 8 dims"},
    {PICKLE_VIEW("4", "0", "4294967296 4294967296", "0 0") " .", "product of the sizes of a tensor overflows"},
    {PICKLE_VIEW("4", "0", "0 9223372036854775807 9223372036854775807", "1 1 1") " .", "sizes of a tensor overflows"},
    {PICKLE_VIEW("4", "0", "3", "9223372036854775807") " .", "the strides of a tensor overflow"},
    {PICKLE_VIEW("4", "1", "2", "9223372036854775807") " .", "the strides of a tensor overflow"},
    {PICKLE_VIEW("4", "0", "2 2", "4611686018427387904 4611686018427387904") " .", "strides of a tensor overflow"},
    {PICKLE_VIEW("4", "0", "1000000 1000000", "0 0") " .", "a tensor of 1000000000000 elements"},
    {PICKLE_VIEW("4", "0", "5", "0") " .", "a tensor of 5 elements"},
    /* names */
    {"} ( 'a' " PICKLE_TENSOR " 'a' " PICKLE_TENSOR " u .", "'a' occurs twice"},
    {"} ( 'a.b' " PICKLE_TENSOR " 'a' } 'b' " PICKLE_TENSOR " s u .", "'a.b' occurs twice"},
    {"} ( 1 " PICKLE_TENSOR " '1' " PICKLE_TENSOR " u .", "'1' occurs twice"},
};

START_TEST(refuses_programs)
{
    axf_weights *weights;
    const axf_status status = open_words(programs[_i].words, &weights);
    torch_refused(status, weights, programs[_i].message, programs[_i].words);
}
END_TEST

static const struct {
    const char *words;
    size_t tensors;
    const char *name;
} good[] = {
    {"} 'a' " PICKLE_TENSOR " s .", 1, "a"},
    {"} ( 'a' " PICKLE_TENSOR " 'b' h 0x09 u .", 0, NULL}, /* refused: nothing was kept */
    {"} ( 'a' " PICKLE_TENSOR " q 0x01 'b' h 0x01 u .", 2, "b"},
    {"@collections.OrderedDict ) R q 0x00 'a' " PICKLE_TENSOR " s } '_metadata' N s b .", 1, "a"},
    {"} ( 'model' } ( 'a' " PICKLE_TENSOR " u 'epoch' 3 'loss' G 1 .", 0, NULL},
    {"} ( 'model' } 'a' " PICKLE_TENSOR " s 'epoch' 3 u .", 1, "a"},
    /* of two equal keys the last one is used, as in Python */
    {"} ( 'model' } 'a' " PICKLE_TENSOR " s 'model' } 'b' " PICKLE_TENSOR " s u .", 1, "b"},
    {"} ( 'model' 7 'net' } 'b' " PICKLE_TENSOR " s u .", 1, "net.b"},
    {"] 7 a .", 0, ""},
    /* an empty key: as torch.save({'': …}) writes it */
    {"} '' 3 s .", 0, ""},
    {"} '' " PICKLE_TENSOR " s .", 1, ""},
    {"} '' } '' " PICKLE_TENSOR " s s .", 1, "."},
};

START_TEST(reads_programs)
{
    axf_weights *weights;
    const axf_status status = open_words(good[_i].words, &weights);
    if (good[_i].name == NULL) {
        ck_assert_int_eq(status, AXF_ERR_FORMAT);
        return;
    }
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    ck_assert_uint_eq(axf_weights_count(weights), good[_i].tensors);
    ck_assert(good[_i].tensors == 0 || axf_weights_find(weights, good[_i].name) != NULL);
    axf_weights_close(weights);
}
END_TEST

/* ---- bounds ---- */

static void repeat(axf_strbuf *program, const char *words, size_t times)
{
    axf_strbuf one = {0};
    pickle_write(&one, words);
    for (size_t i = 0; i < times; i++) {
        axf_strbuf_add(program, one.data + 2, one.length - 2);
    }
    axf_strbuf_free(&one);
}

static void check_bound(axf_strbuf *program, const char *message)
{
    axf_weights *weights;
    const axf_status status = open_program(program, &weights);
    torch_refused(status, weights, message, message);
    axf_strbuf_free(program);
}

START_TEST(bounds_the_program)
{
    axf_strbuf program = {0};
    pickle_write(&program, "] (");
    repeat(&program, "N", 1000001);
    repeat(&program, "e .", 1);
    check_bound(&program, "more than 1,000,000 instructions");

    const uint32_t size = 16 * 1024 * 1024;
    pickle_write(&program, "X");
    axf_strbuf_add(&program, &size, 4);
    for (uint32_t i = 0; i < size; i++) {
        axf_strbuf_putc(&program, 'a');
    }
    axf_strbuf_putc(&program, '.');
    check_bound(&program, "data.pkl' has 16777224 bytes, the limit is 16777216");

    const char other[] = "\x80\x03N.";
    axf_strbuf_add(&program, other, 4);
    check_bound(&program, "does not begin with pickle protocol 2");
    axf_strbuf_add(&program, other, 1);
    check_bound(&program, "ends within an instruction");
}
END_TEST

START_TEST(bounds_nesting)
{
    axf_strbuf program = {0};
    axf_weights *weights;
    pickle_write(&program, "(");
    repeat(&program, "(", 64);
    check_bound(&program, "more than 64 marks are open");

    for (int deep = 0; deep < 2; deep++) { /* 64 lists in each other are read, 65 not; no mark is needed for them */
        pickle_write(&program, PICKLE_TENSOR);
        repeat(&program, "0x85", deep ? 65 : 64);
        axf_strbuf_putc(&program, '.');
        if (deep) {
            check_bound(&program, "lies more than 64 levels deep");
        } else {
            ck_assert_msg(open_program(&program, &weights) == AXF_OK, "%s", axf_error_message());
            axf_weights_close(weights);
            axf_strbuf_free(&program);
        }
    }
    pickle_write(&program, "N");
    repeat(&program, "0x85", 900000);
    axf_strbuf_putc(&program, '.');
    check_bound(&program, "lies more than 64 levels deep");
}
END_TEST

START_TEST(stops_at_cycles)
{
    axf_strbuf program = {0};
    pickle_write(&program, "] q 0x00 h 0x00 a ."); /* a list in itself */
    check_bound(&program, "lies more than 64 levels deep");
    pickle_write(&program, "} q 0x00 'a' h 0x00 s .");
    check_bound(&program, "lies more than 64 levels deep");
    pickle_write(&program, "] q 0x00 h 0x00 a h 0x00 a ."); /* 2^64 paths */
    check_bound(&program, "lies more than 64 levels deep");
    pickle_write(&program, "N"); /* 6^12 paths without a cycle */
    for (int i = 0; i < 12; i++) {
        repeat(&program, "q 0x00 0x85 q 0x00 ( h 0x00 h 0x00 h 0x00 h 0x00 h 0x00 t 0x86", 1);
    }
    axf_strbuf_putc(&program, '.');
    check_bound(&program, "holds more than 1000000 values");
}
END_TEST

START_TEST(bounds_tensors_and_names)
{
    axf_strbuf program = {0};
    pickle_write(&program, PICKLE_TENSOR " q 0x00 0x85 ] q 0x01 (");
    repeat(&program, "h 0x00", 20001);
    repeat(&program, "e 0x86 .", 1);
    check_bound(&program, "more than 20000 tensors");

    const uint32_t size = 1001;
    pickle_write(&program, "} X");
    axf_strbuf_add(&program, &size, 4);
    for (uint32_t i = 0; i < size; i++) {
        axf_strbuf_putc(&program, 'a');
    }
    repeat(&program, PICKLE_TENSOR " s .", 1);
    check_bound(&program, "name is longer than 1000 bytes");
}
END_TEST

/* ---- npy ---- */

#define DICT(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

static const struct {
    const char *header;
    int version, size; /* of the data, in bytes */
    const char *message;
} arrays[] = {
    {DICT("'|O'", "False", "(1,)"), 1, 8, "holds Python objects"},
    {DICT("'>f4'", "False", "(1,)"), 1, 4, "the descr is none of"},
    {DICT("'<c8'", "False", "(1,)"), 1, 8, "the descr is none of"},
    {DICT("'<U3'", "False", "(1,)"), 1, 12, "the descr is none of"},
    {DICT("[('a', '<f4')]", "False", "(1,)"), 1, 4, "the descr is none of"},
    {DICT("'<f4'", "Maybe", "(1,)"), 1, 4, "neither True nor False"},
    {DICT("'<f4'", "False", "[1]"), 1, 4, "the shape is no tuple"},
    {DICT("'<f4'", "False", "(1)"), 1, 4, "the shape is no tuple"},
    {DICT("'<f4'", "False", "(,)"), 1, 4, "no whole number"},
    {DICT("'<f4'", "False", "(-1,)"), 1, 4, "no whole number"},
    {DICT("'<f4'", "False", "(1.0,)"), 1, 4, "the shape is no tuple"},
    {DICT("'<f4'", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), 1, 4, "more than 8 dims"},
    {DICT("'<f4'", "False", "(99999999999999999999,)"), 1, 4, "a size is too large"},
    {DICT("'<f4'", "False", "(4294967296, 4294967296)"), 1, 4, "product of the sizes overflows"},
    {DICT("'<f4'", "False", "(0, 4611686018427387904, 8)"), 1, 0, "product of the sizes overflows"},
    {DICT("'<f4'", "True", "(3, 1)"), 1, 8, "needs 12 bytes, 8 follow"},
    {DICT("'<f4'", "False", "(1,)"), 1, 5, "needs 4 bytes, 5 follow"},
    {DICT("'<f4'", "False", "(1, 0)"), 1, 4, "needs 0 bytes, 4 follow"},
    {DICT("'<f4'", "False", "(1,)") "x", 1, 4, "something follows them"},
    {"{'descr': '<f4', 'shape': (1,), }", 1, 4, "is missing"},
    {"{'descr': '<f4', 'descr': '<f8', 'shape': (1,), }", 1, 4, "or one of them twice"},
    {"{'eval': 1}", 1, 4, "a key other than"},
    {"{'descr': '<f4' 'shape': (1,)}", 1, 4, "',' or '}' expected"},
    {"[]", 1, 4, "it is no dict"},
    {"", 1, 4, "it is no dict"},
    {DICT("'<f4'", "False", "(1,)"), 0, 4, "no .npy file of version"},
    {DICT("'<f4'", "False", "(1,)"), 4, 4, "no .npy file of version"},
};

static void write_array(const char *header, int version, int size, uint32_t length)
{
    static const char zeros[16];
    axf_strbuf text = {0};
    axf_strbuf_add(&text, "\x93NUMPY", 6);
    axf_strbuf_putc(&text, (char)version);
    axf_strbuf_putc(&text, 0);
    axf_strbuf_add(&text, &length, version > 1 ? 4 : 2);
    axf_strbuf_puts(&text, header);
    axf_strbuf_add(&text, zeros, (size_t)size);
    torch_write(file, text.data, text.length);
    axf_strbuf_free(&text);
}

START_TEST(refuses_arrays)
{
    axf_weights *weights;
    write_array(arrays[_i].header, arrays[_i].version, arrays[_i].size, (uint32_t)strlen(arrays[_i].header));
    const axf_status status = axf_weights_open(file, &weights);
    torch_refused(status, weights, arrays[_i].message, arrays[_i].header);
}
END_TEST

START_TEST(refuses_lengths_of_array_headers)
{
    static const struct {
        int version;
        uint32_t length;
    } lies[] = {{1, 400}, {2, 400}, {2, 70000}, {3, UINT32_MAX}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        axf_weights *weights;
        write_array(DICT("'<f4'", "False", "(1,)"), lies[i].version, 4, lies[i].length);
        const axf_status status = axf_weights_open(file, &weights);
        torch_refused(status, weights, "its header", "length");
    }
}
END_TEST

#define COUNT(list) (int)(sizeof list / sizeof *list)

int main(void)
{
    Suite *suite = suite_create("torch pickles");
    TCase *tests = tcase_create("torch pickles");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, refuses_programs, 0, COUNT(programs));
    tcase_add_loop_test(tests, reads_programs, 0, COUNT(good));
    tcase_add_test(tests, bounds_the_program);
    tcase_add_test(tests, bounds_nesting);
    tcase_add_test(tests, stops_at_cycles);
    tcase_add_test(tests, bounds_tensors_and_names);
    tcase_add_loop_test(tests, refuses_arrays, 0, COUNT(arrays));
    tcase_add_test(tests, refuses_lengths_of_array_headers);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
