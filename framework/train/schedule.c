#include "train/schedule.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double axf_schedule_factor(const axf_settings_train *train, int64_t step, int64_t total_steps)
{
    const double total = (double)(total_steps > 0 ? total_steps : 1);
    const double at = (double)step, warm = floor(train->warmup * total);
    if (at < warm) {
        return (at + 1) / warm;
    }
    const double done = total > warm ? (at - warm) / (total - warm) : 0;
    switch (train->schedule) {
    case AXF_SCHEDULE_LINEAR:
        return 1 - done;
    case AXF_SCHEDULE_COSINE:
        return 0.5 * (1 + cos(pi * done));
    default:
        return 1;
    }
}
