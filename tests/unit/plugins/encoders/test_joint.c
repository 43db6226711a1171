/* Whole models with a joint encoder, as the host wires them from YAML: outputs, losses, every gradient, and parameters
 * and running statistics after three steps, against transformers 4.25.1 and torchvision. The batches have four posts
 * with images of several sizes (LXMERT: with regions), posts of equal lengths, and one post alone with the longest
 * text. */
#include "model_case.h"

#include "model/declare.h"
#include "model/describe.h"
#include "model/pass.h"
#include "tensor/backward.h"
#include "tensor/reserve.h"
#include "train/optimizer.h"

#define JOINT AXF_SOURCE_DIR "/tests/golden/joint/"

enum { STEPS = 3, MOST = 4, CLASSES = 3 };

typedef struct joint {
    axf_registry registry;
    axf_arena arena;
    axf_experiment experiment;
    axf_model model;
    axf_optimizer optimizer;
    axf_tape *tape;
    double tolerance;
    axf_safetensors *golden, *inputs;
    float **start;     /* of each parameter */
    double **gradient; /* of the first step */
} joint;

/* A batch of the golden file; the arrays are the test's. */
typedef struct step {
    axf_batch batch;
    int32_t slots[MOST];
    char names[MOST][24]; /* in files of region features: step, then post */
    const char *post_ids[MOST];
    int64_t pixel_offset[MOST + 1];
    int32_t *offsets, *ids, *height, *width, *targets, *pairs, *match;
    float *pixels;
} step;

static const int32_t *texts_of; /* of the step's second pairs */
static int32_t texts_count;

/* Draws that come to the pairs of the golden file. */
static void forced_uniform(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                           float *numbers)
{
    (void)host, (void)pass;
    ck_assert_str_eq(name, "pairs");
    ck_assert_int_eq(count, 2);
    const int32_t text = texts_of[slot];
    numbers[0] = text == slot ? 0.75f : 0.25f;
    numbers[1] = texts_count > 1 ? ((float)(text - (text > slot)) + 0.5f) / (float)(texts_count - 1) : 0;
}

static void parse(joint *j, int kind, const char *name, const char *model, const char *losses)
{
    static const char *const components[][2] = {
        {AXF_KIND_JOINT_ENCODER, "vilt"}, {AXF_KIND_JOINT_ENCODER, "mmbt"}, {AXF_KIND_JOINT_ENCODER, "lxmert"},
        {AXF_KIND_LOSS, "cross_entropy"}, {AXF_KIND_LOSS, "itc"},           {AXF_KIND_LOSS, "itm"},
        {AXF_KIND_DATASET, "synthetic"}};
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        rig_component(&j->registry, components[i][0], components[i][1]);
    }
    rig_component(&j->registry, AXF_KIND_BACKEND, rig_kinds[kind].backend);
    const char *text = axf_arena_printf(&j->arena,
                                        "name: golden\n"
                                        "data: {loader: synthetic}\n"
                                        "model:\n"
                                        "  joint: {encoder: %s, %s}\n"
                                        "  head: {dropout: 0}\n"
                                        "objective: {loss: cross_entropy, class_weights: balanced}\n"
                                        "losses: {%s}\n"
                                        "train: {epochs: 1, batch: 4, learning_rate: 1e-3, weight_decay: 2.5e-4}\n"
                                        "backend: %s\n"
                                        "precision: %s\n",
                                        name, model, losses, rig_kinds[kind].backend,
                                        rig_kinds[kind].precision == AXF_PRECISION_F64 ? "fp64" : "fp32");
    axf_source *source = axf_arena_alloc(&j->arena, sizeof *source);
    *source = (axf_source){.name = "golden.yml", .folder = "/", .text = text, .length = strlen(text)};
    const axf_node *spec;
    ck_ok(axf_yaml_parse(&j->arena, source, &spec));
    ck_ok(axf_experiment_parse(&j->experiment, &j->registry, spec, 40, 1));
}

static void set_initial(joint *j)
{
    axf_params *params = &j->model.params;
    int set = 0, due = 0;
    j->start = calloc((size_t)params->count, sizeof *j->start);
    j->gradient = calloc((size_t)params->count, sizeof *j->gradient);
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        const size_t count = (size_t)axf_param_elements(param);
        char name[256];
        snprintf(name, sizeof name, "initial.%s", param->name);
        const axf_stored *entry = axf_safetensors_find(j->golden, name);
        if (entry != NULL) {
            rig_set(param, entry);
            set++;
        }
        j->start[i] = malloc(count * sizeof **j->start);
        j->gradient[i] = calloc(count, sizeof **j->gradient);
        ck_ok(axf_param_get(param, j->start[i]));
        param->tensor.wants_gradient = param->trained;
    }
    for (size_t i = 0; i < axf_safetensors_count(j->golden); i++) {
        due += strncmp(axf_safetensors_entry_at(j->golden, i)->name, "initial.", 8) == 0;
    }
    ck_assert_int_eq(set, due);
}

static void open_model(joint *j, int kind, const char *name, const char *model, const char *losses)
{
    parse(j, kind, name, model, losses);
    for (int32_t i = 0; i < j->experiment.loss_count; i++) {
        if (strcmp(j->experiment.loss_name[i], "itm") == 0) {
            j->experiment.loss[i].instance->host.uniform = forced_uniform;
        }
    }
    ck_ok(axf_model_describe(&j->model, &j->experiment, CLASSES, 0));
    axf_instance *instance = j->experiment.backend.instance;
    const axf_backend *backend = instance->vtable;
    const axf_backend_request request = {
        .struct_size = sizeof request, .precision = rig_kinds[kind].precision, .threads = 2};
    void *self;
    ck_ok(backend->create(&instance->host, instance->options, &request, &self));
    ck_ok(axf_model_declare(&j->model, backend, self, 1));
    ck_ok(axf_model_load(&j->model));
    set_initial(j);
    j->model.class_weights = golden_real(j->inputs, "class_weights"); /* freed with the model */
    ck_ok(axf_optimizer_init(&j->optimizer, &j->experiment, &j->model.params, STEPS));
    const axf_tape_settings settings = {.seed = 40};
    ck_ok(axf_tape_new(backend, self, &j->model.params, &settings, &j->tape));
}

static void close_model(joint *j)
{
    const axf_backend *backend = j->model.backend;
    void *self = j->model.backend_self;
    for (int32_t i = 0; i < j->model.params.count; i++) {
        free(j->start[i]);
        free(j->gradient[i]);
    }
    free(j->start);
    free(j->gradient);
    axf_tape_free(j->tape);
    axf_optimizer_free(&j->optimizer);
    axf_model_free(&j->model);
    backend->destroy(self);
    axf_experiment_free(&j->experiment);
    axf_registry_free(&j->registry);
    axf_arena_free(&j->arena);
}

/* Keeps the first step's gradients, then lets the optimiser have them. */
static axf_status take_gradient(void *context, axf_param *param)
{
    joint *j = context;
    for (int32_t i = 0; i < j->model.params.count && j->optimizer.step == 0; i++) {
        if (j->model.params.items[i] == param) {
            free(j->gradient[i]);
            j->gradient[i] = rig_gradient(j->tape, param);
        }
    }
    return axf_optimizer_update(&j->optimizer, param);
}

static int32_t *step_index(const joint *j, int at, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "step%d.%s", at, what);
    return golden_index(j->inputs, name);
}

static void read_pixels(const joint *j, int at, int32_t posts, step *s)
{
    char name[64];
    snprintf(name, sizeof name, "step%d.pixels", at);
    s->height = step_index(j, at, "height");
    s->width = step_index(j, at, "width");
    s->pixels = golden_real(j->inputs, name);
    for (int32_t b = 0; b < posts; b++) {
        s->pixel_offset[b + 1] = s->pixel_offset[b] + 3 * (int64_t)s->height[b] * s->width[b];
    }
}

static void read_step(const joint *j, int at, step *s)
{
    char name[64];
    snprintf(name, sizeof name, "step%d.targets", at);
    const int32_t posts = (int32_t)golden_entry(j->inputs, name)->count;
    ck_assert_int_le(posts, MOST);
    *s = (step){.offsets = step_index(j, at, "offsets"),
                .ids = step_index(j, at, "ids"),
                .targets = step_index(j, at, "targets"),
                .pairs = step_index(j, at, "pairs"),
                .match = step_index(j, at, "match")};
    for (int32_t b = 0; b < posts; b++) {
        s->slots[b] = b;
        snprintf(s->names[b], sizeof s->names[b], "%d%d", at, b);
        s->post_ids[b] = s->names[b];
    }
    if (j->model.image_facts.from_pixels) {
        read_pixels(j, at, posts, s);
    }
    s->batch = (axf_batch){.posts = posts,
                           .batch_posts = posts,
                           .slots = s->slots,
                           .step = at,
                           .token_offset = s->offsets,
                           .token_ids = s->ids,
                           .pixels = s->pixels,
                           .height = s->height,
                           .width = s->width,
                           .pixel_offset = s->pixel_offset,
                           .ids = s->post_ids,
                           .feature_ids = s->post_ids,
                           .targets = s->targets};
    texts_of = s->pairs;
    texts_count = posts;
}

static void free_step(step *s)
{
    void *const owned[] = {s->offsets, s->ids, s->height, s->width, s->targets, s->pairs, s->match, s->pixels};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        free(owned[i]);
    }
}

static void check_tensor(const joint *j, const char *name, const axf_tensor *tensor)
{
    const axf_stored *entry = golden_entry(j->golden, name);
    ck_assert_int_eq(axf_tensor_elements(tensor), entry->count);
    double *got = malloc((size_t)entry->count * sizeof *got);
    ck_ok(axf_tape_read_double(j->tape, tensor, got));
    float *want = golden_entry_real(entry);
    golden_close(name, got, want, entry->count, 0, j->tolerance);
    free(got);
    free(want);
}

static void check_loss(const joint *j, int at, const char *part, const axf_tensor *sum, double weight)
{
    char name[96];
    double value;
    snprintf(name, sizeof name, "loss.%s", part);
    float *want = golden_real(j->golden, name);
    ck_ok(axf_tape_read_double(j->tape, sum, &value));
    value /= weight;
    snprintf(name, sizeof name, "loss %s of step %d", part, at);
    golden_close(name, &value, &want[at], 1, 1e-3, j->tolerance); /* contrast of one post is 0 */
    free(want);
}

/* Reserves what the step needs, found without computing: the step itself must then do with it. */
static void plan_step(joint *j, const axf_batch *batch)
{
    axf_outputs outputs = {0};
    axf_params_begin_step(&j->model.params);
    axf_tape_begin(j->tape, 1, 1);
    ck_ok(axf_model_run(&j->model, j->tape, batch, 1, &outputs));
    ck_ok(axf_tape_backward(j->tape, outputs.total, 1, NULL, NULL));
    const size_t extent = axf_tape_extent(j->tape);
    axf_tape_end(j->tape);
    ck_ok(axf_tape_reserve(j->tape, extent));
}

static void run_step(joint *j, int at)
{
    step s;
    axf_pairs drawn = {0};
    axf_outputs outputs = {.pairs = &drawn};
    read_step(j, at, &s);
    if (at == 0) {
        plan_step(j, &s.batch);
    }
    axf_params_begin_step(&j->model.params);
    axf_optimizer_begin_step(&j->optimizer);
    axf_tape_begin(j->tape, 1, 0);
    ck_ok(axf_model_run(&j->model, j->tape, &s.batch, 1, &outputs));
    if (at == 0) {
        check_tensor(j, "output.fused", outputs.fused);
        check_tensor(j, "output.logits", outputs.logits);
    }
    check_loss(j, at, "total", outputs.total, 1);
    for (int32_t i = 0; i < j->model.loss_count; i++) {
        check_loss(j, at, j->model.loss[i].name, outputs.part[i], outputs.weight[i]);
    }
    for (int32_t i = 0; i < drawn.count; i++) {
        ck_assert_int_eq(drawn.match[i], s.match[i]);
    }
    ck_ok(axf_tape_backward(j->tape, outputs.total, 1, take_gradient, j));
    ck_assert_msg(at > 0 || axf_tape_grown(j->tape) == 0, "the plan was %zu bytes", axf_tape_reserved(j->tape));
    axf_tape_end(j->tape);
    axf_optimizer_end_step(&j->optimizer);
    axf_pairs_free(&drawn);
    free_step(&s);
}

static void check_gradients(const joint *j)
{
    const double floor = 1e-3 * golden_largest(j->golden, "grad.");
    int compared = 0, due = 0;
    for (int32_t i = 0; i < j->model.params.count; i++) {
        const axf_param *param = j->model.params.items[i];
        const int64_t count = axf_param_elements(param);
        char name[256];
        snprintf(name, sizeof name, "grad.%s", param->name);
        const axf_stored *entry = axf_safetensors_find(j->golden, name);
        if (entry != NULL) {
            float *want = golden_entry_real(entry);
            golden_close(name, j->gradient[i], want, count, floor, j->tolerance);
            free(want);
            compared++;
        }
        for (int64_t k = 0; entry == NULL && k < count; k++) {
            ck_assert_msg(j->gradient[i][k] == 0, "%s has a gradient, the reference gives none", param->name);
        }
    }
    for (size_t i = 0; i < axf_safetensors_count(j->golden); i++) {
        due += strncmp(axf_safetensors_entry_at(j->golden, i)->name, "grad.", 5) == 0;
    }
    ck_assert_int_eq(compared, due);
}

/* How far each parameter came, within 1e-4 of the longest way of its tensor (5e-4 in float32: AdamW goes as far for a
 * small gradient as for a large one, and the last batch leaves a norm of the ResNet four values) and the rounding of a
 * float32 value in each step. What the reference leaves alone must not move. */
static void check_after(const joint *j, double share)
{
    for (int32_t i = 0; i < j->model.params.count; i++) {
        axf_param *param = j->model.params.items[i];
        const int64_t count = axf_param_elements(param);
        const float *start = j->start[i];
        char name[256];
        snprintf(name, sizeof name, "after.%s", param->name);
        const axf_stored *entry = axf_safetensors_find(j->golden, name);
        float *want = entry != NULL ? golden_entry_real(entry) : NULL, *now = malloc((size_t)count * sizeof *now);
        double longest = 0;
        ck_ok(axf_param_get(param, now));
        for (int64_t k = 0; want != NULL && k < count; k++) {
            longest = fmax(longest, fabs((double)want[k] - (double)start[k])); /* fmax leaves NaN out */
        }
        for (int64_t k = 0; k < count; k++) {
            const double due = want != NULL ? (double)want[k] : (double)start[k];
            const double room = want != NULL ? share * longest + STEPS * 0x1p-24 * fabs(due) : 0;
            ck_assert_msg(isnan(due) || fabs((double)now[k] - due) <= room,
                          "%s[%lld] is %.9g after the steps, the reference has %.9g, from %.9g", name, (long long)k,
                          (double)now[k], due, (double)start[k]);
        }
        free(want);
        free(now);
    }
}

#define VILT "max_length: 12, weights: " JOINT "vilt"
#define MMBT "max_length: 12, weights: " JOINT "mmbt/bert, image_weights: " JOINT "mmbt/resnet"
#define LXMERT "max_length: 12, weights: " JOINT "lxmert, features: " JOINT "lxmert/"
#define ONE_FILE LXMERT "features.safetensors"
#define FILES LXMERT "feats, boxes: " JOINT "lxmert/boxes"
#define ITC "itc: {beta: 0.2}"
#define ITM "itm: {beta: 0.3}"
#define ITM_AGAIN "itm: {beta: 0.3, second_pass: true}"
static const struct variant {
    const char *golden, *name, *model, *losses;
} variants[] = {
    {"vilt/none", "vilt", VILT, ""},
    {"vilt/CM", "vilt", VILT, ITC ", " ITM},
    {"vilt/CM", "vilt", VILT, ITC ", " ITM_AGAIN}, /* without dropout, the same numbers */
    {"mmbt/none", "mmbt", MMBT, ""},
    {"mmbt/CM", "mmbt", MMBT, ITC ", " ITM},
    {"lxmert/none", "lxmert", ONE_FILE, ""},
    {"lxmert/M", "lxmert", FILES, ITM},
    {"lxmert/CM", "lxmert", ONE_FILE, ITC ", " ITM},
    {"lxmert/CM", "lxmert", FILES, ITC ", " ITM_AGAIN},
    {"mmbt/defects", "mmbt", MMBT ", reference_defects: true", ITC ", " ITM_AGAIN},
};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

START_TEST(joint_model_equals_transformers)
{
    const struct variant *variant = &variants[_i / RIG_KINDS];
    const int kind = _i % RIG_KINDS;
    static joint j;
    char path[512];
    if (!rig_has_backend(rig_kinds[kind].backend)) {
        return;
    }
    j = (joint){.tolerance = rig_kinds[kind].tolerance};
    snprintf(path, sizeof path, JOINT "%s.safetensors", variant->golden);
    j.golden = golden_open(path);
    snprintf(path, sizeof path, JOINT "%s/inputs.safetensors", variant->name);
    j.inputs = golden_open(path);
    open_model(&j, kind, variant->name, variant->model, variant->losses);
    for (int at = 0; at < STEPS; at++) {
        run_step(&j, at);
    }
    check_gradients(&j);
    check_after(&j, rig_kinds[kind].precision == AXF_PRECISION_F64 ? 1e-4 : 5e-4);
    close_model(&j);
    axf_safetensors_close(j.golden);
    axf_safetensors_close(j.inputs);
}
END_TEST

/* ---- one plugin at a time ---- */

typedef struct encoder {
    rig r;
    axf_instance instance;
    const axf_joint_encoder *vtable;
    axf_joint_facts facts;
} encoder;

static axf_status encoder_describe(encoder *e, const char *name, const char *options)
{
    ck_assert(rig_open(&e->r, 1));
    rig_instance(&e->r, &e->instance, AXF_KIND_JOINT_ENCODER, name, options);
    e->vtable = e->instance.vtable;
    e->facts = (axf_joint_facts){.struct_size = sizeof e->facts};
    return e->vtable->describe(&e->instance.host, e->instance.options, &e->facts);
}

static void encoder_open(encoder *e, const char *name, const char *options, const char *golden)
{
    ck_ok(encoder_describe(e, name, options));
    ck_ok(e->vtable->declare(&e->instance.host, e->instance.options, AXF_WANT_FUSED, &e->instance.self));
    axf_safetensors *file = golden_open(golden);
    rig_ready(&e->r, file);
    axf_safetensors_close(file);
}

static void encoder_close(encoder *e)
{
    if (e->instance.self != NULL) {
        e->vtable->destroy(e->instance.self);
    }
    rig_close(&e->r, &e->instance);
}

/* Without a tape. */
static void encoder_abandon(encoder *e)
{
    axf_params_free(&e->r.model.params);
    e->r.model.backend->destroy(e->r.model.backend_self);
    axf_instance_free(&e->instance);
    axf_instance_free(&e->r.backend);
    axf_arena_free(&e->r.arena);
    axf_registry_free(&e->r.registry);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    FILE *file = fopen(temp_path(folder, name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* A folder without weights. */
static const char *checkpoint_folder(const char *config, const char *preprocessor)
{
    const char *folder = temp_folder_make();
    write_text(folder, "config.json", config);
    write_text(folder, "preprocessor_config.json", preprocessor);
    write_text(folder, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nword\n");
    return folder;
}

START_TEST(vilt_facts)
{
    static encoder e;
    encoder_open(&e, "vilt", "{" VILT "}", JOINT "vilt/none.safetensors");
    const axf_joint_facts *facts = &e.facts;
    ck_assert_int_eq(facts->width, 12);
    ck_assert_int_eq(facts->contrast_image_width, 12);
    ck_assert_int_eq(facts->contrast_projected, 1);
    ck_assert_int_eq(facts->couples_posts, 0);
    ck_assert_int_eq(facts->random_after_parts, 0);
    ck_assert_int_eq(facts->text.vocabulary, 30);
    ck_assert_int_eq(facts->image.recipe.resize, AXF_RESIZE_SHORT_CAPPED);
    ck_assert_int_eq(facts->image.recipe.filter, AXF_FILTER_BICUBIC);
    ck_assert_int_eq(facts->image.recipe.short_side, 24);
    ck_assert_int_eq(facts->image.recipe.long_cap, 39); /* int(1333 / 800 · 24) */
    ck_assert_int_eq(facts->image.recipe.multiple, 8);
    ck_assert_int_eq(facts->image.recipe.one_size, 0);
    encoder_close(&e);
}
END_TEST

START_TEST(lxmert_facts)
{
    static encoder e;
    encoder_open(&e, "lxmert", "{" ONE_FILE "}", JOINT "lxmert/none.safetensors");
    const axf_joint_facts *facts = &e.facts;
    ck_assert_int_eq(facts->width, 12);
    ck_assert_int_eq(facts->match_width, 12);
    ck_assert_int_eq(facts->contrast_text_width, 12);
    ck_assert_int_eq(facts->contrast_image_width, 12);
    ck_assert_int_eq(facts->contrast_projected, 1);
    ck_assert_int_eq(facts->couples_posts, 0);
    ck_assert_int_eq(facts->random_after_parts, 0);
    ck_assert_int_eq(facts->text.vocabulary, 30);
    ck_assert_int_eq(facts->text.max_length, 12);
    ck_assert_int_eq(facts->image.from_pixels, 0);
    ck_assert_int_eq(facts->image.rows, 5);
    ck_ok(e.vtable->has_features(e.instance.self, "12"));
    ck_assert_int_ne(e.vtable->has_features(e.instance.self, "13"), AXF_OK);
    ck_assert_msg(strstr(axf_error_message(), "'13'") != NULL, "%s", axf_error_message());
    encoder_close(&e);
}
END_TEST

START_TEST(mmbt_facts)
{
    static encoder e;
    encoder_open(&e, "mmbt", "{" MMBT "}", JOINT "mmbt/none.safetensors");
    const axf_joint_facts *facts = &e.facts;
    ck_assert_int_eq(facts->width, 12);
    ck_assert_int_eq(facts->contrast_text_width, 12);
    ck_assert_int_eq(facts->contrast_image_width, 12);
    ck_assert_int_eq(facts->contrast_projected, 1);
    ck_assert_int_eq(facts->couples_posts, 1);
    ck_assert_int_eq(facts->image.couples_posts, 1);
    ck_assert_int_eq(facts->image.pooled_width, 64);
    ck_assert_int_eq(facts->image.recipe.resize, AXF_RESIZE_SHORT_SIDE);
    ck_assert_int_eq(facts->image.recipe.short_side, 73); /* 8/7 of 64 */
    ck_assert_int_eq(facts->image.recipe.crop, AXF_CROP_HALF_EVEN);
    ck_assert_float_eq(facts->image.recipe.mean[0], 0.46777044f);
    ck_assert_float_eq(facts->image.recipe.std[2], 0.14380469f);
    encoder_close(&e);
}
END_TEST

/* The size and the numbers of parameters of the published models, whose config.json may leave defaults out. */
START_TEST(published_sizes)
{
    static encoder e;
    static const struct published {
        const char *name, *options;
        int32_t short_side, long_cap, multiple, crop, tensors;
        int64_t elements; /* ViLT: ViltModel's without its pooler; MMBT: BertModel, ResNet-152 and the projection */
    } models[] = {
        {"vilt", "{weights: random, config: %s}", 384, 639, 32, 0, 204, 111004416},
        {"mmbt", "{weights: random, config: %s, image_weights: random}", 256, 0, 0, 224, 976, 169351104},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char options[512];
        const char *folder = checkpoint_folder("{}", "{}");
        snprintf(options, sizeof options, models[i].options, folder);
        ck_ok(encoder_describe(&e, models[i].name, options));
        ck_assert_int_eq(e.facts.image.recipe.short_side, models[i].short_side);
        ck_assert_int_eq(e.facts.image.recipe.long_cap, models[i].long_cap);
        ck_assert_int_eq(e.facts.image.recipe.multiple, models[i].multiple);
        ck_assert_int_eq(e.facts.image.recipe.crop_height, models[i].crop);
        ck_ok(e.vtable->declare(&e.instance.host, e.instance.options, AXF_WANT_FUSED, &e.instance.self));
        int64_t elements = 0;
        for (int32_t k = 0; k < e.r.model.params.count; k++) {
            elements += axf_param_elements(e.r.model.params.items[k]);
        }
        ck_assert_int_eq(e.r.model.params.count, models[i].tensors);
        ck_assert_int_eq(elements, models[i].elements);
        e.vtable->destroy(e.instance.self);
        encoder_abandon(&e);
        temp_folder_remove(folder);
    }
}
END_TEST

static void check_tokens(encoder *e, const char *text, int32_t count, const int32_t *want, int32_t type)
{
    int32_t ids[16], types[16], got = -1;
    ck_ok(e->vtable->tokenize(e->instance.self, text, strlen(text), ids, types, &got));
    ck_assert_int_eq(got, count);
    for (int32_t i = 0; i < count; i++) {
        ck_assert_int_eq(ids[i], want[i]);
        ck_assert_int_eq(types[i], type);
    }
}

START_TEST(texts_are_cut)
{
    static encoder e;
    encoder_open(&e, "mmbt", "{" MMBT ", normalise: none}", JOINT "mmbt/none.safetensors");
    check_tokens(&e, "w0 w24 nothing", 3, (const int32_t[]){5, 29, 1}, 1); /* no [CLS], no [SEP] */
    check_tokens(&e, "", 1, (const int32_t[]){1}, 1);
    check_tokens(&e, "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14", 12, /* 12 of the text itself */
                 (const int32_t[]){6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 1);
    encoder_close(&e);
    encoder_open(&e, "vilt", "{" VILT ", normalise: none}", JOINT "vilt/none.safetensors");
    check_tokens(&e, "w0 w24 nothing", 5, (const int32_t[]){2, 5, 29, 1, 3}, 0);
    check_tokens(&e, "", 2, (const int32_t[]){2, 3}, 0);
    encoder_close(&e);
}
END_TEST

START_TEST(wrong_configurations)
{
    static encoder e;
    static const struct wrong {
        const char *name, *config, *recipe, *message;
    } cases[] = {
        {"vilt", "{\"model_type\": \"bert\"}", "{}", "model_type"},
        {"vilt", "{\"image_size\": 16}", "{}", "image_size 16"},
        {"vilt", "{\"max_image_length\": 100}", "{}", "max_image_length"},
        {"vilt", "{\"modality_type_vocab_size\": 1}", "{}", "modality_type_vocab_size"},
        {"vilt", "{}", "{\"size_divisor\": 48}", "multiples of 48"},
        {"vilt", "{}", "{\"size\": {\"height\": 384, \"width\": 1000000}, \"size_divisor\": 1000}", "size_divisor"},
        {"vilt", "{}", "{\"do_resize\": false}", "do_resize"},
        {"vilt", "{\"vocab_size\": 4}", "{}", "vocab_size"},
        {"mmbt", "{\"type_vocab_size\": 1}", "{}", "2 token types"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char options[512];
        const char *folder = checkpoint_folder(cases[i].config, cases[i].recipe);
        snprintf(options, sizeof options, "{weights: random, config: %s%s}", folder,
                 strcmp(cases[i].name, "mmbt") == 0 ? ", image_weights: random" : "");
        ck_assert_int_ne(encoder_describe(&e, cases[i].name, options), AXF_OK);
        ck_assert_msg(strstr(axf_error_message(), cases[i].message) != NULL, "case %zu: '%s' lacks '%s'", i,
                      axf_error_message(), cases[i].message);
        encoder_abandon(&e);
        temp_folder_remove(folder);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("joint encoders");
    TCase *models = tcase_create("models");
    tcase_set_timeout(models, 120);
    tcase_add_loop_test(models, joint_model_equals_transformers, 0, VARIANTS * RIG_KINDS);
    suite_add_tcase(suite, models);
    TCase *plugins = tcase_create("plugins");
    tcase_add_test(plugins, vilt_facts);
    tcase_add_test(plugins, lxmert_facts);
    tcase_add_test(plugins, mmbt_facts);
    tcase_add_test(plugins, published_sizes);
    tcase_add_test(plugins, texts_are_cut);
    tcase_add_test(plugins, wrong_configurations);
    suite_add_tcase(suite, plugins);
    return run_suite(suite);
}
