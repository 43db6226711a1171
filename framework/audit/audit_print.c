#include "audit/audit_print.h"

#include "core/text.h"
#include "core/utf8.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_TEXT = 60, SHOWN_LISTED = 8 };

static void put_text(axf_strbuf *out, const char *text, size_t most)
{
    const size_t whole = strlen(text), length = axf_utf8_floor(text, whole < most ? whole : most);
    axf_terminal_put(out, text, length);
    axf_strbuf_puts(out, text[length] != '\0' ? "…" : "");
}

static void put_label(const axf_posts *posts, const axf_record *post, axf_strbuf *out)
{
    int some = 0;
    for (int32_t k = 0; k < posts->facts.classes; k++) {
        if (post->labels != NULL ? post->labels[k] != 0 : post->target == k) {
            axf_strbuf_puts(out, some++ ? "+" : "");
            put_text(out, posts->facts.class_names[k], 40);
        }
    }
    axf_strbuf_puts(out, some ? "" : "none");
}

static void put_likeness(const axf_audit_pair *pair, axf_strbuf *out)
{
    if (pair->text == AXF_SIMILAR_EQUAL) {
        axf_strbuf_puts(out, "same text");
    } else if (pair->text == AXF_SIMILAR_NEAR) {
        axf_strbuf_printf(out, "near text (%.2f)", pair->jaccard);
    }
    axf_strbuf_puts(out, pair->text && pair->image ? ", " : "");
    if (pair->image == AXF_SIMILAR_EQUAL) {
        axf_strbuf_puts(out, "same image file");
    } else if (pair->image == AXF_SIMILAR_NEAR) {
        axf_strbuf_printf(out, "near image (%d of 64 bits)", pair->hamming);
    }
}

static void put_post(const axf_record *post, axf_strbuf *out)
{
    axf_strbuf_printf(out, "%s ", axf_split_name(post->split));
    put_text(out, post->id, 40);
}

static void put_pair(const axf_audit *audit, const axf_audit_pair *pair, axf_strbuf *out)
{
    const axf_record *a = &audit->posts->items[pair->a], *b = &audit->posts->items[pair->b];
    axf_strbuf_puts(out, "  ");
    put_post(a, out);
    axf_strbuf_puts(out, " ~ ");
    put_post(b, out);
    axf_strbuf_puts(out, ": ");
    put_likeness(pair, out);
    if (pair->labels_differ) {
        axf_strbuf_puts(out, "; labels ");
        put_label(audit->posts, a, out);
        axf_strbuf_puts(out, " / ");
        put_label(audit->posts, b, out);
    }
    axf_strbuf_puts(out, ": ");
    put_text(out, a->text, SHOWN_TEXT);
    axf_strbuf_putc(out, '\n');
}

static void put_counts(const axf_audit *audit, axf_strbuf *out)
{
    axf_strbuf_printf(out, "%d posts: %lld train, %lld val, %lld test\n", audit->posts->count,
                      (long long)audit->split[AXF_SPLIT_TRAIN], (long long)audit->split[AXF_SPLIT_VAL],
                      (long long)audit->split[AXF_SPLIT_TEST]);
    for (int32_t i = 0; i < audit->posts->skip_count; i++) {
        const axf_skip_reason *skip = &audit->posts->skips[i];
        axf_strbuf_printf(out, "  %lld left out: ", (long long)skip->count);
        put_text(out, skip->reason, 200);
        axf_strbuf_puts(out, ", first ");
        put_text(out, skip->first, 200);
        axf_strbuf_putc(out, '\n');
    }
}

static void put_pairs(const axf_audit *audit, int32_t most, axf_strbuf *out)
{
    const int64_t(*leaks)[AXF_SPLITS] = audit->leaks;
    axf_strbuf_printf(out,
                      "\nleakage: %s%lld test posts are like a train post, %lld val posts like a train post, %lld test "
                      "posts like a val post\n",
                      axf_audit_leaking(audit) > 0 ? "" : "none: ", (long long)leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN],
                      (long long)leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN],
                      (long long)leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL]);
    axf_strbuf_printf(out, "repeats within a split: %lld pairs in train, %lld in val, %lld in test\n",
                      (long long)audit->repeats[AXF_SPLIT_TRAIN], (long long)audit->repeats[AXF_SPLIT_VAL],
                      (long long)audit->repeats[AXF_SPLIT_TEST]);
    for (int32_t i = 0; i < audit->pair_count && i < most; i++) {
        put_pair(audit, &audit->pairs[i], out);
    }
    if (audit->pair_count > most) {
        axf_strbuf_printf(out, "  … and %d more pairs (--show N, or --json for all)\n", audit->pair_count - most);
    }
    axf_strbuf_printf(out,
                      "  (near: texts with a Jaccard index of at least %g, image hashes with at most %d of 64 bits "
                      "apart)\n",
                      audit->settings.text_near, audit->settings.image_near);
}

/* Appends the ids of the posts for which `holds` is true. */
static void put_listed(const axf_audit *audit, const char *what, int (*holds)(const axf_audit *, int32_t),
                       axf_strbuf *out)
{
    int32_t all = 0;
    for (int32_t i = 0; i < audit->posts->count; i++) {
        if (holds(audit, i) && all++ < SHOWN_LISTED) {
            axf_strbuf_printf(out, "%s%s%s", all == 1 ? "  " : ", ", all == 1 ? what : "", all == 1 ? ": " : "");
            put_post(&audit->posts->items[i], out);
        }
    }
    if (all > 0) {
        axf_strbuf_puts(out, all > SHOWN_LISTED ? ", …\n" : "\n");
    }
}

static int is_missing(const axf_audit *audit, int32_t i)
{
    return audit->images.item[i].state == AXF_PICTURE_MISSING;
}

static int is_corrupt(const axf_audit *audit, int32_t i)
{
    return audit->images.item[i].state == AXF_PICTURE_CORRUPT;
}

static int is_empty(const axf_audit *audit, int32_t i)
{
    return axf_audit_is_empty(&audit->posts->items[i]);
}

static int is_missing_value(const axf_audit *audit, int32_t i)
{
    const axf_record *post = &audit->posts->items[i];
    return !axf_audit_is_empty(post) && axf_audit_is_missing_value(post->text, post->text_length);
}

static void put_images(const axf_audit *audit, axf_strbuf *out)
{
    if (audit->images.item == NULL) {
        axf_strbuf_puts(out, "\nimages: not looked at\n");
        return;
    }
    axf_strbuf_printf(out,
                      "\nimages: %lld good, %lld posts without one, %lld missing, %lld corrupt, %lld tiny (a side "
                      "below %d pixels)\n",
                      (long long)audit->picture[AXF_PICTURE_GOOD], (long long)audit->picture[AXF_PICTURE_NONE],
                      (long long)audit->picture[AXF_PICTURE_MISSING], (long long)audit->picture[AXF_PICTURE_CORRUPT],
                      (long long)audit->tiny, audit->settings.tiny);
    put_listed(audit, "corrupt", is_corrupt, out);
    put_listed(audit, "missing", is_missing, out);
    put_listed(audit, "tiny", axf_audit_is_tiny, out);
}

static void put_histogram(const char *title, const axf_audit_lengths *lengths, axf_strbuf *out)
{
    int64_t highest = 1;
    axf_strbuf_printf(out, "%s: %d to %d, median %d, 95 %% at most %d\n", title, lengths->least, lengths->most,
                      lengths->median, lengths->p95);
    for (int k = 0; k < AXF_AUDIT_BINS; k++) {
        highest = lengths->count[k] > highest ? lengths->count[k] : highest;
    }
    for (int k = 0; k < AXF_AUDIT_BINS; k++) {
        char range[32];
        if (lengths->count[k] == 0) {
            continue;
        }
        const int32_t from = k > 0 ? lengths->bound[k - 1] : 0;
        if (lengths->bound[k] == INT32_MAX) {
            snprintf(range, sizeof range, "%d and more", from);
        } else if (lengths->bound[k] == from + 1) {
            snprintf(range, sizeof range, "%d", from);
        } else {
            snprintf(range, sizeof range, "%d–%d", from, lengths->bound[k] - 1);
        }
        axf_strbuf_printf(out, "  %12s %7lld ", range, (long long)lengths->count[k]);
        for (int64_t bar = 0; bar < lengths->count[k] * 40 / highest; bar++) {
            axf_strbuf_putc(out, '#');
        }
        axf_strbuf_putc(out, '\n');
    }
}

static void put_labels(const axf_audit *audit, axf_strbuf *out)
{
    const int32_t classes = audit->posts->facts.classes > 0 ? audit->posts->facts.classes : 0;
    axf_strbuf_puts(out, "\nlabels:");
    for (int32_t k = 0; k <= classes; k++) {
        const int64_t *count = audit->labels + (ptrdiff_t)k * AXF_SPLITS;
        if (k == classes && count[AXF_SPLIT_TRAIN] + count[AXF_SPLIT_VAL] + count[AXF_SPLIT_TEST] == 0) {
            break;
        }
        axf_strbuf_puts(out, "\n  ");
        put_text(out, k < classes ? audit->posts->facts.class_names[k] : "none", 40);
        axf_strbuf_putc(out, ':');
        for (int split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
            const double all = (double)audit->split[split];
            axf_strbuf_printf(out, "%s %s %lld (%.1f %%)", split > AXF_SPLIT_TRAIN ? "," : "", axf_split_name(split),
                              (long long)count[split], all > 0 ? 100 * (double)count[split] / all : 0);
        }
    }
    axf_strbuf_putc(out, '\n');
}

void axf_audit_print(const axf_audit *audit, const axf_audit_tokens *tokens, int32_t most, axf_strbuf *out)
{
    put_counts(audit, out);
    put_pairs(audit, most, out);
    put_images(audit, out);
    axf_strbuf_printf(out, "\ntexts: %lld empty, %lld that pandas would read as missing\n", (long long)audit->empty,
                      (long long)audit->missing_value);
    put_listed(audit, "empty", is_empty, out);
    put_listed(audit, "read as missing", is_missing_value, out);
    put_labels(audit, out);
    axf_strbuf_putc(out, '\n');
    put_histogram("characters of a text", &audit->characters, out);
    if (tokens->encoder != NULL) {
        char title[128];
        snprintf(title, sizeof title, "tokens of %s (%lld texts fill its %d)", tokens->encoder, (long long)tokens->full,
                 tokens->max_length);
        put_histogram(title, &tokens->lengths, out);
    }
}
