/* A table of posts: its rows in every dialect, and as a data set in both forms. */
#include "fuzz.h"

#include "common/datasets/csv_rows.h"
#include "common/datasets/table.h"

static axf_status row(void *context, const axf_csv_row *given)
{
    size_t *bytes = context;
    for (int32_t i = 0; i < given->count; i++) {
        fuzz_expect(given->field[i][given->length[i]] == 0, "a field without its end");
        *bytes += strlen(given->field[i]);
    }
    return AXF_OK;
}

static axf_status post(void *context, const axf_post *given)
{
    size_t *bytes = context;
    *bytes += strlen(given->id) + (given->text != NULL ? strlen(given->text) : 0);
    return AXF_OK;
}

static void skip(void *context, const char *file, int64_t line, const char *id, const char *reason)
{
    (void)context, (void)file, (void)line, (void)id, (void)reason;
}

static void read_table(const axf_host *host, const char *file, const char *text)
{
    size_t bytes = 0;
    const axf_post_sink sink = {.struct_size = sizeof sink, .context = &bytes, .post = post, .skip = skip};
    axf_table table = {.file = file,
                       .id = "id",
                       .text = text,
                       .label = "label",
                       .split = "split",
                       .image = "image",
                       .image_root = "images",
                       .label_optional = 1};
    axf_dataset_facts facts = {.struct_size = sizeof facts};
    (void)axf_table_read(host, &table, &sink, &facts);
    table.label_separator = "|";
    table.id = NULL;
    facts = (axf_dataset_facts){.struct_size = sizeof facts};
    (void)axf_table_read(host, &table, &sink, &facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_host own;
    size_t bytes = 0;
    fuzz_begin(4 << 20, 1024, size);
    fuzz_host_open(&own, data, size);
    for (int dialect = AXF_CSV_STANDARD; dialect <= AXF_CSV_PYTHON; dialect++) {
        (void)axf_csv_read(&own.host, "posts.csv", dialect, row, row, &bytes);
    }
    read_table(&own.host, "posts.csv", "text|tweet");
    read_table(&own.host, "posts.jsonl", "text");
    fuzz_host_close(&own);
    fuzz_end();
    return 0;
}
