#include "run/missing_report.h"

#include "core/log.h"
#include "core/strbuf.h"

#include <jansson.h>
#include <stdlib.h>

/* of_label: [classes]; a post with several labels counts for each. */
static int64_t count_blanks(const axf_posts *posts, int32_t split, int64_t *all, int64_t *of_label)
{
    int64_t blanks = 0;
    *all = 0;
    for (int32_t k = 0; k < posts->facts.classes; k++) {
        of_label[k] = 0;
    }
    for (int32_t i = 0; i < posts->count; i++) {
        const axf_record *post = &posts->items[i];
        if (post->split != split) {
            continue;
        }
        ++*all;
        blanks += post->blank != AXF_BLANK_NO;
        for (int32_t k = 0; post->blank != AXF_BLANK_NO && k < posts->facts.classes; k++) {
            of_label[k] += post->labels != NULL ? post->labels[k] != 0 : post->target == k;
        }
    }
    return blanks;
}

void axf_missing_log(const axf_posts *posts)
{
    int64_t *of_label = axf_alloc((size_t)posts->facts.classes * sizeof *of_label), all;
    for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
        const int64_t blanks = count_blanks(posts, split, &all, of_label);
        axf_strbuf text = {0};
        for (int32_t k = 0; k < posts->facts.classes && k < 20; k++) {
            axf_strbuf_printf(&text, "%s%s %lld", k > 0 ? ", " : "", posts->facts.class_names[k],
                              (long long)of_label[k]);
        }
        if (blanks > 0) {
            axf_log(AXF_LOG_INFO, "data: %lld of %lld %s posts have no image (%s)", (long long)blanks, (long long)all,
                    axf_split_name(split), axf_strbuf_text(&text));
        }
        axf_strbuf_free(&text);
    }
    free(of_label);
}

json_t *axf_missing_json(const axf_posts *posts)
{
    int64_t *of_label = axf_alloc((size_t)posts->facts.classes * sizeof *of_label), all;
    json_t *root = json_object();
    for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
        const int64_t blanks = count_blanks(posts, split, &all, of_label);
        json_t *labels = json_object();
        for (int32_t k = 0; k < posts->facts.classes; k++) {
            json_object_set_new(labels, posts->facts.class_names[k], json_integer((json_int_t)of_label[k]));
        }
        json_object_set_new(root, axf_split_name(split),
                            json_pack("{s:I, s:I, s:o}", "posts", (json_int_t)all, "without_image", (json_int_t)blanks,
                                      "labels", labels));
    }
    free(of_label);
    return root;
}
