#include "features/kinds.h"

#include <stdlib.h>

const char *const axf_feature_names[AXF_FEATURE_KINDS] = {"rows", "first", "pooled"};

uint32_t axf_feature_bit(int kind)
{
    static const uint32_t bits[AXF_FEATURE_KINDS] = {AXF_WANT_ROWS, AXF_WANT_FIRST, AXF_WANT_POOLED};
    return bits[kind];
}

size_t axf_feature_values(const axf_image_facts *facts, int kind)
{
    const size_t width = (size_t)facts->width;
    switch (kind) {
    case AXF_FEATURE_ROWS:
        return (size_t)facts->rows * width;
    case AXF_FEATURE_FIRST:
        return width;
    default:
        return (size_t)facts->pooled_width;
    }
}

void axf_feature_set_free(axf_feature_set *set)
{
    for (int kind = 0; kind < AXF_FEATURE_KINDS; kind++) {
        axf_features_close(set->store[kind]);
        free(set->record[kind]);
    }
    *set = (axf_feature_set){0};
}
