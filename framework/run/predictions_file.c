#include "run/predictions_file.h"

#include "files/csv.h"
#include "metrics/metrics.h"

#include <stddef.h>
#include <stdio.h>

static void put_columns(axf_strbuf *out, const char *name, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        axf_strbuf_printf(out, ",%s_%d", name, k);
    }
}

static void put_header(axf_strbuf *out, int32_t classes, int several)
{
    axf_strbuf_puts(out, several ? "id" : "id,target,prediction");
    if (several) {
        put_columns(out, "target", classes);
        put_columns(out, "prediction", classes);
    }
    put_columns(out, "logit", classes);
    axf_strbuf_putc(out, '\n');
}

static void put_post(axf_strbuf *out, const axf_record *record, const float *logits, int32_t classes, int several)
{
    axf_csv_field(out, record->id);
    if (several) {
        for (int32_t k = 0; k < classes; k++) {
            axf_strbuf_printf(out, ",%d", record->labels[k] != 0);
        }
        for (int32_t k = 0; k < classes; k++) {
            axf_strbuf_printf(out, ",%d", axf_label_predicted(logits[k]));
        }
    } else {
        axf_strbuf_printf(out, ",%d,%d", record->target, axf_argmax(logits, classes));
    }
    for (int32_t k = 0; k < classes; k++) {
        axf_strbuf_printf(out, ",%.9g", (double)logits[k]);
    }
    axf_strbuf_putc(out, '\n');
}

axf_status axf_run_predictions_write(const axf_run_folder *folder, int32_t split, const axf_posts *posts,
                                     const int32_t *order, int32_t count, const float *logits)
{
    const int32_t classes = posts->facts.classes;
    const int several = posts->facts.target == AXF_TARGET_LABELS;
    axf_strbuf text = {0};
    put_header(&text, classes, several);
    for (int32_t i = 0; i < count; i++) {
        put_post(&text, &posts->items[order[i]], logits + (ptrdiff_t)i * classes, classes, several);
    }
    char name[64];
    snprintf(name, sizeof name, "predictions-%s.csv", axf_split_name(split));
    const axf_status status = axf_run_folder_write(folder, name, &text);
    axf_strbuf_free(&text);
    return status;
}
