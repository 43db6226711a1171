/* The same weights as safetensors and as torch.save's archives, under the names that older versions and other heads
 * gave them: every encoder's parameters get the same bits. */
#include "model_case.h"
#include "torch_case.h"

#include "auxfuse/image_encoder.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/text_encoder.h"

#include <dirent.h>

#define TESTS AXF_SOURCE_DIR "/tests/golden/"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

static const struct encoder {
    const char *kind, *name, *folder;
    const char *options; /* further ones */
    const char *prefix;  /* the trunk's name in checkpoints of a head */
    const char *head;    /* a tensor of such a head */
    int old_norms;       /* LayerNorm.gamma and beta stood in checkpoints of its kind */
} encoders[] = {
    {AXF_KIND_TEXT_ENCODER, "bert", "models/bert", ", max_length: 16", "bert.", "cls.predictions.bias", 1},
    {AXF_KIND_TEXT_ENCODER, "roberta", "text_encoders/roberta", ", max_length: 16", "roberta.", "lm_head.dense.bias",
     1},
    {AXF_KIND_TEXT_ENCODER, "bertweet", "text_encoders/bertweet", ", max_length: 16", "roberta.", "lm_head.x", 1},
    {AXF_KIND_TEXT_ENCODER, "bernice", "text_encoders/bernice", ", max_length: 16", "roberta.", "lm_head.y", 1},
    {AXF_KIND_IMAGE_ENCODER, "vit", "models/vit", "", "vit.", "classifier.weight", 0},
    {AXF_KIND_IMAGE_ENCODER, "beit", "wide/beit", "", "beit.", "classifier.weight", 0},
    {AXF_KIND_IMAGE_ENCODER, "deit", "wide/deit", "", "deit.", "distillation_classifier.bias", 0},
    {AXF_KIND_IMAGE_ENCODER, "dinov2", "models/dinov2", "", "dinov2.", "classifier.weight", 0},
    {AXF_KIND_IMAGE_ENCODER, "resnet50", "wide/resnet", "", "", "fc.weight", 0},
    {AXF_KIND_JOINT_ENCODER, "vilt", "joint/vilt", ", max_length: 12", "vilt.", "mlm_score.x", 0},
    {AXF_KIND_JOINT_ENCODER, "mmbt", "joint/mmbt/bert", ", max_length: 12, image_weights: " TESTS "joint/mmbt/resnet",
     "bert.", "cls.predictions.bias", 1},
    {AXF_KIND_JOINT_ENCODER, "lxmert", "joint/lxmert",
     ", max_length: 12, features: " TESTS "joint/lxmert/features.safetensors", "lxmert.", "answer_head.x", 1},
};

/* ---- loading ---- */

typedef struct loaded {
    rig r;
    axf_instance instance;
    axf_weights_summary summary;
} loaded;

static axf_status declare(axf_instance *i)
{
    if (strcmp(i->component->kind->id, AXF_KIND_TEXT_ENCODER) == 0) {
        return ((const axf_text_encoder *)i->vtable)
            ->declare(&i->host, i->options, AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED, &i->self);
    }
    if (strcmp(i->component->kind->id, AXF_KIND_IMAGE_ENCODER) == 0) {
        return ((const axf_image_encoder *)i->vtable)
            ->declare(&i->host, i->options, AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED, &i->self);
    }
    return ((const axf_joint_encoder *)i->vtable)->declare(&i->host, i->options, AXF_WANT_FUSED, &i->self);
}

static void destroy(axf_instance *i)
{
    if (strcmp(i->component->kind->id, AXF_KIND_TEXT_ENCODER) == 0) {
        ((const axf_text_encoder *)i->vtable)->destroy(i->self);
    } else if (strcmp(i->component->kind->id, AXF_KIND_IMAGE_ENCODER) == 0) {
        ((const axf_image_encoder *)i->vtable)->destroy(i->self);
    } else {
        ((const axf_joint_encoder *)i->vtable)->destroy(i->self);
    }
}

/* One plugin brings both ResNets. */
static void open_plugin(rig *r, const struct encoder *e)
{
    if (strcmp(e->name, "resnet50") == 0) {
        ck_ok(axf_registry_add_file(&r->registry, AXF_BUILD_DIR "/lib/auxfuse/resnet.so"));
    }
}

static void load(loaded *l, const struct encoder *e, const char *weights, const char *config)
{
    char options[2048];
    ck_assert_int_eq(rig_open(&l->r, 1), 1);
    open_plugin(&l->r, e);
    snprintf(options, sizeof options, "{weights: '%s'%s%s%s}", weights, config != NULL ? ", config: " : "",
             config != NULL ? config : "", e->options);
    rig_instance(&l->r, &l->instance, e->kind, e->name, options);
    ck_ok(declare(&l->instance));
    ck_ok(axf_params_allocate(&l->r.model.params));
    const axf_tape_settings settings = {.seed = 7};
    ck_ok(axf_tape_new(l->r.model.backend, l->r.model.backend_self, &l->r.model.params, &settings, &l->r.tape));
    ck_ok(axf_weights_load(&l->r.model, &l->instance, &l->summary));
}

static void unload(loaded *l)
{
    destroy(&l->instance);
    rig_close(&l->r, &l->instance);
}

static void compare(const loaded *a, const loaded *b)
{
    ck_assert_int_eq(a->instance.declared_count, b->instance.declared_count);
    for (int32_t i = 0; i < a->instance.declared_count; i++) {
        const axf_param *x = a->instance.declared[i], *y = b->instance.declared[i];
        const size_t size = (size_t)axf_param_elements(x) * sizeof(float);
        ck_assert_str_eq(x->spec.name, y->spec.name);
        ck_assert_msg(memcmp(x->tensor.data, y->tensor.data, size) == 0, "'%s' has other values", x->spec.name);
    }
}

/* ---- the same weights as torch would have written them ---- */

static int ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* With the prefix where there was none, without it where there was one, and with the old names of norms. */
static void rename_tensor(const struct encoder *e, const char *name, char *out, size_t size)
{
    const size_t prefix = strlen(e->prefix);
    const int there = strncmp(name, e->prefix, prefix) == 0;
    snprintf(out, size, "%s%s", there ? "" : e->prefix, there ? name + prefix : name);
    if (e->old_norms && ends_with(out, "LayerNorm.weight")) {
        strcpy(strrchr(out, '.'), ".gamma");
    } else if (e->old_norms && ends_with(out, "LayerNorm.bias")) {
        strcpy(strrchr(out, '.'), ".beta");
    }
}

static void add_tensor(axf_strbuf *words, const char *name, const axf_stored *entry, int64_t offset, int64_t all)
{
    int64_t stride[AXF_STORED_DIMS], step = 1;
    for (int32_t i = entry->ndim - 1; i >= 0; i--) {
        stride[i] = step;
        step *= entry->shape[i];
    }
    axf_strbuf_printf(words, " '%s' @torch._utils._rebuild_tensor_v2 ( " PICKLE_STORAGE("%lld") " %lld (", name,
                      (long long)all, (long long)offset);
    for (int32_t i = 0; i < entry->ndim; i++) {
        axf_strbuf_printf(words, " %lld", (long long)entry->shape[i]);
    }
    axf_strbuf_puts(words, " t (");
    for (int32_t i = 0; i < entry->ndim; i++) {
        axf_strbuf_printf(words, " %lld", (long long)stride[i]);
    }
    axf_strbuf_puts(words, " t " PICKLE_HOOKS " t R");
}

enum { AS_IT_IS, RENAMED, WITHOUT_POOLER, WITHOUT_WORDS };

static int is_left_out(const axf_stored *entry, int form)
{
    return entry->dtype != AXF_STORED_F32 || (form == WITHOUT_POOLER && strstr(entry->name, "pooler") != NULL) ||
           (form == WITHOUT_WORDS && strstr(entry->name, "word_embeddings") != NULL);
}

/* The reals of `from` in one storage, as views; and a tensor that no encoder knows. */
static void write_archive(const struct encoder *e, const axf_weights *from, int form, const char *path)
{
    axf_strbuf words = {0}, program = {0};
    int64_t all = 4, offset = 0;
    for (size_t i = 0; i < axf_weights_count(from); i++) {
        const axf_stored *entry = axf_weights_entry_at(from, i);
        all += entry->dtype == AXF_STORED_F32 ? entry->count : 0;
    }
    float *values = calloc((size_t)all, sizeof *values);
    axf_strbuf_puts(&words, "} (");
    for (size_t i = 0; i < axf_weights_count(from); i++) {
        const axf_stored *entry = axf_weights_entry_at(from, i);
        char name[300];
        if (is_left_out(entry, form)) {
            continue;
        }
        rename_tensor(e, entry->name, name, sizeof name);
        ck_ok(axf_stored_read_f32(entry, values + offset, entry->count));
        add_tensor(&words, form == RENAMED ? name : entry->name, entry, offset, all);
        offset += entry->count;
    }
    const axf_stored head = {.ndim = 2, .shape = {2, 2}};
    if (axf_weights_find(from, e->head) == NULL) {
        add_tensor(&words, e->head, &head, offset, all);
    }
    axf_strbuf_puts(&words, " u .");
    pickle_write(&program, axf_strbuf_text(&words));
    zip_file zip = {0};
    zip_add(&zip, "archive/data.pkl", program.data, program.length, ZIP_DESCRIBED);
    zip_add(&zip, "archive/data/0", values, (size_t)all * sizeof *values, ZIP_DESCRIBED);
    zip_finish(&zip);
    torch_write(path, zip.bytes.data, zip.bytes.length);
    axf_strbuf_free(&zip.bytes);
    axf_strbuf_free(&words);
    axf_strbuf_free(&program);
    free(values);
}

/* Links to everything in the encoder's folder but its weights. */
static void link_files(const char *from)
{
    DIR *items = opendir(from);
    ck_assert_ptr_nonnull(items);
    for (const struct dirent *item = readdir(items); item != NULL; item = readdir(items)) {
        if (item->d_name[0] != '.' && !ends_with(item->d_name, ".safetensors")) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", from, item->d_name);
            ck_assert_int_eq(symlink(path, temp_path(folder, item->d_name)), 0);
        }
    }
    closedir(items);
}

/* Loop: encoder, then 0 as torch writes it today, 1 renamed. */
START_TEST(bin_equals_safetensors)
{
    static loaded a, b, c;
    const struct encoder *e = &encoders[_i / 2];
    char plain[1024];
    snprintf(plain, sizeof plain, TESTS "%s", e->folder);
    char twin[1100];
    snprintf(twin, sizeof twin, "%s/model.safetensors", plain);
    axf_weights *weights;
    ck_ok(axf_weights_open(twin, &weights));
    link_files(plain);
    write_archive(e, weights, _i % 2 ? RENAMED : AS_IT_IS, temp_path(folder, "pytorch_model.bin"));
    axf_weights_close(weights);
    load(&a, e, plain, NULL);
    load(&b, e, folder, NULL);
    compare(&a, &b);
    ck_assert_int_eq(b.summary.loaded, a.summary.loaded);
    ck_assert_int_eq(b.summary.drawn, a.summary.drawn);
    ck_assert_int_ge(b.summary.ignored, 1); /* the head */
    load(&c, e, temp_path(folder, "pytorch_model.bin"), plain);
    compare(&a, &c);
    unload(&a);
    unload(&b);
    unload(&c);
}
END_TEST

/* Written by torch itself: a BERT of 2019 with its head, and a ResNet with fc. */
START_TEST(files_of_torch_equal_safetensors)
{
    static loaded a, b;
    static const struct {
        const char *file;
        int encoder;
    } files[] = {{TESTS "torch/models/bert-old.bin", 0}, {TESTS "torch/models/resnet.pth", 8}};
    const struct encoder *e = &encoders[files[_i].encoder];
    char plain[1024];
    snprintf(plain, sizeof plain, TESTS "%s", e->folder);
    load(&a, e, plain, NULL);
    load(&b, e, files[_i].file, plain);
    compare(&a, &b);
    ck_assert_int_ge(b.summary.ignored, 2);
    unload(&a);
    unload(&b);
}
END_TEST

/* MMBT's two checkpoints, each a file of torch's own. */
START_TEST(mmbt_takes_two_files_of_torch)
{
    static loaded a, b;
    static const struct encoder mmbt = {.kind = AXF_KIND_JOINT_ENCODER,
                                        .name = "mmbt",
                                        .options = ", max_length: 16, image_weights: " TESTS "wide/resnet"};
    static const struct encoder of_files = {.kind = AXF_KIND_JOINT_ENCODER,
                                            .name = "mmbt",
                                            .options = ", max_length: 16, image_weights: " TESTS
                                                       "torch/models/resnet.pth, image_config: " TESTS "wide/resnet"};
    load(&a, &mmbt, TESTS "models/bert", NULL);
    load(&b, &of_files, TESTS "torch/models/bert-old.bin", TESTS "models/bert");
    compare(&a, &b);
    ck_assert_int_eq(b.summary.loaded, a.summary.loaded);
    ck_assert_int_ge(b.summary.ignored, 4); /* BERT's head and the ResNet's fc */
    unload(&a);
    unload(&b);
}
END_TEST

/* A checkpoint of a head without pooler: it is drawn. One without something that must be there is refused by name. */
START_TEST(missing_poolers_are_drawn)
{
    static loaded a;
    const struct encoder *e = &encoders[0];
    axf_weights *weights;
    ck_ok(axf_weights_open(TESTS "models/bert/model.safetensors", &weights));
    link_files(TESTS "models/bert");
    write_archive(e, weights, WITHOUT_POOLER, temp_path(folder, "pytorch_model.bin"));
    load(&a, e, folder, NULL);
    ck_assert_int_eq(a.summary.drawn, 2);
    ck_assert_int_eq(a.summary.loaded, (int64_t)axf_weights_count(weights) - 2);
    unload(&a);
    write_archive(e, weights, WITHOUT_WORDS, temp_path(folder, "pytorch_model.bin"));
    axf_weights_close(weights);
    char options[1200];
    ck_assert_int_eq(rig_open(&a.r, 1), 1);
    snprintf(options, sizeof options, "{weights: '%s'%s}", folder, e->options);
    rig_instance(&a.r, &a.instance, e->kind, e->name, options);
    ck_ok(declare(&a.instance));
    ck_ok(axf_params_allocate(&a.r.model.params));
    const axf_tape_settings settings = {.seed = 7};
    ck_ok(axf_tape_new(a.r.model.backend, a.r.model.backend_self, &a.r.model.params, &settings, &a.r.tape));
    ck_assert_int_eq(axf_weights_load(&a.r.model, &a.instance, &a.summary), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "no tensor for parameter 'embeddings.word_embeddings.weight'"));
    unload(&a);
}
END_TEST

#define COUNT(list) (int)(sizeof list / sizeof *list)

int main(void)
{
    Suite *suite = suite_create("checkpoints");
    TCase *tests = tcase_create("checkpoints");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, bin_equals_safetensors, 0, 2 * COUNT(encoders));
    tcase_add_loop_test(tests, files_of_torch_equal_safetensors, 0, 2);
    tcase_add_test(tests, mmbt_takes_two_files_of_torch);
    tcase_add_test(tests, missing_poolers_are_drawn);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
