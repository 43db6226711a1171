/* MSD, multimodal sarcasm detection (Cai, Cai and Wan 2019): three files with a Python list in each line, or a data
 * key. */
#include "common/datasets/files.h"
#include "common/datasets/labels.h"
#include "common/datasets/table.h"
#include "common/text/code_points.h"
#include "common/text/python.h"

#include <stdlib.h>
#include <string.h>

enum { HUMAN = 0, HASHTAG = 1 };

typedef struct options {
    const char *root, *key, *images, *image_pattern;
    int32_t form, label;
    bool word_filter;
    axf_list removed_ids;
} options;

static const char *const label_choices[] = {"human", "hashtag", NULL};
static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_ENUM(options, form, "auto", axf_forms, 0,
             "raw: train.txt, valid2.txt and test2.txt as published; key: the data key; auto: the key if there is one"),
    AXF_STRING(options, key, "data_key_msd.csv", 0, "Data key in it: tweet_id, text, label, split, label_auto"),
    AXF_ENUM(
        options, label, "human", label_choices, 0,
        "Labels of validation and test: human, or hashtag (that the tweet had one such as #sarcasm); train has the "
        "latter alone"),
    AXF_BOOL(options, word_filter, "true", 0,
             "raw: leaves out tweets with words that name the label (sarcasm, irony, joke, …) or a <url>"),
    AXF_STRING(options, images, "dataset_image", 0, "Folder of the images in it, or an absolute path"),
    AXF_STRING(options, image_pattern, "'{id}.jpg'", 0, "Name of a post's image, with {id}"),
    AXF_LIST(options, removed_ids, AXF_OPT_STRING, "[]", 1, 0, 0, "Ids of posts to leave out"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *const labels[] = {"0", "1"};
static const char *const classes[] = {"not sarcastic", "sarcastic"};
static const char *const filtered[] = {"exgag", "sarcasm", "sarcastic", "reposting", "<url>",  "joke",
                                       "jokes", "humour",  "humor",     "irony",     "ironic", NULL};

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = 2;
    facts->class_names = classes;
    facts->image_root = axf_dataset_path(host, o->root, o->images);
    facts->columns = 2;
    facts->column[0].name = "label_human";
    facts->column[1].name = "label_auto";
    facts->column[0].type = facts->column[1].type = AXF_COLUMN_REAL;
    return AXF_OK;
}

typedef struct place {
    const axf_host *host;
    const char *file;
    int64_t line;
} place;

static axf_status refuse(const place *at, const char *what)
{
    return at->host->fail(at->host, AXF_ERR_FORMAT,
                          "%s:%lld: %s; a line is ['id', 'text', label] or, with both labels, "
                          "['id', 'text', label by hashtag, label by hand]",
                          at->file, (long long)at->line, what);
}

/* Returns the string at *text, in host memory, and moves *text behind it and behind the ", " that follows. */
static axf_status take_string(const place *at, const char **text, const char *end, char **value, size_t *length)
{
    *value = at->host->allocate(at->host, (size_t)(end - *text) + 1);
    const size_t taken = axf_python_string(*text, (size_t)(end - *text), 0, *value, length);
    *text += taken;
    if (taken == 0 || end - *text < 2 || (*text)[0] != ',' || (*text)[1] != ' ') {
        return refuse(at, "a quoted string and ', ' behind it are missing");
    }
    *text += 2;
    return AXF_OK;
}

/* Reads one or two labels up to the closing bracket. */
static axf_status take_labels(const place *at, const char *text, const char *end, const char *id, int *label,
                              int *count)
{
    for (*count = 0; *count < 2; text += 3) {
        if (end - text < 2 || strchr(",]", text[1]) == NULL) {
            return refuse(at, "a label is missing");
        }
        const char word[2] = {text[0], '\0'};
        int32_t target = 0;
        AXF_TRY(axf_label_find(at->host, labels, 2, word, at->file, at->line, id, &target));
        label[(*count)++] = target;
        if (text[1] == ']') {
            return text + 2 == end ? AXF_OK : refuse(at, "text behind the list");
        }
        if (text[2] != ' ') {
            return refuse(at, "a blank is missing behind a comma");
        }
    }
    return refuse(at, "more than two labels");
}

static axf_status give_line(const place *at, const options *o, int32_t split, const char *text, const char *end,
                            const axf_post_sink *sink)
{
    char *id, *tweet;
    size_t id_length, bad;
    int label[2] = {0}, count = 0;
    axf_post post = {.struct_size = sizeof post, .split = split, .file = at->file, .line = at->line};
    if (!axf_code_valid(text, (size_t)(end - text), &bad)) {
        return at->host->fail(at->host, AXF_ERR_FORMAT, "%s:%lld: byte %zu of the line (0x%02x) is not UTF-8 text",
                              at->file, (long long)at->line, bad + 1, (unsigned char)text[bad]);
    }
    if (text == end || *text != '[') {
        return refuse(at, "no '[' at its beginning");
    }
    text++;
    AXF_TRY(take_string(at, &text, end, &id, &id_length));
    AXF_TRY(take_string(at, &text, end, &tweet, &post.text_length));
    AXF_TRY(take_labels(at, text, end, id, label, &count));
    if (o->word_filter && axf_python_has_word(tweet, post.text_length, filtered)) {
        sink->skip(sink->context, at->file, at->line, id, "a word that names the label, or a <url>");
        return AXF_OK;
    }
    post.id = id;
    post.text = tweet;
    post.image = axf_pattern_fill(at->host, o->image_pattern, id);
    post.target = o->label == HUMAN ? label[count - 1] : label[0];
    post.real[0] = label[count - 1];
    post.real[1] = label[0];
    return sink->post(sink->context, &post);
}

static axf_status read_lines(const axf_host *host, const options *o, const char *name, int32_t split,
                             const axf_post_sink *sink)
{
    place at = {host, axf_dataset_path(host, o->root, name), 0};
    char *bytes;
    size_t size;
    AXF_TRY(host->read_file(host, at.file, (size_t)1 << 30, &bytes, &size));
    for (const char *text = bytes, *stop = bytes + size; text < stop;) {
        const char *newline = memchr(text, '\n', (size_t)(stop - text)), *end = newline != NULL ? newline : stop;
        const char *next = newline != NULL ? newline + 1 : stop;
        end -= end > text && end[-1] == '\r';
        at.line++;
        if (end > text) {
            AXF_TRY(give_line(&at, o, split, text, end, sink));
        }
        text = next;
    }
    return AXF_OK;
}

static axf_status read_key(const axf_host *host, const options *o, const axf_post_sink *sink, axf_dataset_facts *facts)
{
    static const char *const columns[] = {"label_human|label", "label_auto"};
    const axf_table table = {.file = axf_dataset_path(host, o->root, o->key),
                             .id = "tweet_id|id",
                             .text = "text",
                             .label = o->label == HUMAN ? columns[0] : columns[1],
                             .label_number = 1,
                             .split = "split",
                             .image = "image",
                             .image_root = facts->image_root,
                             .image_pattern = o->image_pattern,
                             .labels = labels,
                             .label_count = 2,
                             .class_names = classes,
                             .columns = columns};
    return axf_table_read(host, &table, sink, facts);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    axf_removal removal;
    axf_removal_begin(&removal, host, sink, &o->removed_ids);
    if (axf_dataset_keyed(host, o->form, o->root, o->key)) {
        AXF_TRY(read_key(host, o, &removal.sink, facts));
    } else {
        AXF_TRY(read_lines(host, o, "train.txt", AXF_SPLIT_TRAIN, &removal.sink));
        AXF_TRY(read_lines(host, o, "valid2.txt", AXF_SPLIT_VAL, &removal.sink));
        AXF_TRY(read_lines(host, o, "test2.txt", AXF_SPLIT_TEST, &removal.sink));
    }
    axf_removal_end(&removal);
    return AXF_OK;
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "msd", "1", "MSD: sarcasm in tweets with pictures", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(msd, "0.1.0", "MIT", components)
