#include "metrics/sums.h"

#include <stddef.h>

void axf_sums_init(axf_sums *sums, int32_t classes, int32_t multi_label, int32_t parts)
{
    *sums = (axf_sums){.parts = parts};
    axf_tally_init(&sums->tally, classes, multi_label);
}

void axf_sums_clear(axf_sums *sums)
{
    axf_tally_clear(&sums->tally);
    *sums = (axf_sums){.parts = sums->parts, .tally = sums->tally};
}

void axf_sums_free(axf_sums *sums)
{
    axf_tally_free(&sums->tally);
    *sums = (axf_sums){0};
}

void axf_sums_add(axf_sums *sums, const axf_sums_pass *pass)
{
    sums->posts += pass->posts;
    sums->loss += pass->loss * pass->share;
    sums->shares += pass->share;
    for (int32_t i = 0; i < sums->parts; i++) {
        sums->part[i] += pass->part[i];
        sums->weight[i] += pass->weight[i];
    }
    const int32_t classes = sums->tally.classes;
    for (int32_t post = 0; post < pass->posts; post++) {
        const float *logits = pass->logits + (ptrdiff_t)post * classes;
        if (pass->labels != NULL) {
            axf_tally_labels(&sums->tally, pass->labels + (ptrdiff_t)post * classes, logits);
        } else if (pass->targets != NULL) {
            axf_tally_class(&sums->tally, pass->targets[post], axf_argmax(logits, classes));
        }
    }
}

double axf_sums_loss(const axf_sums *sums)
{
    return sums->shares > 0 ? sums->loss / sums->shares : 0;
}

double axf_sums_part(const axf_sums *sums, int32_t i)
{
    return sums->weight[i] > 0 ? sums->part[i] / sums->weight[i] : 0;
}
