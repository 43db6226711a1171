#include "cli/data_key.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/csv.h"
#include "files/root.h"
#include "images/second_path.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static void put_text(axf_strbuf *out, const char *text)
{
    axf_strbuf_putc(out, ',');
    axf_csv_field(out, text != NULL ? text : "");
}

static void put_labels(axf_strbuf *out, const axf_dataset_facts *facts, const axf_record *record)
{
    if (facts->target == AXF_TARGET_CLASS) {
        axf_strbuf_printf(out, ",%d", record->target);
        put_text(out, facts->class_names[record->target]);
        return;
    }
    for (int32_t k = 0; k < facts->classes; k++) {
        axf_strbuf_puts(out, record->labels != NULL && record->labels[k] ? ",1" : ",0");
    }
}

static void put_header(axf_strbuf *out, const axf_dataset_facts *facts)
{
    axf_strbuf_puts(out, facts->target == AXF_TARGET_CLASS ? "tweet_id,text,label,class" : "tweet_id,text");
    for (int32_t k = 0; facts->target == AXF_TARGET_LABELS && k < facts->classes; k++) {
        put_text(out, facts->class_names[k]);
    }
    axf_strbuf_puts(out, ",split,image");
    for (int32_t i = 0; i < facts->columns; i++) {
        put_text(out, facts->column[i].name);
    }
    axf_strbuf_putc(out, '\n');
}

void axf_key_text(const axf_posts *posts, axf_strbuf *out)
{
    const axf_dataset_facts *facts = &posts->facts;
    put_header(out, facts);
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        axf_csv_field(out, record->id);
        axf_strbuf_putc(out, ',');
        axf_csv_field_n(out, record->text, record->text_length);
        put_labels(out, facts, record);
        put_text(out, axf_split_name(record->split));
        put_text(out, record->image);
        for (int32_t c = 0; c < facts->columns; c++) {
            if (facts->column[c].type == AXF_COLUMN_TEXT) {
                put_text(out, record->word[c]);
            } else if (isfinite(record->real[c])) {
                axf_strbuf_printf(out, ",%.17g", record->real[c]);
            } else {
                axf_strbuf_putc(out, ',');
            }
        }
        axf_strbuf_putc(out, '\n');
    }
}

void axf_left_out_text(const axf_posts *posts, axf_strbuf *out)
{
    axf_strbuf_puts(out, "id,file,line,reason\n");
    for (int32_t i = 0; i < posts->left_out_count; i++) {
        const axf_left_out *left = &posts->left_out[i];
        axf_csv_field(out, left->id != NULL ? left->id : "");
        put_text(out, left->file);
        axf_strbuf_printf(out, ",%lld", (long long)left->line);
        put_text(out, posts->skips[left->reason].reason);
        axf_strbuf_putc(out, '\n');
    }
}

static int file_is_there(const char *root, const char *name)
{
    int fd;
    if (axf_open_below(root, name, &fd, NULL) != AXF_OK) {
        axf_error_clear();
        return 0;
    }
    close(fd);
    return 1;
}

/* Whether the image is there under its name, or under the second name that is tried when images are read. */
static int image_is_there(const axf_posts *posts, const axf_record *record)
{
    const char *root = posts->facts.image_root;
    if (root == NULL || record->image == NULL) {
        return 0;
    }
    if (file_is_there(root, record->image)) {
        return 1;
    }
    axf_path_text text;
    const char *second = axf_image_second_path(record->image, &text);
    return second != NULL && file_is_there(root, second);
}

static json_t *split_json(const axf_posts *posts, int32_t split)
{
    const axf_dataset_facts *facts = &posts->facts;
    int64_t *count = axf_alloc_zero((size_t)facts->classes + 1, sizeof *count), all = 0;
    axf_image_count images = {0};
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *record = &posts->items[i];
        if (record->split != split) {
            continue;
        }
        all++;
        for (int32_t k = 0; k < facts->classes; k++) {
            count[k] += record->labels != NULL ? record->labels[k] : record->target == k;
        }
        *(image_is_there(posts, record) ? &images.present : &images.missing) += 1;
    }
    json_t *classes = json_object();
    for (int32_t k = 0; k < facts->classes; k++) {
        json_object_set_new(classes, facts->class_names[k], json_integer(count[k]));
    }
    free(count);
    return json_pack("{s:I, s:o, s:{s:I, s:I}}", "posts", (json_int_t)all, "classes", classes, "images", "present",
                     (json_int_t)images.present, "missing", (json_int_t)images.missing);
}

json_t *axf_key_splits(const axf_posts *posts)
{
    json_t *splits = json_object();
    for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
        json_object_set_new(splits, axf_split_name(split), split_json(posts, split));
    }
    return splits;
}

json_t *axf_key_reasons(const axf_posts *posts)
{
    json_t *reasons = json_array();
    for (int32_t i = 0; i < posts->skip_count; i++) {
        json_array_append_new(reasons, json_pack("{s:s, s:I, s:s}", "reason", posts->skips[i].reason, "count",
                                                 (json_int_t)posts->skips[i].count, "first", posts->skips[i].first));
    }
    return reasons;
}
