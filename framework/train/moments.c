#include "train/moments.h"

#include "tensor/shape.h"

#include <stdlib.h>

enum { FIRST_ROWS = 1024 }; /* places of a table at first; then half as many more each time */

static size_t bytes_of(const axf_tensor *tensor)
{
    return (size_t)axf_tensor_elements(tensor) * axf_dtype_size(tensor->dtype);
}

/* A tensor of the same shape as `like`, all zero. */
static axf_status make_zero(const axf_params *params, const axf_tensor *like, axf_tensor *tensor)
{
    *tensor = *like;
    tensor->data = NULL;
    tensor->wants_gradient = 0;
    const size_t bytes = bytes_of(tensor);
    AXF_TRY(params->backend->allocate(params->backend_self, bytes, &tensor->data));
    return params->backend->zero(params->backend_self, tensor->data, bytes);
}

static void release(const axf_params *params, axf_tensor *tensor)
{
    if (tensor->data != NULL) {
        params->backend->release(params->backend_self, tensor->data, bytes_of(tensor));
        tensor->data = NULL;
    }
}

axf_status axf_moments_make(axf_moments *moments, const axf_param *param)
{
    if (moments->m.data == NULL) {
        AXF_TRY(make_zero(param->owner, &param->tensor, &moments->m));
        AXF_TRY(make_zero(param->owner, &param->tensor, &moments->v));
    }
    return AXF_OK;
}

/* Moments with `capacity` rows, the old ones in front. */
static axf_status enlarge(const axf_param *param, int64_t capacity, axf_tensor *tensor)
{
    const axf_params *params = param->owner;
    axf_tensor like = param->tensor, larger;
    like.shape[0] = capacity;
    AXF_TRY(make_zero(params, &like, &larger));
    if (tensor->data != NULL) {
        AXF_TRY(params->backend->copy(params->backend_self, larger.data, tensor->data, bytes_of(tensor)));
        release(params, tensor);
    }
    *tensor = larger;
    return AXF_OK;
}

/* Room for `count` rows. It grows by half, so that a run moves the moments of a table only a few times. */
static axf_status grow(axf_moments *moments, const axf_param *param, int32_t count)
{
    const int64_t vocabulary = param->tensor.shape[0];
    if (moments->place_of_row == NULL) {
        moments->place_of_row = axf_alloc((size_t)vocabulary * sizeof *moments->place_of_row);
        for (int64_t i = 0; i < vocabulary; i++) {
            moments->place_of_row[i] = -1;
        }
    }
    if (count <= moments->capacity) {
        return AXF_OK;
    }
    int64_t capacity = moments->capacity > 0 ? moments->capacity : FIRST_ROWS;
    while (capacity < count) {
        capacity += capacity / 2;
    }
    capacity = capacity < vocabulary ? capacity : vocabulary;
    AXF_TRY(enlarge(param, capacity, &moments->m));
    AXF_TRY(enlarge(param, capacity, &moments->v));
    moments->ids = axf_realloc(moments->ids, (size_t)capacity * sizeof *moments->ids);
    moments->capacity = (int32_t)capacity;
    return AXF_OK;
}

axf_status axf_moments_take_rows(axf_moments *moments, const axf_param *param, const int32_t *ids, int32_t count)
{
    AXF_TRY(grow(moments, param, moments->count + count));
    for (int32_t i = 0; i < count; i++) {
        if (moments->place_of_row[ids[i]] < 0) {
            moments->place_of_row[ids[i]] = moments->count;
            moments->ids[moments->count++] = ids[i];
        }
    }
    return AXF_OK;
}

void axf_moments_free(axf_moments *moments, const axf_param *param)
{
    release(param->owner, &moments->m);
    release(param->owner, &moments->v);
    free(moments->place_of_row);
    free(moments->ids);
    *moments = (axf_moments){0};
}
