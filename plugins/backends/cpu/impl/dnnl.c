#include "backends/cpu/impl/dnnl.h"

#include "backends/cpu/impl/dnnl_compat.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_KEPT = 1024, BUCKETS = 2048, KEY_WORDS = 12, ARGUMENTS = 4 };

/* An argument of a primitive. Where the primitive needs another layout or type than the caller's, `inner` has it, and
 * `reorder` copies inputs there before the primitive runs, or copies results back afterwards. */
typedef struct argument {
    int32_t number; /* DNNL_ARG_… */
    int32_t result;
    dnnl_memory_t outer, inner;
    dnnl_primitive_t reorder;
    size_t inner_size;
} argument;

typedef struct kept {
    struct kept *next;
    int64_t key[KEY_WORDS];
    uint64_t used;
    dnnl_primitive_t primitive;
    argument arguments[ARGUMENTS];
    int32_t count;
} kept;

struct axf_dnnl {
    const axf_host *host;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    kept *buckets[BUCKETS];
    kept *spare;               /* dropped ones */
    kept items[MOST_KEPT + 1]; /* and one that is being made */
    int64_t items_used, count;
    uint64_t clock;
    struct {
        void *memory;
        size_t size;
    } scratch[ARGUMENTS];
};

static axf_status refuse(const axf_dnnl *dnnl, const char *what, dnnl_status_t status)
{
    return dnnl->host->fail(dnnl->host, status == dnnl_out_of_memory ? AXF_ERR_MEMORY : AXF_ERR_UNSUPPORTED,
                            "backend cpu: oneDNN %d.%d.%d cannot compute a %s (its status %d)", DNNL_VERSION_MAJOR,
                            DNNL_VERSION_MINOR, DNNL_VERSION_PATCH, what, (int)status);
}

axf_dnnl *axf_dnnl_open(const axf_host *host)
{
    axf_dnnl *dnnl = calloc(1, sizeof *dnnl);
    if (dnnl == NULL) {
        return NULL;
    }
    dnnl->host = host;
    if (dnnl_engine_create(&dnnl->engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_stream_create(&dnnl->stream, dnnl->engine, dnnl_stream_default_flags) != dnnl_success) {
        axf_dnnl_close(dnnl);
        return NULL;
    }
    return dnnl;
}

/* An empty one: a step may meet a new shape. NULL is not possible: at most MOST_KEPT are in use beside it. */
static kept *new_kept(axf_dnnl *dnnl)
{
    kept *item = dnnl->spare;
    if (item != NULL) {
        dnnl->spare = item->next;
    } else {
        item = &dnnl->items[dnnl->items_used++];
    }
    *item = (kept){.next = NULL};
    return item;
}

static void free_kept(axf_dnnl *dnnl, kept *item)
{
    for (int32_t i = 0; i < item->count; i++) {
        dnnl_memory_destroy(item->arguments[i].outer);
        dnnl_memory_destroy(item->arguments[i].inner);
        dnnl_primitive_destroy(item->arguments[i].reorder);
    }
    dnnl_primitive_destroy(item->primitive);
    item->next = dnnl->spare;
    dnnl->spare = item;
}

void axf_dnnl_close(axf_dnnl *dnnl)
{
    if (dnnl == NULL) {
        return;
    }
    for (int b = 0; b < BUCKETS; b++) {
        while (dnnl->buckets[b] != NULL) {
            kept *next = dnnl->buckets[b]->next;
            free_kept(dnnl, dnnl->buckets[b]);
            dnnl->buckets[b] = next;
        }
    }
    for (int i = 0; i < ARGUMENTS; i++) {
        free(dnnl->scratch[i].memory);
    }
    dnnl_stream_destroy(dnnl->stream);
    dnnl_engine_destroy(dnnl->engine);
    free(dnnl);
}

static kept **bucket_of(axf_dnnl *dnnl, const int64_t *key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < KEY_WORDS; i++) {
        hash = (hash ^ (uint64_t)key[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    return &dnnl->buckets[hash % BUCKETS];
}

static kept *find_kept(axf_dnnl *dnnl, const int64_t *key)
{
    for (kept *item = *bucket_of(dnnl, key); item != NULL; item = item->next) {
        if (memcmp(item->key, key, sizeof item->key) == 0) {
            item->used = ++dnnl->clock;
            return item;
        }
    }
    return NULL;
}

static void drop_oldest(axf_dnnl *dnnl)
{
    kept **oldest = NULL;
    for (int b = 0; b < BUCKETS; b++) {
        for (kept **at = &dnnl->buckets[b]; *at != NULL; at = &(*at)->next) {
            oldest = oldest == NULL || (*at)->used < (*oldest)->used ? at : oldest;
        }
    }
    if (oldest != NULL) {
        kept *item = *oldest;
        *oldest = item->next;
        free_kept(dnnl, item);
        dnnl->count--;
    }
}

static void keep(axf_dnnl *dnnl, kept *item, const int64_t *key)
{
    if (dnnl->count >= MOST_KEPT) {
        drop_oldest(dnnl);
    }
    memcpy(item->key, key, sizeof item->key);
    kept **bucket = bucket_of(dnnl, key);
    item->next = *bucket;
    item->used = ++dnnl->clock;
    *bucket = item;
    dnnl->count++;
}

/* Appends an argument. The caller has it in the layout `outer`, and the primitive takes it in the layout `inner`. */
static dnnl_status_t add_argument(axf_dnnl *dnnl, kept *item, int32_t number, int result,
                                  const dnnl_memory_desc_t *outer, const dnnl_memory_desc_t *inner)
{
    argument *a = &item->arguments[item->count++];
    *a = (argument){.number = number, .result = result};
    dnnl_status_t status = axf_memory_make(&a->outer, outer, dnnl->engine);
    if (status != dnnl_success || axf_layout_equal(outer, inner)) {
        return status;
    }
    status = axf_memory_make(&a->inner, inner, dnnl->engine);
    if (status != dnnl_success) {
        return status;
    }
    a->inner_size = axf_layout_size(inner);
    dnnl_primitive_desc_t described;
    status = axf_reorder_make(&described, dnnl->engine, result ? inner : outer, result ? outer : inner);
    if (status != dnnl_success) {
        return status;
    }
    status = dnnl_primitive_create(&a->reorder, described);
    dnnl_primitive_desc_destroy(described);
    return status;
}

static dnnl_status_t place_inner(axf_dnnl *dnnl, int32_t place, argument *a)
{
    if (dnnl->scratch[place].size < a->inner_size) {
        free(dnnl->scratch[place].memory);
        const size_t step = 2 << 20, size = (a->inner_size / step + 1) * step; /* grows a few times in a run */
        dnnl->scratch[place].memory = aligned_alloc(64, size);
        dnnl->scratch[place].size = dnnl->scratch[place].memory != NULL ? size : 0;
        if (dnnl->scratch[place].memory == NULL) {
            return dnnl_out_of_memory;
        }
    }
    return dnnl_memory_set_data_handle(a->inner, dnnl->scratch[place].memory);
}

static dnnl_status_t run_reorder(axf_dnnl *dnnl, const argument *a)
{
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, a->result ? a->inner : a->outer},
                                         {DNNL_ARG_TO, a->result ? a->outer : a->inner}};
    return dnnl_primitive_execute(a->reorder, dnnl->stream, 2, arguments);
}

/* Runs with the data in the order of the arguments. */
static dnnl_status_t run_kept(axf_dnnl *dnnl, kept *item, void *const *data)
{
    dnnl_exec_arg_t arguments[ARGUMENTS];
    dnnl_status_t status = dnnl_success;
    for (int32_t i = 0; i < item->count && status == dnnl_success; i++) {
        argument *a = &item->arguments[i];
        arguments[i] = (dnnl_exec_arg_t){a->number, a->inner != NULL ? a->inner : a->outer};
        status = dnnl_memory_set_data_handle(a->outer, data[i]);
        if (status == dnnl_success && a->inner != NULL) {
            status = place_inner(dnnl, i, a);
            status = status == dnnl_success && !a->result ? run_reorder(dnnl, a) : status;
        }
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_execute(item->primitive, dnnl->stream, item->count, arguments);
    }
    for (int32_t i = 0; i < item->count && status == dnnl_success; i++) {
        if (item->arguments[i].inner != NULL && item->arguments[i].result) {
            status = run_reorder(dnnl, &item->arguments[i]);
        }
    }
    return status == dnnl_success ? dnnl_stream_wait(dnnl->stream) : status;
}

/* The layout of [batch, rows, columns], or of [rows, columns] where the batch has one matrix. `transposed` takes the
 * same memory as the transposed matrix. */
static dnnl_status_t matrix_layout(dnnl_memory_desc_t *layout, int64_t batch, int64_t rows, int64_t columns,
                                   int transposed, dnnl_data_type_t type)
{
    const int64_t shape[] = {batch, rows, columns};
    const int64_t strides[] = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
    const int skip = batch == 1;
    return axf_layout_make(layout, 3 - skip, shape + skip, type, strides + skip);
}

static dnnl_status_t matmul_attributes(dnnl_primitive_attr_t *made, const axf_dnnl_matmul *what)
{
    dnnl_status_t status = dnnl_primitive_attr_create(made);
    if (status != dnnl_success) {
        return status;
    }
    dnnl_post_ops_t post = NULL;
    status = dnnl_post_ops_create(&post);
    if (status == dnnl_success && what->scale != 1) {
        status = axf_post_scale(post, (float)what->scale);
    }
    if (status == dnnl_success && what->add) {
        status = axf_post_sum(post);
    }
    if (status == dnnl_success && what->relu) {
        status = axf_post_relu(post);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_post_ops(*made, post);
    }
    dnnl_post_ops_destroy(post);
    return status;
}

static dnnl_status_t matmul_with_layouts(axf_dnnl *dnnl, kept *item, const axf_dnnl_matmul *what,
                                         const dnnl_memory_desc_t layouts[4])
{
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t described = NULL;
    dnnl_status_t status = matmul_attributes(&attributes, what);
    if (status == dnnl_success) {
        status = axf_matmul_make(&described, dnnl->engine, &layouts[0], &layouts[1], what->bias ? &layouts[2] : NULL,
                                 &layouts[3], attributes);
    }
    if (status == dnnl_success) {
        status = dnnl_primitive_create(&item->primitive, described);
        dnnl_primitive_desc_destroy(described);
    }
    dnnl_primitive_attr_destroy(attributes);
    const int32_t numbers[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    for (int i = 0; i < 4 && status == dnnl_success; i++) {
        if (i != 2 || what->bias) {
            status = add_argument(dnnl, item, numbers[i], i == 3, &layouts[i], &layouts[i]);
        }
    }
    return status;
}

static dnnl_status_t make_matmul(axf_dnnl *dnnl, kept *item, const axf_dnnl_matmul *what)
{
    dnnl_memory_desc_t layouts[4];
    memset(layouts, 0, sizeof layouts);
    const dnnl_data_type_t type = what->bf16 ? dnnl_bf16 : dnnl_f32;
    const int64_t m = what->m, n = what->n, k = what->k;
    dnnl_status_t status = matrix_layout(&layouts[0], what->batch, m, k, what->transpose_a, type);
    if (status == dnnl_success) {
        status = matrix_layout(&layouts[1], what->batch, k, n, what->transpose_b, type);
    }
    if (status == dnnl_success && what->bias) {
        status = matrix_layout(&layouts[2], 1, 1, n, 0, dnnl_f32);
    }
    if (status == dnnl_success) {
        status = matrix_layout(&layouts[3], what->batch, m, n, 0, dnnl_f32);
    }
    if (status == dnnl_success) {
        status = matmul_with_layouts(dnnl, item, what, layouts);
    }
    for (int i = 0; i < 4; i++) {
        axf_layout_free(&layouts[i]);
    }
    return status;
}

axf_status axf_dnnl_run_matmul(axf_dnnl *dnnl, const axf_dnnl_matmul *what, const void *a, const void *b,
                               const float *bias, float *c)
{
    int64_t key[KEY_WORDS] = {1, what->batch, what->m, what->n, what->k};
    key[5] = what->transpose_a | what->transpose_b << 1 | what->bf16 << 2 | what->bias << 3 | what->relu << 4 |
             what->add << 5;
    memcpy(&key[6], &what->scale, sizeof what->scale);
    kept *item = find_kept(dnnl, key);
    if (item == NULL) {
        item = new_kept(dnnl);
        const dnnl_status_t status = make_matmul(dnnl, item, what);
        if (status != dnnl_success) {
            free_kept(dnnl, item);
            return refuse(dnnl, "matrix product", status);
        }
        keep(dnnl, item, key);
    }
    void *with_bias[] = {(void *)(uintptr_t)a, (void *)(uintptr_t)b, (void *)(uintptr_t)bias, c};
    void *without[] = {(void *)(uintptr_t)a, (void *)(uintptr_t)b, c};
    const dnnl_status_t status = run_kept(dnnl, item, what->bias ? with_bias : without);
    return status == dnnl_success ? AXF_OK : refuse(dnnl, "matrix product", status);
}

/* The layouts of the caller (with strides), or those of the primitive. The primitive chooses its own, except where both
 * x and y have the channels last: then it must keep that order. */
static dnnl_status_t conv_layouts(axf_conv_layouts *l, const axf_dnnl_conv *what, int outer)
{
    const int64_t x[] = {what->n, what->c, what->h, what->w}, w[] = {what->o, what->c, what->rows, what->columns},
                  y[] = {what->n, what->o, what->to_h, what->to_w}, bias[] = {what->o}, one[] = {1};
    const int64_t *shapes[] = {x, w, y};
    dnnl_memory_desc_t *layouts[] = {&l->x, &l->w, &l->y};
    const int direction = what->direction;
    const int result = direction == AXF_CONV_FORWARD ? 2 : direction == AXF_CONV_BACKWARD_DATA ? 0 : 1;
    memset(l, 0, sizeof *l);
    for (int i = 0; i < 3; i++) {
        const int64_t *s = shapes[i], image = s[1] * s[2] * s[3], plain[] = {image, s[2] * s[3], s[3], 1},
                      channels_last[] = {image, 1, s[3] * s[1], s[1]};
        const int last = i == 0 ? what->x_last : i == 2 ? what->y_last : 0, both = what->x_last && what->y_last;
        const int narrow = what->bf16 && i != result && (!outer || (both && i != 1));
        const dnnl_status_t status = axf_layout_make(layouts[i], 4, s, narrow ? dnnl_bf16 : dnnl_f32,
                                                     !outer && !(both && i != 1) ? NULL
                                                     : last                      ? channels_last
                                                                                 : plain);
        if (status != dnnl_success) {
            return status;
        }
    }
    l->has_bias = what->bias;
    l->stride = what->stride;
    l->padding_before = what->padding;
    l->padding_after[0] = (what->to_h - 1) * what->stride + what->rows - what->h - what->padding;
    l->padding_after[1] = (what->to_w - 1) * what->stride + what->columns - what->w - what->padding;
    return what->bias ? axf_layout_make(&l->bias, 1, bias, dnnl_f32, one) : dnnl_success;
}

static void free_conv_layouts(axf_conv_layouts *l)
{
    axf_layout_free(&l->x);
    axf_layout_free(&l->w);
    axf_layout_free(&l->y);
    if (l->has_bias) {
        axf_layout_free(&l->bias);
    }
}

/* The arguments are in the order x, w, y, bias. */
static dnnl_status_t add_conv_arguments(axf_dnnl *dnnl, kept *item, const axf_dnnl_conv *what,
                                        const axf_conv_layouts *outer, const_dnnl_primitive_desc_t described)
{
    static const struct {
        int32_t number;
        dnnl_query_t query;
    } table[][3] = {
        [AXF_CONV_FORWARD] = {{DNNL_ARG_SRC, dnnl_query_src_md},
                              {DNNL_ARG_WEIGHTS, dnnl_query_weights_md},
                              {DNNL_ARG_DST, dnnl_query_dst_md}},
        [AXF_CONV_BACKWARD_DATA] = {{DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md},
                                    {DNNL_ARG_WEIGHTS, dnnl_query_weights_md},
                                    {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md}},
        [AXF_CONV_BACKWARD_WEIGHTS] = {{DNNL_ARG_SRC, dnnl_query_src_md},
                                       {DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md},
                                       {DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md}},
    };
    const dnnl_memory_desc_t *layouts[] = {&outer->x, &outer->w, &outer->y};
    const int results[] = {0, 2, 0, 1};
    for (int i = 0; i < 3; i++) {
        dnnl_memory_desc_t inner;
        dnnl_status_t status = axf_primitive_layout(&inner, described, table[what->direction][i].query);
        if (status != dnnl_success) {
            return status;
        }
        status = add_argument(dnnl, item, table[what->direction][i].number, i == results[what->direction], layouts[i],
                              &inner);
        axf_layout_free(&inner);
        if (status != dnnl_success) {
            return status;
        }
    }
    return what->bias ? add_argument(dnnl, item, DNNL_ARG_BIAS, 0, &outer->bias, &outer->bias) : dnnl_success;
}

static dnnl_status_t describe_conv(axf_dnnl *dnnl, const axf_dnnl_conv *what, dnnl_primitive_desc_t *described)
{
    axf_conv_layouts inner, forward;
    dnnl_primitive_desc_t hint = NULL;
    axf_dnnl_conv ahead = *what;
    ahead.direction = AXF_CONV_FORWARD;
    dnnl_status_t status = conv_layouts(&inner, what, 0);
    if (status == dnnl_success && what->direction != AXF_CONV_FORWARD) {
        status = conv_layouts(&forward, &ahead, 0);
        status = status == dnnl_success ? axf_conv_make(&hint, dnnl->engine, AXF_CONV_FORWARD, &forward, NULL) : status;
        free_conv_layouts(&forward);
    }
    if (status == dnnl_success) {
        status = axf_conv_make(described, dnnl->engine, what->direction, &inner, hint);
    }
    if (hint != NULL) {
        dnnl_primitive_desc_destroy(hint);
    }
    free_conv_layouts(&inner);
    return status;
}

static dnnl_status_t make_conv(axf_dnnl *dnnl, kept *item, const axf_dnnl_conv *what)
{
    dnnl_primitive_desc_t described = NULL;
    dnnl_status_t status = describe_conv(dnnl, what, &described);
    if (status != dnnl_success) {
        return status;
    }
    axf_conv_layouts outer;
    status = conv_layouts(&outer, what, 1);
    if (status == dnnl_success) {
        status = dnnl_primitive_create(&item->primitive, described);
    }
    if (status == dnnl_success) {
        status = add_conv_arguments(dnnl, item, what, &outer, described);
    }
    dnnl_primitive_desc_destroy(described);
    free_conv_layouts(&outer);
    return status;
}

axf_status axf_dnnl_run_conv(axf_dnnl *dnnl, const axf_dnnl_conv *what, void *x, float *w, const float *bias, void *y)
{
    int64_t key[KEY_WORDS] = {what->n, what->c, what->h, what->w, what->o, what->rows, what->columns, what->to_h};
    key[8] = what->to_w;
    key[9] = what->stride;
    key[10] = what->padding;
    key[11] = 2 | what->direction << 2 | what->bias << 4 | what->bf16 << 5 | what->x_last << 6 | what->y_last << 7;
    kept *item = find_kept(dnnl, key);
    if (item == NULL) {
        item = new_kept(dnnl);
        const dnnl_status_t status = make_conv(dnnl, item, what);
        if (status != dnnl_success) {
            free_kept(dnnl, item);
            return refuse(dnnl, "convolution", status);
        }
        keep(dnnl, item, key);
    }
    void *data[] = {x, w, y, (void *)(uintptr_t)bias};
    const dnnl_status_t status = run_kept(dnnl, item, data);
    return status == dnnl_success ? AXF_OK : refuse(dnnl, "convolution", status);
}
