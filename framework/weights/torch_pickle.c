#include "weights/torch_pickle.h"

#include "core/error.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OPCODES = 1000000, MOST_GLOBAL = 256 };
#define MARKED SIZE_MAX /* in place of a number of values: all above the newest mark */

/* ---- what may be named ---- */

enum { CALL_TENSOR = 1, CALL_PARAMETER, CALL_DICT };

typedef struct axf_pickle_global {
    const char *module, *name;
    int call;      /* CALL_…, or 0 */
    int32_t dtype; /* of a storage, or 0 */
} axf_pickle_global;

static const axf_pickle_global globals[] = {
    {"torch._utils", "_rebuild_tensor_v2", CALL_TENSOR, 0},
    {"torch._utils", "_rebuild_parameter", CALL_PARAMETER, 0},
    {"collections", "OrderedDict", CALL_DICT, 0},
    {"torch", "DoubleStorage", 0, AXF_STORED_F64},
    {"torch", "FloatStorage", 0, AXF_STORED_F32},
    {"torch", "HalfStorage", 0, AXF_STORED_F16},
    {"torch", "BFloat16Storage", 0, AXF_STORED_BF16},
    {"torch", "LongStorage", 0, AXF_STORED_I64},
    {"torch", "IntStorage", 0, AXF_STORED_I32},
    {"torch", "ShortStorage", 0, AXF_STORED_I16},
    {"torch", "CharStorage", 0, AXF_STORED_I8},
    {"torch", "ByteStorage", 0, AXF_STORED_U8},
    {"torch", "BoolStorage", 0, AXF_STORED_BOOL},
};

/* ---- the machine ---- */

typedef struct machine {
    const char *path;
    const unsigned char *text;
    size_t length, at, opcodes;
    axf_arena *arena;
    axf_pickle_value *stack, *memo; /* memo: type 0 where nothing is kept */
    size_t count, capacity, memo_capacity;
    size_t marks[AXF_PICKLE_DEPTH], mark_count;
} machine;

static axf_status fail(const machine *m, const char *what)
{
    return axf_fail(AXF_ERR_FORMAT, "'%s': data.pkl, byte %zu: %s", m->path, m->at, what);
}

static axf_status take(machine *m, size_t size, const unsigned char **bytes)
{
    if (size > m->length - m->at) {
        return fail(m, "the program ends within an instruction");
    }
    *bytes = m->text + m->at;
    m->at += size;
    return AXF_OK;
}

static axf_status take_number(machine *m, size_t size, uint64_t *value)
{
    const unsigned char *bytes = NULL;
    AXF_TRY(take(m, size, &bytes));
    *value = 0;
    for (size_t i = size; i-- > 0;) {
        *value = *value << 8 | bytes[i];
    }
    return AXF_OK;
}

static void push(machine *m, axf_pickle_value value)
{
    if (m->count == m->capacity) {
        m->capacity *= 2;
        m->stack = axf_realloc(m->stack, m->capacity * sizeof *m->stack);
    }
    m->stack[m->count++] = value;
}

static void push_integer(machine *m, axf_pickle_type type, int64_t value)
{
    push(m, (axf_pickle_value){.type = type, .integer = value});
}

/* The number of values above the newest mark. */
static size_t above(const machine *m)
{
    return m->count - (m->mark_count > 0 ? m->marks[m->mark_count - 1] : 0);
}

static axf_status pop(machine *m, axf_pickle_value *value)
{
    if (above(m) == 0) {
        return fail(m, "an instruction takes more from the stack than is there");
    }
    *value = m->stack[--m->count];
    return AXF_OK;
}

/* Takes all values above the newest mark, and the mark. They stay readable at *values until the next push. */
static axf_status pop_mark(machine *m, const axf_pickle_value **values, size_t *count)
{
    if (m->mark_count == 0) {
        return fail(m, "an instruction needs a mark, and there is none");
    }
    *count = above(m);
    m->count = m->marks[--m->mark_count];
    *values = m->stack + m->count;
    return AXF_OK;
}

static void append(machine *m, axf_pickle_items *items, const axf_pickle_value *values, size_t count)
{
    if (items->capacity - items->count < count) {
        const size_t need = items->count + count;
        items->capacity = need > items->capacity * 2 ? need : items->capacity * 2;
        axf_pickle_value *grown = axf_arena_alloc(m->arena, items->capacity * sizeof *grown);
        if (items->count > 0) {
            memcpy(grown, items->item, items->count * sizeof *grown);
        }
        items->item = grown;
    }
    if (count > 0) {
        memcpy(items->item + items->count, values, count * sizeof *values);
        items->count += count;
    }
}

static void push_items(machine *m, axf_pickle_type type, const axf_pickle_value *values, size_t count)
{
    axf_pickle_items *items = axf_arena_alloc(m->arena, sizeof *items);
    append(m, items, values, count);
    push(m, (axf_pickle_value){.type = type, .items = items});
}

/* ---- instructions that put a value ---- */

/* BINUNICODE is how torch writes names, keys and places. */
static axf_status do_text(machine *m, size_t width)
{
    uint64_t size = 0;
    const unsigned char *bytes = NULL;
    AXF_TRY(take_number(m, width, &size));
    AXF_TRY(take(m, (size_t)size, &bytes));
    if (memchr(bytes, '\0', (size_t)size) != NULL || axf_utf8_valid_length((const char *)bytes, (size_t)size) != size) {
        return fail(m, "a text holds a NUL or is not UTF-8");
    }
    push(m, (axf_pickle_value){.type = AXF_PICKLE_TEXT,
                               .text = axf_arena_copy_n(m->arena, (const char *)bytes, (size_t)size)});
    return AXF_OK;
}

/* LONG1 is a whole number of up to 255 bytes; here it may have 8. */
static axf_status do_long(machine *m, size_t width)
{
    uint64_t size = 0, value = 0;
    AXF_TRY(take_number(m, width, &size));
    if (size > 8) {
        return fail(m, "a whole number has more than 64 bits");
    }
    AXF_TRY(take_number(m, (size_t)size, &value));
    if (size > 0 && size < 8 && value >> (8 * size - 1) & 1) {
        value |= UINT64_MAX << 8 * size;
    }
    push_integer(m, AXF_PICKLE_INTEGER, (int64_t)value);
    return AXF_OK;
}

static axf_status take_line(machine *m, char *line)
{
    size_t length = 0;
    for (;;) {
        const unsigned char *byte = NULL;
        AXF_TRY(take(m, 1, &byte));
        if (*byte == '\n') {
            line[length] = '\0';
            return AXF_OK;
        }
        if (length == MOST_GLOBAL - 1 || *byte == '\0') {
            return fail(m, "a global's name is too long or holds a NUL");
        }
        line[length++] = (char)*byte;
    }
}

static axf_status do_global(machine *m, size_t none)
{
    (void)none;
    char module[MOST_GLOBAL], name[MOST_GLOBAL];
    AXF_TRY(take_line(m, module));
    AXF_TRY(take_line(m, name));
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        if (strcmp(module, globals[i].module) == 0 && strcmp(name, globals[i].name) == 0) {
            push(m, (axf_pickle_value){.type = AXF_PICKLE_GLOBAL, .global = &globals[i]});
            return AXF_OK;
        }
    }
    return axf_fail(
        AXF_ERR_FORMAT,
        "'%s': data.pkl, byte %zu: asks for %s.%s, which is none of the globals that tensors need; it is not "
        "loaded. If you trust the file, load it in Python and save its state_dict() alone, best as "
        "safetensors",
        m->path, m->at, module, name);
}

/* BINPERSID: ('storage', type, key, place, numel) becomes a storage. */
static axf_status do_storage(machine *m, size_t none)
{
    (void)none;
    axf_pickle_value id = {0};
    AXF_TRY(pop(m, &id));
    const axf_pickle_value *part = id.type == AXF_PICKLE_TUPLE && id.items->count == 5 ? id.items->item : NULL;
    if (part == NULL || part[0].type != AXF_PICKLE_TEXT || strcmp(part[0].text, "storage") != 0 ||
        part[1].type != AXF_PICKLE_GLOBAL || part[1].global->dtype == 0 || part[2].type != AXF_PICKLE_TEXT ||
        part[3].type != AXF_PICKLE_TEXT || part[4].type != AXF_PICKLE_INTEGER) {
        return fail(m, "a persistent id is no ('storage', type, key, place, numel)");
    }
    axf_pickle_storage *storage = axf_arena_alloc(m->arena, sizeof *storage);
    *storage = (axf_pickle_storage){part[2].text, part[1].global->dtype, part[4].integer};
    if (storage->numel < 0 || storage->numel > INT64_MAX / 8) {
        return fail(m, "the number of elements of a storage is negative or too large");
    }
    push(m, (axf_pickle_value){.type = AXF_PICKLE_STORAGE, .storage = storage});
    return AXF_OK;
}

/* ---- calls ---- */

/* A tuple of at most 8 whole numbers, none below 0. */
static axf_status read_numbers(const machine *m, const axf_pickle_value *value, int64_t *numbers, int32_t *count)
{
    if (value->type != AXF_PICKLE_TUPLE) {
        return fail(m, "the size or stride of a tensor is no tuple");
    }
    if (value->items->count > AXF_STORED_DIMS) {
        return fail(m, "a tensor has more than 8 dims");
    }
    *count = (int32_t)value->items->count;
    for (int32_t i = 0; i < *count; i++) {
        const axf_pickle_value *item = &value->items->item[i];
        if (item->type != AXF_PICKLE_INTEGER || item->integer < 0) {
            return fail(m, "a size or stride of a tensor is no whole number from 0 on");
        }
        numbers[i] = item->integer;
    }
    return AXF_OK;
}

/* The last element of the view, offset + sum of (size - 1) x stride, must be one of the storage. A view that repeats
 * elements (stride 0) beyond the number of the storage's own is refused, too, since memory must be what the file can
 * justify. */
static axf_status check_view(const machine *m, const axf_pickle_tensor *tensor)
{
    int64_t last = tensor->offset;
    if (tensor->count == 0) {
        return tensor->offset <= tensor->storage->numel ? AXF_OK : fail(m, "a tensor begins behind its storage");
    }
    for (int32_t i = 0; i < tensor->ndim; i++) {
        int64_t step;
        if (__builtin_mul_overflow(tensor->shape[i] - 1, tensor->stride[i], &step) ||
            __builtin_add_overflow(last, step, &last)) {
            return fail(m, "the strides of a tensor overflow");
        }
    }
    if (last >= tensor->storage->numel || tensor->count > tensor->storage->numel) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s': data.pkl, byte %zu: a tensor of %lld elements reaches element %lld of the storage '%s', "
                        "which has %lld",
                        m->path, m->at, (long long)tensor->count, (long long)last, tensor->storage->key,
                        (long long)tensor->storage->numel);
    }
    return AXF_OK;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]) makes a tensor. Only the first
 * four arguments count. */
static axf_status call_tensor(machine *m, const axf_pickle_items *arguments)
{
    const axf_pickle_value *argument = arguments->item;
    if (arguments->count < 6 || arguments->count > 7 || argument[0].type != AXF_PICKLE_STORAGE ||
        argument[1].type != AXF_PICKLE_INTEGER || argument[1].integer < 0) {
        return fail(m, "_rebuild_tensor_v2 is not given (storage, offset, size, stride, bool, hooks)");
    }
    axf_pickle_tensor *tensor = axf_arena_alloc(m->arena, sizeof *tensor);
    int32_t strides = 0;
    tensor->storage = argument[0].storage;
    tensor->offset = argument[1].integer;
    AXF_TRY(read_numbers(m, &argument[2], tensor->shape, &tensor->ndim));
    AXF_TRY(read_numbers(m, &argument[3], tensor->stride, &strides));
    if (strides != tensor->ndim) {
        return fail(m, "a tensor has another number of strides than of sizes");
    }
    if (!axf_stored_product(tensor->shape, tensor->ndim, &tensor->count)) {
        return fail(m, "the product of the sizes of a tensor overflows");
    }
    AXF_TRY(check_view(m, tensor));
    push(m, (axf_pickle_value){.type = AXF_PICKLE_TENSOR, .tensor = tensor});
    return AXF_OK;
}

static axf_status do_reduce(machine *m, size_t none)
{
    (void)none;
    axf_pickle_value arguments = {0}, callee = {0};
    AXF_TRY(pop(m, &arguments));
    AXF_TRY(pop(m, &callee));
    if (callee.type != AXF_PICKLE_GLOBAL || callee.global->call == 0 || arguments.type != AXF_PICKLE_TUPLE) {
        return fail(m, "something is called that is no function of the list, or without a tuple");
    }
    const axf_pickle_items *items = arguments.items;
    if (callee.global->call == CALL_TENSOR) {
        return call_tensor(m, items);
    }
    if (callee.global->call == CALL_PARAMETER) { /* (tensor, requires_grad, hooks) */
        if (items->count != 3 || items->item[0].type != AXF_PICKLE_TENSOR) {
            return fail(m, "_rebuild_parameter is not given (tensor, bool, hooks)");
        }
        push(m, items->item[0]);
        return AXF_OK;
    }
    if (items->count != 0) {
        return fail(m, "OrderedDict is given arguments");
    }
    push_items(m, AXF_PICKLE_ORDERED_DICT, NULL, 0);
    return AXF_OK;
}

/* ---- containers ---- */

static int is_dict(const axf_pickle_value *value)
{
    return value->type == AXF_PICKLE_DICT || value->type == AXF_PICKLE_ORDERED_DICT;
}

/* The values of an instruction: the last `count` of the stack, or, with MARKED, all above the newest mark, which
 * goes too. They stay readable until the next push. */
static axf_status take_values(machine *m, size_t count, const axf_pickle_value **values, size_t *taken)
{
    if (count == MARKED) {
        return pop_mark(m, values, taken);
    }
    if (above(m) < count) {
        return fail(m, "an instruction takes more from the stack than is there");
    }
    m->count -= count;
    *values = m->stack + m->count;
    *taken = count;
    return AXF_OK;
}

/* SETITEM, SETITEMS: `values` are keys and values in turn, for the dict below them. */
static axf_status do_set(machine *m, size_t count)
{
    const axf_pickle_value *values = NULL;
    AXF_TRY(take_values(m, count, &values, &count));
    if (above(m) == 0 || !is_dict(&m->stack[m->count - 1])) {
        return fail(m, "items are set in something that is no dict");
    }
    if (count % 2 != 0) {
        return fail(m, "a key is set without a value");
    }
    for (size_t i = 0; i < count; i += 2) {
        if (values[i].type != AXF_PICKLE_TEXT && values[i].type != AXF_PICKLE_INTEGER) {
            return fail(m, "a key of a dict is neither text nor a whole number");
        }
    }
    append(m, m->stack[m->count - 1].items, values, count);
    return AXF_OK;
}

static axf_status do_append(machine *m, size_t count)
{
    const axf_pickle_value *values = NULL;
    AXF_TRY(take_values(m, count, &values, &count));
    if (above(m) == 0 || m->stack[m->count - 1].type != AXF_PICKLE_LIST) {
        return fail(m, "items are appended to something that is no list");
    }
    append(m, m->stack[m->count - 1].items, values, count);
    return AXF_OK;
}

static axf_status do_tuple(machine *m, size_t count)
{
    const axf_pickle_value *values = NULL;
    AXF_TRY(take_values(m, count, &values, &count));
    push_items(m, AXF_PICKLE_TUPLE, values, count);
    return AXF_OK;
}

static axf_status do_empty(machine *m, size_t type)
{
    push_items(m, (axf_pickle_type)type, NULL, 0);
    return AXF_OK;
}

/* BUILD gives an object attributes. torch does so only for the _metadata of a state dict, which is not needed here. */
static axf_status do_build(machine *m, size_t none)
{
    (void)none;
    axf_pickle_value state = {0};
    AXF_TRY(pop(m, &state));
    if (above(m) == 0 || m->stack[m->count - 1].type != AXF_PICKLE_ORDERED_DICT || !is_dict(&state)) {
        return fail(m, "attributes are set in something that is no OrderedDict");
    }
    return AXF_OK;
}

/* ---- the memo ---- */

static axf_status do_keep(machine *m, size_t size)
{
    uint64_t number = 0;
    AXF_TRY(take_number(m, size, &number));
    if (number >= m->opcodes) {
        return fail(m, "a memo number is larger than the number of instructions so far");
    }
    if (above(m) == 0) {
        return fail(m, "there is nothing to keep in the memo");
    }
    if (number >= m->memo_capacity) {
        const size_t grown = (size_t)number * 2 + 256;
        m->memo = axf_realloc(m->memo, grown * sizeof *m->memo);
        memset(m->memo + m->memo_capacity, 0, (grown - m->memo_capacity) * sizeof *m->memo);
        m->memo_capacity = grown;
    }
    m->memo[number] = m->stack[m->count - 1];
    return AXF_OK;
}

static axf_status do_recall(machine *m, size_t size)
{
    uint64_t number = 0;
    AXF_TRY(take_number(m, size, &number));
    if (number >= m->memo_capacity || m->memo[number].type == 0) {
        return fail(m, "the memo holds nothing of that number");
    }
    push(m, m->memo[number]);
    return AXF_OK;
}

/* ---- the instructions ---- */

static axf_status do_integer(machine *m, size_t size)
{
    uint64_t value = 0;
    AXF_TRY(take_number(m, size, &value));
    push_integer(m, AXF_PICKLE_INTEGER, size == 4 ? (int32_t)(uint32_t)value : (int64_t)value);
    return AXF_OK;
}

/* BINFLOAT is not needed for a tensor, but a checkpoint may hold a learning rate beside its tensors. */
static axf_status do_real(machine *m, size_t width)
{
    const unsigned char *bytes = NULL;
    AXF_TRY(take(m, width, &bytes));
    push_integer(m, AXF_PICKLE_REAL, 0);
    return AXF_OK;
}

static axf_status do_mark(machine *m, size_t none)
{
    (void)none;
    if (m->mark_count == AXF_PICKLE_DEPTH) {
        return fail(m, "more than 64 marks are open");
    }
    m->marks[m->mark_count++] = m->count;
    return AXF_OK;
}

static axf_status do_constant(machine *m, size_t type)
{
    push_integer(m, (axf_pickle_type)type, 0);
    return AXF_OK;
}

/* Python's pickle.py names and describes them. `n` is the width of what follows the opcode, the number of values taken,
 * or a type. */
static const struct {
    unsigned char opcode;
    axf_status (*run)(machine *m, size_t n);
    size_t n;
} instructions[] = {
    {'(', do_mark, 0},
    {')', do_tuple, 0},
    {0x85, do_tuple, 1},
    {0x86, do_tuple, 2},
    {0x87, do_tuple, 3},
    {'t', do_tuple, MARKED},
    {']', do_empty, AXF_PICKLE_LIST},
    {'}', do_empty, AXF_PICKLE_DICT},
    {'a', do_append, 1},
    {'e', do_append, MARKED},
    {'s', do_set, 2},
    {'u', do_set, MARKED},
    {'N', do_constant, AXF_PICKLE_NONE},
    {0x88, do_constant, AXF_PICKLE_BOOL},
    {0x89, do_constant, AXF_PICKLE_BOOL},
    {'K', do_integer, 1},
    {'M', do_integer, 2},
    {'J', do_integer, 4},
    {0x8a, do_long, 1},
    {'G', do_real, 8},
    {'X', do_text, 4},
    {'c', do_global, 0},
    {'Q', do_storage, 0},
    {'R', do_reduce, 0},
    {'b', do_build, 0},
    {'q', do_keep, 1},
    {'r', do_keep, 4},
    {'h', do_recall, 1},
    {'j', do_recall, 4},
};

static axf_status step(machine *m, unsigned char opcode)
{
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        if (instructions[i].opcode == opcode) {
            return instructions[i].run(m, instructions[i].n);
        }
    }
    return axf_fail(AXF_ERR_FORMAT,
                    "'%s': data.pkl, byte %zu: the instruction 0x%02x is none that torch.save writes for tensors; load "
                    "the file in Python and save its state_dict() alone, with the default pickle protocol or as "
                    "safetensors",
                    m->path, m->at - 1, opcode);
}

static axf_status run(machine *m, axf_pickle_value *root)
{
    const unsigned char *bytes = NULL;
    AXF_TRY(take(m, 2, &bytes));
    if (bytes[0] != 0x80 || bytes[1] != 2) {
        return fail(m, "the program does not begin with pickle protocol 2, as torch.save's do");
    }
    for (;;) {
        AXF_TRY(take(m, 1, &bytes));
        if (++m->opcodes > MOST_OPCODES) {
            return fail(m, "more than 1,000,000 instructions");
        }
        if (*bytes == '.') {
            break;
        }
        AXF_TRY(step(m, *bytes));
    }
    if (m->at != m->length || m->count != 1 || m->mark_count != 0) {
        return fail(m, "the program does not end with one value, or something follows it");
    }
    *root = m->stack[0];
    return AXF_OK;
}

axf_status axf_pickle_run(const char *path, const void *bytes, size_t length, axf_arena *arena, axf_pickle_value *root)
{
    machine m = {.path = path, .text = bytes, .length = length, .arena = arena, .capacity = 256};
    m.stack = axf_alloc(m.capacity * sizeof *m.stack); /* never NULL, so that none of its values may be taken, too */
    const axf_status status = run(&m, root);
    free(m.stack);
    free(m.memo);
    return status;
}
