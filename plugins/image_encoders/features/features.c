/* Features that another program has computed, found by the ids of posts. For example, the features of CLIP can be used
 * so without a plugin for CLIP. Where a post has one vector, it is both the first row and the pooled vector. Where a
 * post has a table of rows, its first row is the first row, and a second tensor may hold the pooled vectors. `auxfuse
 * extract` writes such files. Nothing is trained here. */
#include "auxfuse/image_encoder.h"
#include "common/features/feature_rows.h"
#include "common/models/layers.h"

typedef struct options {
    const char *features, *ids, *tensor, *pooled, *pattern;
} options;

static const axf_option table[] = {
    AXF_PATH(options, features, NULL, AXF_OPT_REQUIRED | AXF_OPT_FILE,
             "A .safetensors, .npy or torch.save file of all posts, or a folder with a file a post"),
    AXF_PATH(options, ids, NULL, AXF_OPT_FILE,
             "Text file with the ids of a file of all posts, one a line in its order; null: its metadata \"ids\""),
    AXF_STRING(options, tensor, "features", 0, "Tensor of a file of all posts: [posts, width] or [posts, rows, width]"),
    AXF_STRING(options, pooled, "pooled", 0,
               "Tensor with pooled vectors [posts, width] beside rows, where the file has one of that name"),
    AXF_STRING(options, pattern, "feat_{id}", 0, "Name of a post's file in a folder; {id} stands for its id"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct encoder {
    axf_feature_rows *features, *pooled; /* pooled is NULL without a second tensor */
} encoder;

static void close_tables(encoder *e)
{
    axf_feature_rows_close(e->pooled);
    axf_feature_rows_close(e->features);
}

static axf_status open_tables(const axf_host *host, const options *o, encoder *e)
{
    const axf_feature_place place = {o->features, o->tensor, o->pattern, o->ids};
    *e = (encoder){NULL, NULL};
    AXF_TRY(axf_feature_rows_open(host, &place, &e->features));
    if (axf_feature_rows_count(e->features) == 0) {
        return AXF_OK;
    }
    axf_status status = axf_feature_rows_open_beside(e->features, o->pooled, &e->pooled);
    if (status == AXF_OK && e->pooled != NULL && axf_feature_rows_count(e->pooled) > 0) {
        status = host->fail(host, AXF_ERR_FORMAT, "'%s': the pooled vectors in tensor '%s' have %d rows a post",
                            o->features, o->pooled, axf_feature_rows_count(e->pooled));
    }
    if (status != AXF_OK) {
        close_tables(e);
    }
    return status;
}

static axf_status describe(const axf_host *host, const void *opaque, axf_image_facts *facts)
{
    encoder e;
    AXF_TRY(open_tables(host, opaque, &e));
    const int32_t rows = axf_feature_rows_count(e.features);
    const axf_feature_rows *pooled = rows == 0 ? e.features : e.pooled;
    facts->width = axf_feature_rows_width(e.features);
    facts->pooled_width = pooled != NULL ? axf_feature_rows_width(pooled) : 0;
    facts->rows = rows > 0 ? rows : 1;
    facts->gives = AXF_WANT_FIRST;
    facts->gives |= rows > 0 ? AXF_WANT_ROWS : 0;
    facts->gives |= pooled != NULL ? AXF_WANT_POOLED : 0;
    facts->from_pixels = 0;
    close_tables(&e);
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    (void)wanted;
    encoder *e = host->allocate(host, sizeof *e);
    AXF_TRY(open_tables(host, opaque, e));
    *self = e;
    return AXF_OK;
}

static axf_status has_features(void *self, const char *id)
{
    const encoder *e = self;
    return axf_feature_rows_has(e->features, id);
}

static axf_status encode_features(void *self, const axf_pass *pass, const char *const *ids, axf_state *state)
{
    const encoder *e = self;
    const int vectors = axf_feature_rows_count(e->features) == 0;
    const uint32_t of_features = AXF_WANT_FIRST | AXF_WANT_ROWS | (vectors ? AXF_WANT_POOLED : 0);
    axf_tensor *x = NULL;
    if (pass->wanted & of_features) {
        AXF_TRY(axf_feature_rows_input(e->features, pass, ids, &x));
    }
    if (pass->wanted & AXF_WANT_ROWS) {
        axf_state_put(state, "rows", x);
    }
    if (pass->wanted & AXF_WANT_FIRST) {
        axf_state_put(state, "first", pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0));
    }
    if (pass->wanted & AXF_WANT_POOLED) {
        if (!vectors) {
            AXF_TRY(axf_feature_rows_input(e->pooled, pass, ids, &x));
        }
        axf_state_put(state, "pooled", x);
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    close_tables(self);
}

static const axf_image_encoder vtable = {.struct_size = sizeof vtable,
                                         .describe = describe,
                                         .declare = declare,
                                         .encode_features = encode_features,
                                         .destroy = destroy,
                                         .has_features = has_features};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "features", "1",
     "Features that another program computed, read by post id", &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(features, "0.1.0", "MIT", components)
