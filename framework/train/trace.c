#include "train/trace.h"

#include "core/text.h"
#include "files/path.h"
#include "tensor/param_values.h"
#include "weights/safetensors_write.h"

#include <stdlib.h>
#include <string.h>

static axf_status write_initial(axf_trainer *trainer, const char *path)
{
    const axf_params *params = &trainer->bench.model.params;
    axf_safetensors_item *items = axf_alloc((size_t)params->count * sizeof *items);
    for (int32_t i = 0; i < params->count; i++) {
        const axf_tensor *tensor = &params->items[i]->tensor;
        items[i] = (axf_safetensors_item){params->items[i]->name, AXF_STORED_F32, tensor->ndim, tensor->shape};
    }
    const axf_safetensors_pair pair = {"format", "pt"};
    axf_safetensors_writer *writer;
    axf_status status = axf_safetensors_create(path, &pair, 1, items, (size_t)params->count, &writer);
    free(items);
    AXF_TRY(status);
    for (int32_t i = 0; i < params->count && status == AXF_OK; i++) {
        const size_t count = (size_t)axf_param_elements(params->items[i]);
        float *values = axf_alloc(count * sizeof *values);
        status = axf_param_get(params->items[i], values);
        if (status == AXF_OK) {
            status = axf_safetensors_put(writer, values, count * sizeof *values);
        }
        free(values);
    }
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

axf_status axf_trace_begin(axf_trainer *trainer)
{
    axf_pairs_reserve(&trainer->pairs, (int32_t)trainer->bench.experiment.train.batch);
    AXF_TRY(axf_folder_make(trainer->settings.trace));
    char *initial = axf_path_join(trainer->settings.trace, "initial.safetensors");
    char *steps = axf_path_join(trainer->settings.trace, "trace.jsonl");
    axf_status status = write_initial(trainer, initial);
    if (status == AXF_OK) {
        status = axf_append_open(steps, &trainer->trace);
    }
    if (status == AXF_OK) {
        status = axf_append_truncate(trainer->trace, 0);
    }
    free(initial);
    free(steps);
    return status;
}

static void put_list(axf_strbuf *line, const int32_t *values, int32_t count)
{
    axf_strbuf_putc(line, '[');
    for (int32_t i = 0; i < count; i++) {
        axf_strbuf_printf(line, "%s%d", i > 0 ? "," : "", values[i]);
    }
    axf_strbuf_putc(line, ']');
}

axf_status axf_trace_step(axf_trainer *trainer, const axf_batch *batch, const axf_outputs *outputs,
                          const axf_pass_values *values)
{
    axf_strbuf line = {0};
    axf_strbuf_printf(&line, "{\"step\":%lld,\"posts\":[", (long long)batch->step);
    for (int32_t b = 0; b < batch->posts; b++) {
        axf_strbuf_puts(&line, b > 0 ? "," : "");
        axf_json_put_string(&line, batch->ids[b]);
    }
    axf_strbuf_puts(&line, "],\"tokens\":[");
    for (int32_t b = 0; batch->token_offset != NULL && b < batch->posts; b++) {
        axf_strbuf_puts(&line, b > 0 ? "," : "");
        put_list(&line, batch->token_ids + batch->token_offset[b], batch->token_offset[b + 1] - batch->token_offset[b]);
    }
    const axf_pairs *pairs = outputs->pairs;
    axf_strbuf_puts(&line, "],\"pairs\":[");
    for (int32_t i = 0; pairs != NULL && i < pairs->count; i++) {
        axf_strbuf_printf(&line, "%s[%d,%d]", i > 0 ? "," : "", pairs->text[i], pairs->image[i]);
    }
    axf_strbuf_puts(&line, "],\"match\":");
    put_list(&line, pairs != NULL ? pairs->match : NULL, pairs != NULL ? pairs->count : 0);
    axf_strbuf_printf(&line, ",\"loss\":%.17g,\"parts\":{", values->loss);
    for (int32_t i = 0; i < trainer->bench.model.loss_count; i++) {
        axf_strbuf_printf(&line, "%s\"%s\":%.17g", i > 0 ? "," : "", trainer->bench.model.loss[i].name,
                          values->part[i] / outputs->weight[i]);
    }
    axf_strbuf_puts(&line, "}}\n");
    const axf_status status = axf_append_write(trainer->trace, line.data, line.length);
    axf_strbuf_free(&line);
    return status;
}
