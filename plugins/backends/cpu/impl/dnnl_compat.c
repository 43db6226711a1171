#include "backends/cpu/impl/dnnl_compat.h"

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t axf_layout_make(dnnl_memory_desc_t *layout, int ndim, const int64_t *shape, dnnl_data_type_t type,
                              const int64_t *strides)
{
    return strides != NULL ? dnnl_memory_desc_create_with_strides(layout, ndim, shape, type, strides)
                           : dnnl_memory_desc_create_with_tag(layout, ndim, shape, type, dnnl_format_tag_any);
}

void axf_layout_free(dnnl_memory_desc_t *layout)
{
    dnnl_memory_desc_destroy(*layout);
    *layout = NULL;
}

int axf_layout_equal(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b)
{
    return dnnl_memory_desc_equal(*a, *b);
}

size_t axf_layout_size(const dnnl_memory_desc_t *layout)
{
    return dnnl_memory_desc_get_size(*layout);
}

dnnl_status_t axf_memory_make(dnnl_memory_t *memory, const dnnl_memory_desc_t *layout, dnnl_engine_t engine)
{
    return dnnl_memory_create(memory, *layout, engine, DNNL_MEMORY_NONE);
}

dnnl_status_t axf_post_scale(dnnl_post_ops_t post, float factor)
{
    return dnnl_post_ops_append_eltwise(post, dnnl_eltwise_linear, factor, 0.0f);
}

dnnl_status_t axf_post_relu(dnnl_post_ops_t post)
{
    return dnnl_post_ops_append_eltwise(post, dnnl_eltwise_relu, 0.0f, 0.0f);
}

dnnl_status_t axf_post_sum(dnnl_post_ops_t post)
{
    return dnnl_post_ops_append_sum(post, 1.0f, 0, dnnl_data_type_undef);
}

dnnl_status_t axf_matmul_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                              const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                              const_dnnl_primitive_attr_t attributes)
{
    return dnnl_matmul_primitive_desc_create(made, engine, *a, *b, bias != NULL ? *bias : NULL, *c, attributes);
}

dnnl_status_t axf_conv_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, int direction, const axf_conv_layouts *l,
                            const_dnnl_primitive_desc_t hint)
{
    const dnnl_dims_t strides = {l->stride, l->stride}, dilates = {0};
    const dnnl_dims_t before = {l->padding_before, l->padding_before};
    const dnnl_dims_t after = {l->padding_after[0], l->padding_after[1]};
    const dnnl_memory_desc_t bias = l->has_bias ? l->bias : NULL;
    if (direction == AXF_CONV_FORWARD) {
        return dnnl_convolution_forward_primitive_desc_create(made, engine, dnnl_forward_training,
                                                              dnnl_convolution_direct, l->x, l->w, bias, l->y, strides,
                                                              dilates, before, after, NULL);
    }
    if (direction == AXF_CONV_BACKWARD_DATA) {
        return dnnl_convolution_backward_data_primitive_desc_create(made, engine, dnnl_convolution_direct, l->x, l->w,
                                                                    l->y, strides, dilates, before, after, hint, NULL);
    }
    return dnnl_convolution_backward_weights_primitive_desc_create(
        made, engine, dnnl_convolution_direct, l->x, l->w, bias, l->y, strides, dilates, before, after, hint, NULL);
}

dnnl_status_t axf_reorder_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                               const dnnl_memory_desc_t *to)
{
    return dnnl_reorder_primitive_desc_create(made, *from, engine, *to, engine, NULL);
}

dnnl_status_t axf_primitive_layout(dnnl_memory_desc_t *layout, const_dnnl_primitive_desc_t primitive,
                                   dnnl_query_t which)
{
    const const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(primitive, which, 0);
    return found != NULL ? dnnl_memory_desc_clone(layout, found) : dnnl_unimplemented;
}

#else

dnnl_status_t axf_layout_make(dnnl_memory_desc_t *layout, int ndim, const int64_t *shape, dnnl_data_type_t type,
                              const int64_t *strides)
{
    return strides != NULL ? dnnl_memory_desc_init_by_strides(layout, ndim, shape, type, strides)
                           : dnnl_memory_desc_init_by_tag(layout, ndim, shape, type, dnnl_format_tag_any);
}

void axf_layout_free(dnnl_memory_desc_t *layout)
{
    (void)layout;
}

int axf_layout_equal(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b)
{
    return dnnl_memory_desc_equal(a, b);
}

size_t axf_layout_size(const dnnl_memory_desc_t *layout)
{
    return dnnl_memory_desc_get_size(layout);
}

dnnl_status_t axf_memory_make(dnnl_memory_t *memory, const dnnl_memory_desc_t *layout, dnnl_engine_t engine)
{
    return dnnl_memory_create(memory, layout, engine, DNNL_MEMORY_NONE);
}

dnnl_status_t axf_post_scale(dnnl_post_ops_t post, float factor)
{
    return dnnl_post_ops_append_eltwise(post, 1.0f, dnnl_eltwise_linear, factor, 0.0f);
}

dnnl_status_t axf_post_relu(dnnl_post_ops_t post)
{
    return dnnl_post_ops_append_eltwise(post, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
}

dnnl_status_t axf_post_sum(dnnl_post_ops_t post)
{
    return dnnl_post_ops_append_sum(post, 1.0f);
}

dnnl_status_t axf_matmul_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                              const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                              const_dnnl_primitive_attr_t attributes)
{
    dnnl_matmul_desc_t described;
    const dnnl_status_t status = dnnl_matmul_desc_init(&described, a, b, bias, c);
    return status != dnnl_success ? status : dnnl_primitive_desc_create(made, &described, attributes, engine, NULL);
}

dnnl_status_t axf_conv_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, int direction, const axf_conv_layouts *l,
                            const_dnnl_primitive_desc_t hint)
{
    const dnnl_dims_t strides = {l->stride, l->stride};
    const dnnl_dims_t before = {l->padding_before, l->padding_before};
    const dnnl_dims_t after = {l->padding_after[0], l->padding_after[1]};
    const dnnl_memory_desc_t *bias = l->has_bias ? &l->bias : NULL;
    dnnl_convolution_desc_t described;
    dnnl_status_t status;
    if (direction == AXF_CONV_FORWARD) {
        status = dnnl_convolution_forward_desc_init(&described, dnnl_forward_training, dnnl_convolution_direct, &l->x,
                                                    &l->w, bias, &l->y, strides, before, after);
    } else if (direction == AXF_CONV_BACKWARD_DATA) {
        status = dnnl_convolution_backward_data_desc_init(&described, dnnl_convolution_direct, &l->x, &l->w, &l->y,
                                                          strides, before, after);
    } else {
        status = dnnl_convolution_backward_weights_desc_init(&described, dnnl_convolution_direct, &l->x, &l->w, bias,
                                                             &l->y, strides, before, after);
    }
    return status != dnnl_success ? status : dnnl_primitive_desc_create(made, &described, NULL, engine, hint);
}

dnnl_status_t axf_reorder_make(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                               const dnnl_memory_desc_t *to)
{
    return dnnl_reorder_primitive_desc_create(made, from, engine, to, engine, NULL);
}

dnnl_status_t axf_primitive_layout(dnnl_memory_desc_t *layout, const_dnnl_primitive_desc_t primitive,
                                   dnnl_query_t which)
{
    const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(primitive, which, 0);
    if (found == NULL) {
        return dnnl_unimplemented;
    }
    *layout = *found;
    return dnnl_success;
}

#endif
