/* MVSA as published: data/<id>.txt, data/<id>.jpg, and the labels in one file. Each annotator gives one label to the
 * text and one to the image. They become one label by the rule of Xu and Mao (MultiSentiNet, CIKM 2017). With three
 * annotators, text and image each get the label of the majority, and the post is left out where all three differ. Where
 * text and image have equal labels, that is the post's label. Of neutral and another label it gets the other. A post
 * with positive and negative is left out. */
#include "datasets/mvsa/raw.h"

#include "common/datasets/files.h"
#include "common/datasets/labels.h"
#include "common/text/code_points.h"
#include "common/text/python.h"
#include "datasets/mvsa/text.h"

#include <stdio.h>
#include <string.h>

enum { NEUTRAL = 0, NO_LABEL = -1, MAX_ANNOTATORS = 3 };

typedef struct line {
    const axf_mvsa_reader *r;
    const char *file;
    int64_t number;
    char *text; /* NUL-terminated; it is changed while it is cut into fields */
} line;

static axf_status refuse(const line *at, const char *what)
{
    return at->r->host->fail(at->r->host, AXF_ERR_FORMAT, "%s:%lld: %s", at->file, (long long)at->number, what);
}

static axf_status word_of(const line *at, const char *word, const char *id, int32_t *label)
{
    static const char *const words[] = {"neutral", "positive", "negative"};
    return axf_label_find(at->r->host, words, 3, word, at->file, at->number, id, label);
}

/* The label that most of one or three annotators give; NO_LABEL where all three differ. */
static int32_t majority(const int32_t *label, int annotators)
{
    if (annotators == 1 || label[0] == label[1] || label[0] == label[2]) {
        return label[0];
    }
    return label[1] == label[2] ? label[1] : NO_LABEL;
}

/* Sets the post's label and returns NULL, or returns the reason why the post is left out. */
static const char *resolve(const int32_t *of_text, const int32_t *of_image, int annotators, int32_t *label)
{
    const int32_t text = majority(of_text, annotators), image = majority(of_image, annotators);
    if (text == NO_LABEL || image == NO_LABEL) {
        return text == NO_LABEL ? "no two annotators agree on the text" : "no two annotators agree on the image";
    }
    if (text != image && text != NEUTRAL && image != NEUTRAL) {
        return "text and image contradict each other";
    }
    *label = text != NEUTRAL ? text : image;
    return NULL;
}

/* Reads a line "id<tab>text,image", with the pair "<tab>text,image" once or three times. */
static axf_status read_annotated(const line *at, const char **id, int32_t *label, const char **reason)
{
    int32_t of_text[MAX_ANNOTATORS], of_image[MAX_ANNOTATORS];
    int annotators = 0;
    char *rest = at->text, *pair;
    *id = strsep(&rest, "\t");
    while ((pair = strsep(&rest, "\t")) != NULL) {
        char *comma = strchr(pair, ',');
        if (annotators == MAX_ANNOTATORS || comma == NULL) {
            return refuse(at,
                          comma == NULL ? "a pair text,image is missing behind a tab" : "more than three annotators");
        }
        *comma = '\0';
        AXF_TRY(word_of(at, pair, *id, &of_text[annotators]));
        AXF_TRY(word_of(at, comma + 1, *id, &of_image[annotators]));
        annotators++;
    }
    if (annotators != 1 && annotators != MAX_ANNOTATORS) {
        return refuse(at, "one pair text,image (MVSA-Single) or three (MVSA-Multiple) are needed, after tabs");
    }
    *reason = resolve(of_text, of_image, annotators, label);
    return AXF_OK;
}

/* Reads a line "id,label,…", whose label the maker of the file has resolved already. */
static axf_status read_resolved(const line *at, const char **id, int32_t *label)
{
    static const char *const numbers[] = {"0", "1", "2"};
    char *rest = at->text;
    *id = strsep(&rest, ",");
    const char *word = strsep(&rest, ",");
    return word == NULL ? refuse(at, "a label is missing behind a comma")
                        : axf_label_find(at->r->host, numbers, 3, word, at->file, at->number, *id, label);
}

/* The first line of the post's file, without blanks at its ends. */
static axf_status read_text(axf_mvsa_reader *r, const char *id, axf_post *post, int *there)
{
    const axf_host *host = r->host;
    char name[64], *bytes, *text;
    size_t size, length;
    int replaced;
    if (snprintf(name, sizeof name, "%s.txt", id) >= (int)sizeof name || strchr(id, '/') != NULL) {
        return host->fail(host, AXF_ERR_DATA, "%s:%lld: id '%s' names no file", post->file, (long long)post->line, id);
    }
    const char *folder = axf_dataset_path(host, r->o->root, r->o->texts);
    *there = axf_dataset_has(host, folder, name);
    if (!*there) {
        return AXF_OK;
    }
    AXF_TRY(host->read_file(host, axf_dataset_path(host, folder, name), (size_t)1 << 20, &bytes, &size));
    const char *newline = memchr(bytes, '\n', size);
    size = newline != NULL ? (size_t)(newline - bytes) : size;
    const int32_t encoding = r->o->reference_defects ? AXF_MVSA_LATIN1 : r->o->encoding;
    AXF_TRY(axf_mvsa_decode(host, encoding, bytes, size, &text, &length, &replaced));
    r->replaced += replaced;
    while (length > 0 && strchr(" \t\r\n\v\f", text[length - 1]) != NULL) {
        length--;
    }
    for (; length > 0 && strchr(" \t\r\n\v\f", text[0]) != NULL; length--) {
        text++;
    }
    post->text = text;
    post->text_length = length;
    if (r->o->reference_defects) {
        char *printed = host->allocate(host, 4 * length + 4);
        post->text_length = axf_python_bytes(text, length, printed);
        post->text = printed;
    }
    return AXF_OK;
}

static axf_status give_post(axf_mvsa_reader *r, const line *at, int annotated)
{
    const char *id, *reason = NULL;
    int there = 1;
    axf_post post = {.struct_size = sizeof post, .file = at->file, .line = at->number};
    AXF_TRY(annotated ? read_annotated(at, &id, &post.target, &reason) : read_resolved(at, &id, &post.target));
    if (reason == NULL) {
        AXF_TRY(read_text(r, id, &post, &there));
        reason = there ? NULL : "its text file is missing";
    }
    if (reason != NULL) {
        r->sink->skip(r->sink->context, at->file, at->number, id, reason);
        return AXF_OK;
    }
    post.id = id;
    post.image = axf_pattern_fill(r->host, r->o->image_pattern, id);
    return r->sink->post(r->sink->context, &post);
}

static const char *labels_file(const axf_mvsa_reader *r)
{
    const char *all = "labelResultAll.txt", *pairs = "valid_pairlist.txt";
    return r->o->pairs != NULL                                                                         ? r->o->pairs
           : axf_dataset_has(r->host, r->o->root, all) || !axf_dataset_has(r->host, r->o->root, pairs) ? all
                                                                                                       : pairs;
}

axf_status axf_mvsa_read_raw(axf_mvsa_reader *r)
{
    line at = {.r = r, .file = axf_dataset_path(r->host, r->o->root, labels_file(r))};
    char *bytes, *rest, *text;
    size_t size, bad;
    AXF_TRY(r->host->read_file(r->host, at.file, (size_t)1 << 28, &bytes, &size));
    const int annotated = memchr(bytes, '\t', size) != NULL;
    if (!axf_code_valid(bytes, size, &bad) || memchr(bytes, '\0', size) != NULL) {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s: it is not UTF-8 text", at.file);
    }
    for (rest = bytes; (text = strsep(&rest, "\n")) != NULL;) {
        text[strcspn(text, "\r")] = '\0';
        at.text = text;
        at.number++;
        const int header = at.number == 1 && annotated && strncmp(text, "ID\t", 3) == 0;
        if (*text != '\0' && !header) {
            AXF_TRY(give_post(r, &at, annotated));
        }
    }
    if (r->replaced > 0) {
        r->host->log(r->host, AXF_LOG_WARNING,
                     "%d texts have bytes that are not characters of data.encoding; each became U+FFFD", r->replaced);
    }
    return AXF_OK;
}
