#include "run/metrics_file.h"

#include "files/csv.h"
#include "metrics/metrics.h"
#include "run/scalars.h"

#include <stdio.h>

static void put_header(const axf_sums *sums, const axf_metrics_columns *columns, axf_strbuf *out)
{
    static const char *const kinds[] = {"precision", "recall", "f1", "support"};
    axf_strbuf_puts(out, "epoch,split,posts,loss");
    for (int32_t i = 0; i < sums->parts; i++) {
        axf_strbuf_printf(out, ",loss_%s", columns->loss_names[i]);
    }
    for (int i = 0; i < axf_metric_count(sums->tally.multi_label); i++) {
        axf_strbuf_printf(out, ",%s", axf_metric_names[i]);
    }
    for (int32_t k = 0; k < sums->tally.classes; k++) {
        for (int i = 0; i < 4; i++) {
            axf_strbuf name = {0};
            axf_strbuf_printf(&name, "%s_%s", kinds[i], columns->class_names != NULL ? columns->class_names[k] : "");
            axf_strbuf_putc(out, ',');
            axf_csv_field(out, axf_strbuf_text(&name));
            axf_strbuf_free(&name);
        }
    }
    axf_strbuf_puts(out, ",confusion\n");
}

static double value_of(const axf_metrics *metrics, int i)
{
    double value = 0;
    axf_metrics_value(metrics, axf_metric_names[i], &value);
    return value;
}

static void put_row(int32_t epoch, const char *split, const axf_sums *sums, const axf_metrics *metrics, axf_strbuf *out)
{
    axf_strbuf_printf(out, "%d,%s,%lld,%.9g", epoch + 1, split, (long long)sums->posts, axf_sums_loss(sums));
    for (int32_t i = 0; i < sums->parts; i++) {
        axf_strbuf_printf(out, ",%.9g", axf_sums_part(sums, i));
    }
    for (int i = 0; i < axf_metric_count(metrics->multi_label); i++) {
        axf_strbuf_printf(out, ",%.9g", value_of(metrics, i));
    }
    for (int32_t k = 0; k < metrics->classes; k++) {
        axf_strbuf_printf(out, ",%.9g,%.9g,%.9g,%lld", metrics->precision[k], metrics->recall[k], metrics->f1[k],
                          (long long)metrics->support[k]);
    }
    const int64_t row = metrics->multi_label ? 4 : metrics->classes; /* of the confusion matrix, or a label's counts */
    for (int64_t i = 0; i < axf_tally_size(&sums->tally); i++) {
        axf_strbuf_printf(out, "%s%lld", i == 0 ? "," : i % row == 0 ? ";" : " ", (long long)metrics->counts[i]);
    }
    axf_strbuf_putc(out, '\n');
}

static axf_status write_scalars(axf_run_folder *folder, int32_t epoch, const char *split, const axf_sums *sums,
                                const axf_metrics_columns *columns, const axf_metrics *metrics)
{
    AXF_TRY(axf_run_scalar(folder, epoch, split, "loss", axf_sums_loss(sums)));
    for (int32_t i = 0; i < sums->parts; i++) {
        char part[128];
        snprintf(part, sizeof part, "loss_%s", columns->loss_names[i]);
        AXF_TRY(axf_run_scalar(folder, epoch, split, part, axf_sums_part(sums, i)));
    }
    for (int i = 0; i < axf_metric_count(metrics->multi_label); i++) {
        AXF_TRY(axf_run_scalar(folder, epoch, split, axf_metric_names[i], value_of(metrics, i)));
    }
    return AXF_OK;
}

axf_status axf_run_metrics_write(axf_run_folder *folder, int32_t epoch, const char *split, const axf_sums *sums,
                                 const axf_metrics_columns *columns)
{
    axf_metrics metrics;
    axf_strbuf text = {0};
    axf_metrics_compute(&metrics, &sums->tally);
    if (axf_append_length(folder->metrics) == 0) {
        put_header(sums, columns, &text);
    }
    put_row(epoch, split, sums, &metrics, &text);
    axf_status status = axf_append_write(folder->metrics, text.data, text.length);
    axf_strbuf_free(&text);
    if (status == AXF_OK) {
        status = write_scalars(folder, epoch, split, sums, columns, &metrics);
    }
    axf_metrics_free(&metrics);
    return status;
}
