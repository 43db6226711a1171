#include "model/pairs.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

void axf_pairs_reserve(axf_pairs *pairs, int32_t count)
{
    if (count <= pairs->capacity) {
        return;
    }
    const size_t n = (size_t)count;
    pairs->text = axf_realloc(pairs->text, 3 * n * sizeof *pairs->text); /* the three lists in one piece */
    pairs->image = pairs->text + n;
    pairs->match = pairs->text + 2 * n;
    pairs->capacity = count;
    pairs->count = 0; /* what was there is not kept in its lists */
}

void axf_pairs_set(axf_pairs *pairs, int32_t count, const int32_t *text, const int32_t *image, const int32_t *match)
{
    const size_t size = (size_t)count * sizeof *text;
    axf_pairs_reserve(pairs, count);
    memcpy(pairs->text, text, size);
    memcpy(pairs->image, image, size);
    memcpy(pairs->match, match, size);
    pairs->count = count;
}

void axf_pairs_free(axf_pairs *pairs)
{
    free(pairs->text);
    *pairs = (axf_pairs){0};
}
