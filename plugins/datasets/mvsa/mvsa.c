/* MVSA-Single and MVSA-Multiple (Niu et al. 2016): sentiment of tweets with a picture, from the published folder of
 * texts and pictures with a file of labels, or from the reference program's key file. */
#include "common/datasets/files.h"
#include "common/datasets/table.h"
#include "common/text/python.h"
#include "datasets/mvsa/raw.h"
#include "datasets/mvsa/text.h"

#include <string.h>

static const char *const encodings[] = {"gb18030", "latin-1", "utf-8", NULL};
static const axf_option rows[] = {
    AXF_PATH(axf_mvsa_options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_ENUM(axf_mvsa_options, form, "auto", axf_forms, 0,
             "raw: a text file a post and a file of labels, as published; key: the data key; auto: the key if there is "
             "one"),
    AXF_STRING(axf_mvsa_options, key, "data_key_mvsa.csv", 0,
               "Key file in it: tweet_id, text, label (0 to 2) and, if given, split"),
    AXF_STRING(axf_mvsa_options, pairs, NULL, AXF_OPT_NULLABLE,
               "raw: the file of labels: labelResultAll.txt (of text and image, by one annotator or three) or "
               "valid_pairlist.txt (id,label,…); null: the first that is there"),
    AXF_ENUM(axf_mvsa_options, encoding, "gb18030", encodings, 0, "raw: how the text files are written"),
    AXF_STRING(axf_mvsa_options, images, "data", 0, "Folder of <id>.jpg in it, or an absolute path"),
    AXF_STRING(axf_mvsa_options, image_pattern, "'{id}.jpg'", 0, "Name of a post's image, with {id}"),
    AXF_STRING(axf_mvsa_options, texts, "data", 0, "raw: folder of <id>.txt in it, or an absolute path"),
    AXF_BOOL(axf_mvsa_options, reference_defects, "false", 0,
             "Texts as the reference program feeds them: read as Latin-1 and printed as a byte string, b'…'"),
    AXF_LIST(axf_mvsa_options, removed_ids, AXF_OPT_STRING, "[]", 1, 0, 0, "Ids of posts to leave out"),
};
static const axf_options option_table = AXF_OPTIONS(axf_mvsa_options, rows);

static const char *const labels[] = {"0", "1", "2"};
static const char *const classes[] = {"neutral", "positive", "negative"};

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const axf_mvsa_options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = 3;
    facts->class_names = classes;
    facts->image_root = axf_dataset_path(host, o->root, o->images);
    return AXF_OK;
}

/* A key that the reference program's script wrote has b'…' in place of texts. */
static axf_status edit_text(void *context, axf_post *post, int *keep)
{
    const axf_mvsa_reader *r = context;
    const size_t size = post->text_length;
    (void)keep;
    if (r->o->reference_defects) {
        if (size < 3 || post->text[0] != 'b' || (post->text[1] != '\'' && post->text[1] != '"')) {
            char *printed = r->host->allocate(r->host, 4 * size + 4);
            post->text_length = axf_python_bytes(post->text, size, printed);
            post->text = printed;
        }
        return AXF_OK;
    }
    if (size >= 3 && post->text[0] == 'b') {
        char *text = r->host->allocate(r->host, size + 1);
        size_t length;
        if (axf_python_string(post->text + 1, size - 1, 1, text, &length) == size - 1) {
            return axf_mvsa_reread(r->host, r->o->encoding, text, length, post);
        }
    }
    return AXF_OK;
}

static axf_status read_key(axf_mvsa_reader *r)
{
    const axf_table table = {.file = axf_dataset_path(r->host, r->o->root, r->o->key),
                             .id = "tweet_id|id",
                             .text = "text",
                             .label = "label",
                             .label_number = 1,
                             .split = "split",
                             .image = "image",
                             .image_root = r->facts->image_root,
                             .image_pattern = r->o->image_pattern,
                             .labels = labels,
                             .label_count = 3,
                             .class_names = classes,
                             .edit = edit_text,
                             .edit_context = r};
    return axf_table_read(r->host, &table, r->sink, r->facts);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const axf_mvsa_options *o = values;
    axf_removal removal;
    axf_removal_begin(&removal, host, sink, &o->removed_ids);
    axf_mvsa_reader r = {.host = host, .o = o, .sink = &removal.sink, .facts = facts};
    if (axf_dataset_keyed(host, o->form, o->root, o->key)) {
        AXF_TRY(read_key(&r));
    } else {
        AXF_TRY(axf_mvsa_read_raw(&r));
    }
    axf_removal_end(&removal);
    return AXF_OK;
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "mvsa", "2",
     "MVSA-Single and -Multiple: sentiment of posts (neutral, positive, negative)", &option_table, sizeof vtable,
     &vtable, NULL},
};
AXF_PLUGIN(mvsa, "0.1.0", "MIT", components)
