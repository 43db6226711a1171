/* The check as JSON, with every pair and every post that is named. */
#include "core/text.h"
#include "audit/audit.h"

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

static void put_post(const axf_check *check, int32_t i, axf_strbuf *out)
{
    const axf_record *post = &check->posts->items[i];
    axf_strbuf_puts(out, "{\"id\": ");
    axf_json_put_string(out, post->id);
    axf_strbuf_printf(out, ", \"split\": \"%s\", \"file\": ", axf_split_name(post->split));
    axf_json_put_string(out, post->file);
    axf_strbuf_printf(out, ", \"line\": %lld, \"labels\": ", (long long)post->line);
    put_labels_of(check->posts, post, out);
    axf_strbuf_putc(out, '}');
}

static void put_pairs(const axf_check *check, axf_strbuf *out)
{
    put_key(out, "  ", "pairs");
    axf_strbuf_putc(out, '[');
    for (int32_t i = 0; i < check->pair_count; i++) {
        const axf_check_pair *pair = &check->pairs[i];
        axf_strbuf_puts(out, i > 0 ? ",\n    {\"a\": " : "\n    {\"a\": ");
        put_post(check, pair->a, out);
        axf_strbuf_puts(out, ", \"b\": ");
        put_post(check, pair->b, out);
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
    axf_strbuf_puts(out, check->pair_count > 0 ? "\n  ],\n" : "],\n");
}

static void put_leakage(const axf_check *check, axf_strbuf *out)
{
    put_key(out, "  ", "leakage");
    axf_strbuf_printf(out, "{\"test_train\": %lld, \"val_train\": %lld, \"test_val\": %lld},\n",
                      (long long)check->leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN],
                      (long long)check->leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN],
                      (long long)check->leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL]);
    put_key(out, "  ", "repeats");
    put_splits(out, check->repeats);
    axf_strbuf_puts(out, ",\n");
}

static void put_images(const axf_check *check, axf_strbuf *out)
{
    static const char *const states[] = {"good", "none", "missing", "corrupt"};
    put_key(out, "  ", "images");
    if (check->images.item == NULL) {
        axf_strbuf_puts(out, "null,\n");
        return;
    }
    axf_strbuf_putc(out, '{');
    for (int state = 0; state < 4; state++) {
        axf_strbuf_printf(out, "\"%s\": %lld, ", states[state], (long long)check->picture[state]);
    }
    axf_strbuf_printf(out, "\"tiny\": %lld, \"posts\": [", (long long)check->tiny);
    int some = 0;
    for (int32_t i = 0; i < check->posts->count; i++) {
        const axf_picture *picture = &check->images.item[i];
        const int tiny = axf_check_is_tiny(check, i);
        if (picture->state == AXF_PICTURE_GOOD && !tiny) {
            continue;
        }
        axf_strbuf_puts(out, some++ ? ",\n    {\"post\": " : "\n    {\"post\": ");
        put_post(check, i, out);
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

static void put_texts(const axf_check *check, axf_strbuf *out)
{
    put_key(out, "  ", "texts");
    axf_strbuf_printf(out, "{\"empty\": %lld, \"missing_in_pandas\": %lld, \"posts\": [", (long long)check->empty,
                      (long long)check->missing_value);
    int some = 0;
    for (int32_t i = 0; i < check->posts->count; i++) {
        const axf_record *post = &check->posts->items[i];
        const int empty = axf_check_is_empty(post);
        if (empty || axf_check_is_missing_value(post->text, post->text_length)) {
            axf_strbuf_puts(out, some++ ? ",\n    {\"post\": " : "\n    {\"post\": ");
            put_post(check, i, out);
            axf_strbuf_printf(out, ", \"state\": \"%s\"}", empty ? "empty" : "missing_in_pandas");
        }
    }
    axf_strbuf_puts(out, some ? "\n  ]},\n" : "]},\n");
}

static void put_labels(const axf_check *check, axf_strbuf *out)
{
    const int32_t classes = check->posts->facts.classes > 0 ? check->posts->facts.classes : 0;
    put_key(out, "  ", "labels");
    axf_strbuf_putc(out, '[');
    for (int32_t k = 0; k <= classes; k++) {
        axf_strbuf_puts(out, k > 0 ? ",\n    {\"label\": " : "\n    {\"label\": ");
        if (k < classes) {
            axf_json_put_string(out, check->posts->facts.class_names[k]);
        } else {
            axf_strbuf_puts(out, "null");
        }
        axf_strbuf_puts(out, ", \"posts\": ");
        put_splits(out, check->labels + (ptrdiff_t)k * AXF_SPLITS);
        axf_strbuf_putc(out, '}');
    }
    axf_strbuf_puts(out, "\n  ],\n");
}

static void put_lengths(const axf_check_lengths *lengths, axf_strbuf *out)
{
    axf_strbuf_printf(out, "{\"least\": %d, \"median\": %d, \"p95\": %d, \"most\": %d, \"histogram\": [",
                      lengths->least, lengths->median, lengths->p95, lengths->most);
    for (int k = 0; k < AXF_CHECK_BINS; k++) {
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

void axf_check_json(const axf_check *check, const axf_check_tokens *tokens, axf_strbuf *out)
{
    const axf_check_settings *settings = &check->settings;
    axf_strbuf_printf(out, "{\n  \"posts\": %d,\n", check->posts->count);
    put_key(out, "  ", "splits");
    put_splits(out, check->split);
    axf_strbuf_puts(out, ",\n");
    put_key(out, "  ", "bounds");
    axf_strbuf_puts(out, "{\"jaccard\": ");
    axf_json_put_real(out, settings->text_near);
    axf_strbuf_printf(out, ", \"hamming\": %d, \"tiny_side\": %d},\n", settings->image_near, settings->tiny);
    put_leakage(check, out);
    put_pairs(check, out);
    put_images(check, out);
    put_texts(check, out);
    put_labels(check, out);
    put_key(out, "  ", "characters");
    put_lengths(&check->characters, out);
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
