#include "audit/audit_json.h"

#include "core/text.h"

#include <limits.h>
#include <string.h>

static const char *const likenesses[] = {"null", "\"near\"", "\"equal\""};

static void put_key(axf_strbuf *out, const char *indent, const char *key)
{
    axf_strbuf_printf(out, "%s\"%s\": ", indent, key);
}

static void put_splits(axf_strbuf *out, const int64_t count[AXF_SPLITS])
{
    axf_strbuf_printf(out, "{\"train\": %lld, \"val\": %lld, \"test\": %lld}", (long long)count[AXF_SPLIT_TRAIN],
                      (long long)count[AXF_SPLIT_VAL], (long long)count[AXF_SPLIT_TEST]);
}

static void put_labels_of(const axf_posts *posts, const axf_record *post, axf_strbuf *out)
{
    int some = 0;
    axf_strbuf_putc(out, '[');
    for (int32_t k = 0; k < posts->facts.classes; k++) {
        if (post->labels != NULL ? post->labels[k] != 0 : post->target == k) {
            axf_strbuf_puts(out, some++ ? ", " : "");
            axf_json_put_string(out, posts->facts.class_names[k]);
        }
    }
    axf_strbuf_putc(out, ']');
}

static void put_post(const axf_audit *audit, int32_t i, axf_strbuf *out)
{
    const axf_record *post = &audit->posts->items[i];
    axf_strbuf_puts(out, "{\"id\": ");
    axf_json_put_string(out, post->id);
    axf_strbuf_printf(out, ", \"split\": \"%s\", \"file\": ", axf_split_name(post->split));
    axf_json_put_string(out, post->file);
    axf_strbuf_printf(out, ", \"line\": %lld, \"labels\": ", (long long)post->line);
    put_labels_of(audit->posts, post, out);
    axf_strbuf_putc(out, '}');
}

static void put_pairs(const axf_audit *audit, axf_strbuf *out)
{
    put_key(out, "  ", "pairs");
    axf_strbuf_putc(out, '[');
    for (int32_t i = 0; i < audit->pair_count; i++) {
        const axf_audit_pair *pair = &audit->pairs[i];
        axf_strbuf_puts(out, i > 0 ? ",\n    {\"a\": " : "\n    {\"a\": ");
        put_post(audit, pair->a, out);
        axf_strbuf_puts(out, ", \"b\": ");
        put_post(audit, pair->b, out);
        axf_strbuf_printf(out, ", \"leak\": %s, \"text\": %s, \"jaccard\": ", pair->leak ? "true" : "false",
                          likenesses[pair->text]);
        axf_json_put_real(out, pair->jaccard);
        axf_strbuf_printf(out, ", \"image\": %s, \"hamming\": ", likenesses[pair->image]);
        if (pair->hamming < 64) {
            axf_strbuf_printf(out, "%d", pair->hamming);
        } else {
            axf_strbuf_puts(out, "null");
        }
        axf_strbuf_printf(out, ", \"labels_differ\": %s}", pair->labels_differ ? "true" : "false");
    }
    axf_strbuf_puts(out, audit->pair_count > 0 ? "\n  ],\n" : "],\n");
}

static void put_leakage(const axf_audit *audit, axf_strbuf *out)
{
    put_key(out, "  ", "leakage");
    axf_strbuf_printf(out, "{\"test_train\": %lld, \"val_train\": %lld, \"test_val\": %lld},\n",
                      (long long)audit->leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN],
                      (long long)audit->leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN],
                      (long long)audit->leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL]);
    put_key(out, "  ", "repeats");
    put_splits(out, audit->repeats);
    axf_strbuf_puts(out, ",\n");
}

static void put_images(const axf_audit *audit, axf_strbuf *out)
{
    static const char *const states[] = {"good", "none", "missing", "corrupt"};
    put_key(out, "  ", "images");
    if (audit->images.item == NULL) {
        axf_strbuf_puts(out, "null,\n");
        return;
    }
    axf_strbuf_putc(out, '{');
    for (int state = 0; state < 4; state++) {
        axf_strbuf_printf(out, "\"%s\": %lld, ", states[state], (long long)audit->picture[state]);
    }
    axf_strbuf_printf(out, "\"tiny\": %lld, \"posts\": [", (long long)audit->tiny);
    int some = 0;
    for (int32_t i = 0; i < audit->posts->count; i++) {
        const axf_picture *picture = &audit->images.item[i];
        const int tiny = axf_audit_is_tiny(audit, i);
        if (picture->state == AXF_PICTURE_GOOD && !tiny) {
            continue;
        }
        axf_strbuf_puts(out, some++ ? ",\n    {\"post\": " : "\n    {\"post\": ");
        put_post(audit, i, out);
        axf_strbuf_printf(out, ", \"state\": \"%s\"", tiny ? "tiny" : states[picture->state]);
        if (tiny) {
            axf_strbuf_printf(out, ", \"height\": %d, \"width\": %d", picture->height, picture->width);
        } else if (picture->message != NULL) {
            axf_strbuf_puts(out, ", \"message\": ");
            axf_json_put_string(out, picture->message);
        }
        axf_strbuf_putc(out, '}');
    }
    axf_strbuf_puts(out, some ? "\n  ]},\n" : "]},\n");
}

static void put_texts(const axf_audit *audit, axf_strbuf *out)
{
    put_key(out, "  ", "texts");
    axf_strbuf_printf(out, "{\"empty\": %lld, \"missing_in_pandas\": %lld, \"posts\": [", (long long)audit->empty,
                      (long long)audit->missing_value);
    int some = 0;
    for (int32_t i = 0; i < audit->posts->count; i++) {
        const axf_record *post = &audit->posts->items[i];
        const int empty = axf_audit_is_empty(post);
        if (empty || axf_audit_is_missing_value(post->text, post->text_length)) {
            axf_strbuf_puts(out, some++ ? ",\n    {\"post\": " : "\n    {\"post\": ");
            put_post(audit, i, out);
            axf_strbuf_printf(out, ", \"state\": \"%s\"}", empty ? "empty" : "missing_in_pandas");
        }
    }
    axf_strbuf_puts(out, some ? "\n  ]},\n" : "]},\n");
}

static void put_labels(const axf_audit *audit, axf_strbuf *out)
{
    const int32_t classes = audit->posts->facts.classes > 0 ? audit->posts->facts.classes : 0;
    put_key(out, "  ", "labels");
    axf_strbuf_putc(out, '[');
    for (int32_t k = 0; k <= classes; k++) {
        axf_strbuf_puts(out, k > 0 ? ",\n    {\"label\": " : "\n    {\"label\": ");
        if (k < classes) {
            axf_json_put_string(out, audit->posts->facts.class_names[k]);
        } else {
            axf_strbuf_puts(out, "null");
        }
        axf_strbuf_puts(out, ", \"posts\": ");
        put_splits(out, audit->labels + (ptrdiff_t)k * AXF_SPLITS);
        axf_strbuf_putc(out, '}');
    }
    axf_strbuf_puts(out, "\n  ],\n");
}

static void put_lengths(const axf_audit_lengths *lengths, axf_strbuf *out)
{
    axf_strbuf_printf(out, "{\"least\": %d, \"median\": %d, \"p95\": %d, \"most\": %d, \"histogram\": [",
                      lengths->least, lengths->median, lengths->p95, lengths->most);
    for (int k = 0; k < AXF_AUDIT_BINS; k++) {
        axf_strbuf_printf(out, "%s{\"below\": ", k > 0 ? ", " : "");
        if (lengths->bound[k] == INT32_MAX) {
            axf_strbuf_puts(out, "null");
        } else {
            axf_strbuf_printf(out, "%d", lengths->bound[k]);
        }
        axf_strbuf_printf(out, ", \"texts\": %lld}", (long long)lengths->count[k]);
    }
    axf_strbuf_puts(out, "]");
}

void axf_audit_json(const axf_audit *audit, const axf_audit_tokens *tokens, axf_strbuf *out)
{
    const axf_audit_settings *settings = &audit->settings;
    axf_strbuf_printf(out, "{\n  \"posts\": %d,\n", audit->posts->count);
    put_key(out, "  ", "splits");
    put_splits(out, audit->split);
    axf_strbuf_puts(out, ",\n");
    put_key(out, "  ", "bounds");
    axf_strbuf_puts(out, "{\"jaccard\": ");
    axf_json_put_real(out, settings->text_near);
    axf_strbuf_printf(out, ", \"hamming\": %d, \"tiny_side\": %d},\n", settings->image_near, settings->tiny);
    put_leakage(audit, out);
    put_pairs(audit, out);
    put_images(audit, out);
    put_texts(audit, out);
    put_labels(audit, out);
    put_key(out, "  ", "characters");
    put_lengths(&audit->characters, out);
    axf_strbuf_puts(out, "},\n");
    put_key(out, "  ", "tokens");
    if (tokens->encoder != NULL) {
        put_lengths(&tokens->lengths, out);
        axf_strbuf_puts(out, ", \"encoder\": ");
        axf_json_put_string(out, tokens->encoder);
        axf_strbuf_printf(out, ", \"max_length\": %d, \"full\": %lld}\n}\n", tokens->max_length,
                          (long long)tokens->full);
    } else {
        axf_strbuf_puts(out, "null\n}\n");
    }
}
