/* LXMERT (Tan and Bansal 2019) over features of image regions that another program made. They are in the reference
 * program's files, one for each post, or in one file of all posts. The classifier reads ReLU(L(first language row)),
 * and matching reads that row itself. Contrast compares the largest values over the words, without a gradient, with the
 * largest values over the regions. */
#include "auxfuse/joint_encoder.h"
#include "common/config/config.h"
#include "common/features/feature_rows.h"
#include "common/models/bert_config.h"
#include "common/models/bert_wordpiece.h"
#include "joint_encoders/lxmert/network.h"

#include <math.h>

typedef struct options {
    const char *weights, *config;
    int64_t max_length;
    int32_t normalise;
    double hidden_dropout, attention_dropout;
    const char *features, *boxes, *ids, *features_pattern, *boxes_pattern;
} options;

static const axf_option table[] = {
    AXF_WEIGHTS(
        options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, .pth), or `random`"),
    AXF_PATH(options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json and vocab.txt, for random weights and those of a file"),
    AXF_INT(options, max_length, "128", 2, 1 << 20, 0, "Most tokens of a text, special tokens included"),
    AXF_BERT_OPTION_ROWS(options),
    AXF_PATH(
        options, features, NULL, AXF_OPT_REQUIRED | AXF_OPT_FILE,
        "Region features: a folder with a file a post ([36, 2048] or [1, 36, 2048], by torch.save or .npy), or one "
        ".safetensors (tensor \"features\") or .npy of all posts, [posts, 36, 2048]"),
    AXF_PATH(options, boxes, NULL, AXF_OPT_FILE,
             "Boxes of the regions in the same form, x1, y1, x2, y2 as parts of width and height; null: the tensor "
             "\"boxes\" of the .safetensors of features"),
    AXF_PATH(options, ids, NULL, AXF_OPT_FILE,
             "Text file with the ids of files of all posts, one a line in their order; null: their metadata \"ids\""),
    AXF_STRING(options, features_pattern, "feat_{id}", 0,
               "Name of a post's file in a folder of features; {id} stands for its id"),
    AXF_STRING(options, boxes_pattern, "nbox_{id}", 0,
               "Name of a post's file in a folder of boxes; {id} stands for its id"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct lxmert {
    axf_text_reader reader;
    axf_feature_rows *features, *boxes;
    lxmert_network network;
    axf_linear fusion;
} lxmert;

/* ---- tokenizer: the slow WordPiece ---- */

static axf_status open_vocabulary(const axf_host *host, const char *folder, axf_tokenizer **tokenizer)
{
    axf_wordpiece_options cut;
    AXF_TRY(axf_bert_wordpiece_options(host, folder, &cut));
    if (!cut.do_lower_case) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "%s/tokenizer_config.json: LXMERT's tokenizer is uncased, and do_lower_case is false",
                          folder);
    }
    cut.slow = true;
    return axf_wordpiece_open(host, folder, &cut, tokenizer);
}

static const axf_tokenizer_kind slow_wordpiece = {.file = "vocab.txt", .open = open_vocabulary};

/* ---- sizes and features ---- */

static axf_status read_sizes(const axf_host *host, const options *o, const char **folder, lxmert_sizes *s)
{
    AXF_TRY(axf_config_folder(host, o->weights, o->config, folder));
    axf_config c;
    AXF_TRY(axf_config_open(&c, host, *folder, "config.json"));
    axf_config_expect(&c, "model_type", "lxmert");
    axf_config_expect(&c, "hidden_act", "gelu");
    const double hidden = axf_config_real(&c, "hidden_dropout_prob", 0.1, 0, 0.999);
    const double attention = axf_config_real(&c, "attention_probs_dropout_prob", 0.1, 0, 0.999);
    axf_bert_sizes *b = &s->bert;
    b->dropout = isnan(o->hidden_dropout) ? hidden : o->hidden_dropout;
    b->layer = (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(&c, "hidden_size", 768, 1, 65536),
        .heads = (int32_t)axf_config_integer(&c, "num_attention_heads", 12, 1, 1024),
        .inner = (int32_t)axf_config_integer(&c, "intermediate_size", 3072, 1, 1 << 20),
        .qkv_bias = 1,
        .eps = 1e-12, /* transformers does not read it from config.json */
        .attention_dropout = isnan(o->attention_dropout) ? attention : o->attention_dropout,
        .projection_dropout = b->dropout,
        .output_dropout = b->dropout,
    };
    b->layers = (int32_t)axf_config_integer(&c, "l_layers", 9, 1, 1024);
    s->relation = (int32_t)axf_config_integer(&c, "r_layers", 5, 1, 1024);
    s->cross = (int32_t)axf_config_integer(&c, "x_layers", 5, 1, 1024);
    s->feature_width = (int32_t)axf_config_integer(&c, "visual_feat_dim", 2048, 1, 1 << 20);
    s->box_width = (int32_t)axf_config_integer(&c, "visual_pos_dim", 4, 1, 1 << 16);
    b->vocabulary = (int32_t)axf_config_integer(&c, "vocab_size", 30522, 4, 1 << 24);
    b->positions = (int32_t)axf_config_integer(&c, "max_position_embeddings", 512, 2, 1 << 20);
    b->types = (int32_t)axf_config_integer(&c, "type_vocab_size", 2, 1, 1 << 16);
    b->pad = 0; /* padding_idx of all three tables */
    b->deviation = axf_config_real(&c, "initializer_range", 0.02, 0, 100);
    AXF_TRY(axf_config_close(&c));
    if (b->layer.width % b->layer.heads != 0) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: hidden_size %d must be a multiple of num_attention_heads %d",
                          c.path, b->layer.width, b->layer.heads);
    }
    if (o->max_length > b->positions) {
        return host->fail(host, AXF_ERR_SPEC,
                          "max_length is %lld, and %s has positions for %d tokens: set it to at most that",
                          (long long)o->max_length, c.path, b->positions);
    }
    return AXF_OK;
}

static axf_status check_tables(const axf_host *host, const options *o, const lxmert_sizes *s,
                               const axf_feature_rows *features, const axf_feature_rows *boxes)
{
    const int32_t rows = axf_feature_rows_count(features), width = axf_feature_rows_width(features);
    if (rows == 0 || width != s->feature_width) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "'%s': a post has %d rows of %d features, and config.json has a visual_feat_dim of %d",
                          o->features, rows, width, s->feature_width);
    }
    if (axf_feature_rows_count(boxes) != rows || axf_feature_rows_width(boxes) != s->box_width) {
        return host->fail(
            host, AXF_ERR_FORMAT,
            "'%s': a post has %d x %d values of boxes; %d regions and a visual_pos_dim of %d need %d x %d",
            o->boxes != NULL ? o->boxes : o->features, axf_feature_rows_count(boxes), axf_feature_rows_width(boxes),
            rows, s->box_width, rows, s->box_width);
    }
    return AXF_OK;
}

static axf_status open_tables(const axf_host *host, const options *o, const lxmert_sizes *s,
                              axf_feature_rows **features, axf_feature_rows **boxes)
{
    const axf_feature_place place = {o->features, "features", o->features_pattern, o->ids};
    const axf_feature_place box_place = {o->boxes, "boxes", o->boxes_pattern, o->ids};
    *boxes = NULL;
    AXF_TRY(axf_feature_rows_open(host, &place, features));
    axf_status status = o->boxes != NULL ? axf_feature_rows_open(host, &box_place, boxes)
                                         : axf_feature_rows_open_beside(*features, "boxes", boxes);
    if (status == AXF_OK && *boxes == NULL) {
        status = host->fail(host, AXF_ERR_SPEC, "'%s' has no tensor \"boxes\" beside the features: set `boxes`",
                            o->features);
    }
    if (status == AXF_OK) {
        status = check_tables(host, o, s, *features, *boxes);
    }
    if (status != AXF_OK) {
        axf_feature_rows_close(*boxes);
        axf_feature_rows_close(*features);
        *features = *boxes = NULL;
    }
    return status;
}

/* ---- entries ---- */

static axf_status describe(const axf_host *host, const void *opaque, axf_joint_facts *facts)
{
    const options *o = opaque;
    const char *folder;
    lxmert_sizes s;
    axf_feature_rows *features, *boxes;
    AXF_TRY(read_sizes(host, o, &folder, &s));
    const axf_text_place place = {host, folder, s.bert.vocabulary};
    AXF_TRY(axf_text_reader_check(&slow_wordpiece, &place));
    AXF_TRY(open_tables(host, o, &s, &features, &boxes));
    facts->image.rows = axf_feature_rows_count(features);
    axf_feature_rows_close(boxes);
    axf_feature_rows_close(features);
    const int32_t width = s.bert.layer.width;
    const int random = s.bert.dropout > 0 || s.bert.layer.attention_dropout > 0;
    facts->text.width = facts->image.width = width;
    facts->text.max_length = (int32_t)o->max_length;
    facts->text.vocabulary = s.bert.vocabulary;
    facts->text.random = facts->image.random = facts->random_after_parts = random;
    facts->image.gives = AXF_WANT_ROWS;
    facts->image.from_pixels = 0;
    facts->width = facts->match_width = facts->contrast_text_width = facts->contrast_image_width = width;
    facts->gives = AXF_WANT_FUSED | AXF_WANT_MATCH | AXF_WANT_CONTRAST_TEXT | AXF_WANT_CONTRAST_IMAGE;
    facts->contrast_projected = 1;
    return AXF_OK;
}

static void declare_keys(const axf_host *host)
{
    static const char *const ignored[] = {"cls.", "obj_predict_head.", "answer_head.", "pooler.",
                                          "embeddings.position_ids"};
    host->key_rule(host, AXF_KEY_PREFIX, "lxmert.", "");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.gamma", "LayerNorm.weight");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.beta", "LayerNorm.bias");
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        host->key_rule(host, AXF_KEY_IGNORE, ignored[i], NULL);
    }
}

static void close_all(lxmert *model)
{
    axf_text_reader_close(&model->reader);
    axf_feature_rows_close(model->boxes);
    axf_feature_rows_close(model->features);
    axf_bert_embeddings_free(&model->network.embeddings);
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    (void)wanted;
    const options *o = opaque;
    const char *folder;
    lxmert_sizes s;
    AXF_TRY(read_sizes(host, o, &folder, &s));
    declare_keys(host);
    AXF_TRY(host->weights(host, o->weights));
    lxmert *model = host->allocate(host, sizeof *model);
    model->reader.max_length = (int32_t)o->max_length;
    model->reader.normalise = o->normalise;
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = s.bert.deviation};
    lxmert_declare(&model->network, &d, &s);
    d.initial = AXF_INIT_UNIFORM;
    d.flags = AXF_PARAM_NEW;
    model->fusion = axf_declare_linear(&d, "linear_fusion", s.bert.layer.width, s.bert.layer.width, 1);
    const axf_text_place place = {host, folder, s.bert.vocabulary};
    axf_status status = d.status;
    status = status == AXF_OK ? axf_text_reader_open(&model->reader, &slow_wordpiece, &place) : status;
    status = status == AXF_OK ? open_tables(host, o, &s, &model->features, &model->boxes) : status;
    if (status != AXF_OK) {
        close_all(model);
        return status;
    }
    *self = model;
    return AXF_OK;
}

static axf_status tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const lxmert *model = self;
    return axf_text_reader_tokenize(&model->reader, text, length, ids, types, count);
}

static axf_status text_part(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *text)
{
    lxmert *model = self;
    axf_tensor *rows;
    AXF_TRY(lxmert_language(&model->network, pass, tokens, &rows));
    axf_state_put(text, "rows", rows);
    return AXF_OK;
}

static axf_status has_features(void *self, const char *id)
{
    const lxmert *model = self;
    AXF_TRY(axf_feature_rows_has(model->features, id));
    return axf_feature_rows_has(model->boxes, id);
}

static axf_status features_part(void *self, const axf_pass *pass, const char *const *ids, axf_state *image)
{
    const lxmert *model = self;
    axf_tensor *features, *boxes;
    AXF_TRY(axf_feature_rows_input(model->features, pass, ids, &features));
    AXF_TRY(axf_feature_rows_input(model->boxes, pass, ids, &boxes));
    axf_state_put(image, "rows", lxmert_regions(&model->network, pass, features, boxes));
    return AXF_OK;
}

static axf_status join(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_joined *joined)
{
    const lxmert *model = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *language = axf_state_get(text, "rows"), *vision = axf_state_get(image, "rows");
    const int contrast_text = (pass->wanted & AXF_WANT_CONTRAST_TEXT) != 0;
    const int contrast_image = (pass->wanted & AXF_WANT_CONTRAST_IMAGE) != 0;
    lxmert_meet(&model->network, pass, &language, &vision, !contrast_text, !contrast_image);
    joined->match = ops->pool_rows(pass, language, AXF_POOL_FIRST, 0);
    if (pass->wanted & AXF_WANT_FUSED) {
        joined->fused = axf_apply_linear(pass, &model->fusion, joined->match, AXF_RELU);
    }
    if (contrast_text) {
        joined->contrast_text = ops->pool_rows(pass, ops->detach(pass, language), AXF_POOL_MAX, 0);
    }
    if (contrast_image) {
        joined->contrast_image = ops->pool_rows(pass, vision, AXF_POOL_MAX, 0);
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    close_all(self);
}

static const axf_joint_encoder vtable = {.struct_size = sizeof vtable,
                                         .describe = describe,
                                         .declare = declare,
                                         .tokenize = tokenize,
                                         .text_part = text_part,
                                         .features_part = features_part,
                                         .join = join,
                                         .destroy = destroy,
                                         .has_features = has_features};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_JOINT_ENCODER, "lxmert", "1",
     "LXMERT: words and regions of an image, which attend to each other", &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(lxmert, "0.1.0", "MIT", components)
