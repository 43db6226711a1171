/* The parts of oneDNN's C interface that differ between 2.x and 3.x, in one form. A layout is dnnl_memory_desc_t: a
 * struct in 2.x, a handle in 3.x; it is made by axf_layout_make or axf_primitive_layout and freed by
 * axf_layout_free. */
#ifndef AXF_BACKENDS_CPU_IMPL_DNNL_COMPAT_H
#define AXF_BACKENDS_CPU_IMPL_DNNL_COMPAT_H

#include <dnnl.h>

enum { AXF_CONV_FORWARD = 1, AXF_CONV_BACKWARD_DATA = 2, AXF_CONV_BACKWARD_WEIGHTS = 3 };

typedef struct axf_conv_layouts {
    dnnl_memory_desc_t x, w, bias, y; /* bias is used only where has_bias is 1 */
    int has_bias;
    int64_t stride, padding_before, padding_after[2]; /* padding_after is that of rows, and of columns */
} axf_conv_layouts;

/* Where `strides` is NULL, the primitive chooses the layout. */
dnnl_status_t axf_layout_make(dnnl_memory_desc_t *layout, int ndim, const int64_t *shape, dnnl_data_type_t type,
                              const int64_t *strides);
void axf_layout_free(dnnl_memory_desc_t *layout);
int axf_layout_equal(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b);
size_t axf_layout_size(const dnnl_memory_desc_t *layout);

dnnl_status_t axf_memory_make(dnnl_memory_t *memory, const dnnl_memory_desc_t *layout, dnnl_engine_t engine);
dnnl_status_t axf_post_scale(dnnl_post_ops_t post, float factor);
dnnl_status_t axf_post_relu(dnnl_post_ops_t post);
dnnl_status_t axf_post_sum(dnnl_post_ops_t post);

/* Where `bias` is NULL, the product has none. */
dnnl_status_t axf_matmul_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                              const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                              const_dnnl_primitive_attr_t attributes);
/* `hint` is the primitive of the forward direction; the backward directions need it. */
dnnl_status_t axf_conv_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, int direction,
                            const axf_conv_layouts *layouts, const_dnnl_primitive_desc_t hint);
dnnl_status_t axf_reorder_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                               const dnnl_memory_desc_t *to);
/* The layout that the primitive chose for an argument, e.g. dnnl_query_src_md. */
dnnl_status_t axf_primitive_layout(dnnl_memory_desc_t *layout, const_dnnl_primitive_desc_t primitive,
                                   dnnl_query_t which);

#endif
