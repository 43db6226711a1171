/* Whole late-fusion models, as the host wires them from YAML: outputs, losses, gradients and three AdamW steps against
 * transformers and torch, with every fusion and the auxiliary losses together, towers frozen and trained. */
#include "model_case.h"

#include "model/declare.h"
#include "model/describe.h"
#include "model/pass.h"
#include "tensor/backward.h"
#include "tensor/reserve.h"
#include "train/optimizer.h"

enum { STEPS = 3, POSTS = 4, CLASSES = 3, SIDE = 64 };

typedef struct variant {
    const char *golden; /* file under tests/golden/models/late */
    const char *fusion, *losses, *image;
    const char *mode; /* "frozen", "trained": of the image tower, and which values of the file; NULL: both in turn */
    int text_frozen, drawn; /* drawn: pictures of SIDE x SIDE that are not in the file of inputs */
    const char *text, *objective;
} variant;

typedef struct late {
    axf_registry registry;
    axf_arena arena;
    axf_experiment experiment;
    axf_model model;
    axf_optimizer optimizer;
    axf_tape *tape;
    const variant *variant;
    const char *mode; /* "frozen", "trained" */
    double tolerance;
    axf_safetensors *golden, *inputs;
    double **initial;  /* of each parameter */
    double **gradient; /* of the first step */
} late;

static int32_t *pairs; /* [POSTS, 2] text and image slot of the step's second pass */

/* Draws that come to the pairs of the golden file. */
static void forced_uniform(const axf_host *host, const axf_pass *pass, const char *name, int32_t slot, int32_t count,
                           float *numbers)
{
    (void)host, (void)pass;
    ck_assert_str_eq(name, "pairs");
    ck_assert_int_eq(count, 2);
    const int32_t text = pairs[2 * slot];
    ck_assert_int_eq(pairs[2 * slot + 1], slot);
    numbers[0] = text == slot ? 0.75f : 0.25f;
    numbers[1] = ((float)(text - (text > slot)) + 0.5f) / (POSTS - 1);
}

static void parse(late *l, const char *backend, const char *precision)
{
    static const char *const components[][2] = {{AXF_KIND_TEXT_ENCODER, "bert"},  {AXF_KIND_TEXT_ENCODER, "roberta"},
                                                {AXF_KIND_IMAGE_ENCODER, "vit"},  {AXF_KIND_IMAGE_ENCODER, "deit"},
                                                {AXF_KIND_FUSION, "concat"},      {AXF_KIND_FUSION, "attention"},
                                                {AXF_KIND_FUSION, "gmu"},         {AXF_KIND_FUSION, "aspect-att"},
                                                {AXF_KIND_FUSION, "concat_cnn"},  {AXF_KIND_FUSION, "xatt"},
                                                {AXF_KIND_LOSS, "cross_entropy"}, {AXF_KIND_LOSS, "itc"},
                                                {AXF_KIND_LOSS, "itm"},           {AXF_KIND_LOSS, "iadds"},
                                                {AXF_KIND_LOSS, "bce"},           {AXF_KIND_LOSS, "loss_correction"},
                                                {AXF_KIND_DATASET, "synthetic"}};
    const variant *v = l->variant;
    char resnet[1024];
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        rig_component(&l->registry, components[i][0], components[i][1]);
    }
    snprintf(resnet, sizeof resnet, "%s/lib/auxfuse/resnet.so", AXF_BUILD_DIR);
    ck_ok(axf_registry_add_file(&l->registry, resnet));
    rig_component(&l->registry, AXF_KIND_BACKEND, backend);
    const char *text = axf_arena_printf(&l->arena,
                                        "name: golden\n"
                                        "data: {loader: synthetic}\n"
                                        "model:\n"
                                        "  text: {%s, frozen: %s}\n"
                                        "  image: {%s, frozen: %s}\n"
                                        "  fusion: %s\n"
                                        "  head: {dropout: 0}\n"
                                        "objective: {loss: %s, class_weights: balanced}\n"
                                        "losses: {%s}\n"
                                        "train: {epochs: 1, batch: 4, learning_rate: 1e-3, weight_decay: 2.5e-4}\n"
                                        "backend: %s\n"
                                        "precision: %s\n",
                                        v->text, v->text_frozen ? "true" : "false", v->image,
                                        strcmp(l->mode, "frozen") == 0 ? "true" : "false", v->fusion, v->objective,
                                        v->losses, backend, precision);
    axf_source *source = axf_arena_alloc(&l->arena, sizeof *source);
    *source = (axf_source){.name = "golden.yml", .folder = "/", .text = text, .length = strlen(text)};
    const axf_node *spec;
    ck_ok(axf_yaml_parse(&l->arena, source, &spec));
    ck_ok(axf_experiment_parse(&l->experiment, &l->registry, spec, 40, 1));
}

/* "fusion.linear.weight" or "text.NAME" to the parameter's name in a golden file: the same. */
static void set_initial(late *l)
{
    axf_params *params = &l->model.params;
    l->initial = calloc((size_t)params->count, sizeof *l->initial);
    l->gradient = calloc((size_t)params->count, sizeof *l->gradient);
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        char name[256];
        snprintf(name, sizeof name, "initial.%s", param->name);
        const axf_stored *entry = axf_safetensors_find(l->golden, name);
        const int tower = strncmp(param->name, "text.", 5) == 0 || strncmp(param->name, "image.", 6) == 0;
        const int missing = strncmp(param->name, "image.pooler.", 13) == 0 && strstr(l->variant->image, "deit") != NULL;
        ck_assert_msg((entry != NULL) == (!tower || missing), "%s: is in the golden file: %d", param->name,
                      entry != NULL);
        if (entry != NULL) {
            rig_set(param, entry);
        }
        const int64_t count = axf_param_elements(param);
        float *values = malloc((size_t)count * sizeof *values);
        ck_ok(axf_param_get(param, values));
        l->initial[i] = malloc((size_t)count * sizeof *l->initial[i]);
        l->gradient[i] = calloc((size_t)count, sizeof *l->gradient[i]);
        for (int64_t k = 0; k < count; k++) {
            l->initial[i][k] = values[k];
        }
        free(values);
        param->tensor.wants_gradient = param->trained;
    }
}

static void open_model(late *l, int kind)
{
    const int32_t precision = rig_kinds[kind].precision;
    parse(l, rig_kinds[kind].backend, precision == AXF_PRECISION_F64 ? "fp64" : "fp32");
    for (int32_t i = 0; i < l->experiment.loss_count; i++) {
        if (strcmp(l->experiment.loss_name[i], "itm") == 0) {
            l->experiment.loss[i].instance->host.uniform = forced_uniform;
        }
    }
    const int several = strcmp(l->variant->objective, "bce") == 0;
    const int32_t classes = strcmp(l->variant->objective, "loss_correction") == 0 ? 2 : CLASSES;
    ck_ok(axf_model_describe(&l->model, &l->experiment, classes, several));
    axf_instance *instance = l->experiment.backend.instance;
    const axf_backend *backend = instance->vtable;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = precision, .threads = 2};
    void *self;
    ck_ok(backend->create(&instance->host, instance->options, &request, &self));
    ck_ok(axf_model_declare(&l->model, backend, self, 1));
    ck_ok(axf_model_load(&l->model));
    set_initial(l);
    l->model.class_weights = golden_real(l->inputs, "class_weights"); /* freed with the model */
    ck_ok(axf_optimizer_init(&l->optimizer, &l->experiment, &l->model.params, STEPS));
    const axf_tape_settings settings = {.seed = 40};
    ck_ok(axf_tape_new(backend, self, &l->model.params, &settings, &l->tape));
}

static void close_model(late *l)
{
    const axf_backend *backend = l->model.backend;
    void *self = l->model.backend_self;
    for (int32_t i = 0; i < l->model.params.count; i++) {
        free(l->initial[i]);
        free(l->gradient[i]);
    }
    free(l->initial);
    free(l->gradient);
    axf_tape_free(l->tape);
    axf_optimizer_free(&l->optimizer);
    axf_model_free(&l->model);
    backend->destroy(self);
    axf_experiment_free(&l->experiment);
    axf_registry_free(&l->registry);
    axf_arena_free(&l->arena);
}

/* Keeps the first step's gradients, then lets the optimiser have them. */
static axf_status take_gradient(void *context, axf_param *param)
{
    late *l = context;
    for (int32_t i = 0; i < l->model.params.count && l->optimizer.step == 0; i++) {
        if (l->model.params.items[i] == param) {
            free(l->gradient[i]);
            l->gradient[i] = rig_gradient(l->tape, param);
        }
    }
    return axf_optimizer_update(&l->optimizer, param);
}

static int32_t *step_index(const late *l, int step, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "step%d.%s", step, what);
    return golden_index(l->inputs, name);
}

static void check_tensor(const late *l, const char *name, const axf_tensor *tensor)
{
    const axf_stored *entry = golden_entry(l->golden, name);
    ck_assert_int_eq(axf_tensor_elements(tensor), entry->count);
    double *got = malloc((size_t)entry->count * sizeof *got);
    ck_ok(axf_tape_read_double(l->tape, tensor, got));
    float *want = golden_entry_real(entry);
    golden_close(name, got, want, entry->count, 0, l->tolerance);
    free(got);
    free(want);
}

static void check_loss(const late *l, int step, const char *part, const axf_tensor *sum, double weight)
{
    char name[96];
    double value;
    snprintf(name, sizeof name, "%s.loss.%s", l->mode, part);
    float *want = golden_real(l->golden, name);
    ck_ok(axf_tape_read_double(l->tape, sum, &value));
    value /= weight;
    snprintf(name, sizeof name, "%s loss %s of step %d", l->mode, part, step);
    golden_close(name, &value, &want[step], 1, 0, l->tolerance);
    free(want);
}

/* Reserves what the step needs, found without computing: the step itself must then do with it. */
static void plan_step(late *l, const axf_batch *batch)
{
    axf_outputs outputs = {0};
    axf_params_begin_step(&l->model.params);
    axf_tape_begin(l->tape, 1, 1);
    ck_ok(axf_model_run(&l->model, l->tape, batch, 1, &outputs));
    ck_ok(axf_tape_backward(l->tape, outputs.total, 1, NULL, NULL));
    const size_t extent = axf_tape_extent(l->tape);
    axf_tape_end(l->tape);
    ck_ok(axf_tape_reserve(l->tape, extent));
}

/* As tools/golden/late_wide.py draws them. */
static float *drawn_pixels(int step)
{
    float *pixels = malloc((size_t)POSTS * 3 * SIDE * SIDE * sizeof *pixels), *at = pixels;
    for (int b = 0; b < POSTS; b++) {
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < SIDE * SIDE; i++) {
                const int y = i / SIDE, x = i % SIDE;
                *at++ = (float)((x * (3 + c + b) + y * (5 + 2 * c + step) + x * y / 16 + 7 * b * step) % 32 - 16) / 8;
            }
        }
    }
    return pixels;
}

typedef struct step_batch {
    axf_batch batch;
    int32_t sides[POSTS], *ids, *offsets, *targets;
    int64_t pixel_offset[POSTS + 1];
    float *pixels, image_adds[POSTS], labels[POSTS * CLASSES];
    const float *columns[1];
} step_batch;

static void open_batch(const late *l, int step, step_batch *s)
{
    static const axf_dataset_facts facts = {
        .struct_size = sizeof facts, .columns = 1, .column = {{"image_adds", AXF_COLUMN_REAL}}};
    static const int32_t slots[POSTS] = {0, 1, 2, 3};
    char name[64];
    const int32_t side = l->variant->drawn ? SIDE : 8;
    *s = (step_batch){.columns = {s->image_adds}};
    for (int b = 0; b < POSTS; b++) {
        s->image_adds[b] = (float)((b + step) % 2);
        s->sides[b] = side;
        s->pixel_offset[b + 1] = s->pixel_offset[b] + 3 * side * side;
        for (int k = 0; k < CLASSES; k++) { /* as tools/golden/late_wide.py has them */
            s->labels[b * CLASSES + k] = (float)((b * (k + 2) + step + k) / 2 % 2);
        }
    }
    s->ids = step_index(l, step, "ids");
    s->offsets = step_index(l, step, "offsets");
    s->targets = step_index(l, step, "targets");
    for (int b = 0; b < POSTS; b++) {
        s->targets[b] %= l->model.classes; /* of two classes: the parity */
    }
    snprintf(name, sizeof name, "step%d.pixels", step);
    s->pixels = l->variant->drawn ? drawn_pixels(step) : golden_real(l->inputs, name);
    s->batch = (axf_batch){.posts = POSTS,
                           .batch_posts = POSTS,
                           .slots = slots,
                           .step = step,
                           .token_offset = s->offsets,
                           .token_ids = s->ids,
                           .pixels = s->pixels,
                           .height = s->sides,
                           .width = s->sides,
                           .pixel_offset = s->pixel_offset,
                           .targets = l->model.multi_label ? NULL : s->targets,
                           .labels = l->model.multi_label ? s->labels : NULL,
                           .columns = s->columns,
                           .dataset = &facts};
}

static void close_batch(step_batch *s)
{
    free(s->ids);
    free(s->offsets);
    free(s->targets);
    free(s->pixels);
}

static void run_step(late *l, int step)
{
    static step_batch taken;
    open_batch(l, step, &taken);
    const axf_batch *batch = &taken.batch;
    int32_t *match = step_index(l, step, "match");
    pairs = step_index(l, step, "pairs");
    axf_pairs drawn = {0};
    axf_outputs outputs = {.pairs = &drawn};
    if (step == 0) {
        plan_step(l, batch);
    }
    axf_params_begin_step(&l->model.params);
    axf_optimizer_begin_step(&l->optimizer);
    axf_tape_begin(l->tape, 1, 0);
    ck_ok(axf_model_run(&l->model, l->tape, batch, 1, &outputs));
    if (step == 0) {
        check_tensor(l, "output.fused", outputs.fused);
        check_tensor(l, "output.logits", outputs.logits);
    }
    check_loss(l, step, "total", outputs.total, 1);
    for (int32_t i = 0; i < l->model.loss_count; i++) {
        check_loss(l, step, l->model.loss[i].name, outputs.part[i], outputs.weight[i]);
    }
    for (int32_t i = 0; i < drawn.count; i++) {
        ck_assert_int_eq(drawn.match[i], match[i]);
    }
    ck_ok(axf_tape_backward(l->tape, outputs.total, 1, take_gradient, l));
    ck_assert_msg(step > 0 || axf_tape_grown(l->tape) == 0, "the plan was %zu bytes", axf_tape_reserved(l->tape));
    axf_tape_end(l->tape);
    axf_optimizer_end_step(&l->optimizer);
    close_batch(&taken);
    axf_pairs_free(&drawn);
    free(match);
    free(pairs);
}

/* Frozen: the image tower's gradients are in the file, and none may be here. */
static void check_gradients(const late *l)
{
    const double floor = 1e-3 * golden_largest(l->golden, "grad.");
    int compared = 0;
    for (int32_t i = 0; i < l->model.params.count; i++) {
        const axf_param *param = l->model.params.items[i];
        const int64_t count = axf_param_elements(param);
        char name[256];
        snprintf(name, sizeof name, "grad.%s", param->name);
        const axf_stored *entry = axf_safetensors_find(l->golden, name);
        if (entry != NULL && param->trained) {
            float *want = golden_entry_real(entry);
            golden_close(name, l->gradient[i], want, count, floor, l->tolerance);
            free(want);
            compared++;
            continue;
        }
        for (int64_t k = 0; k < count; k++) {
            ck_assert_msg(l->gradient[i][k] == 0, "%s has a gradient, the reference gives none", param->name);
        }
    }
    ck_assert_int_gt(compared, l->variant->text_frozen ? 10 : 20);
}

static void check_after(const late *l)
{
    int compared = 0;
    for (int32_t i = 0; i < l->model.params.count; i++) {
        const axf_param *param = l->model.params.items[i];
        const int64_t count = axf_param_elements(param);
        char name[256];
        snprintf(name, sizeof name, "%s.after.%s", l->mode, param->name);
        const axf_stored *entry = axf_safetensors_find(l->golden, name);
        float *after = malloc((size_t)count * sizeof *after);
        ck_ok(axf_param_get(param, after));
        double *change = malloc((size_t)count * sizeof *change);
        for (int64_t k = 0; k < count; k++) {
            change[k] = (double)after[k] - l->initial[i][k];
        }
        if (entry != NULL) {
            float *want = golden_entry_real(entry);
            for (int64_t k = 0; k < count; k++) {
                want[k] = (float)((double)want[k] - l->initial[i][k]);
            }
            golden_close(name, change, want, count, 0, 1e-4);
            free(want);
            compared++;
        } else {
            for (int64_t k = 0; k < count; k++) {
                ck_assert_msg(change[k] == 0, "%s changed, the reference leaves it", param->name);
            }
        }
        free(after);
        free(change);
    }
    ck_assert_int_gt(compared, l->variant->text_frozen ? 10 : 20);
}

static void check_late(int kind, const variant *v)
{
    static const char *const modes[] = {"frozen", "trained"};
    if (!rig_has_backend(rig_kinds[kind].backend)) {
        return;
    }
    for (int mode = 0; mode < 2; mode++) {
        static late l;
        char path[512];
        if (v->mode != NULL && strcmp(v->mode, modes[mode]) != 0) {
            continue;
        }
        snprintf(path, sizeof path, GOLDEN "late/%s.safetensors", v->golden);
        l = (late){.variant = v, .mode = modes[mode], .tolerance = rig_kinds[kind].tolerance};
        l.golden = golden_open(path);
        l.inputs = golden_open(GOLDEN "late/inputs.safetensors");
        open_model(&l, kind);
        for (int step = 0; step < STEPS; step++) {
            run_step(&l, step);
        }
        check_gradients(&l);
        if (rig_kinds[kind].precision == AXF_PRECISION_F32) { /* as the reference's steps are */
            check_after(&l);
        }
        close_model(&l);
        axf_safetensors_close(l.golden);
        axf_safetensors_close(l.inputs);
    }
}

#define CE "cross_entropy"
#define ITC "itc: {beta: 0.2, projection_width: 8}"
#define ITM "itm: {beta: 0.3}"
#define ITM_AGAIN "itm: {beta: 0.3, second_pass: true}" /* without dropout, the same numbers */
#define IADDS "iadds: {beta: 0.1}"
#define VIT "encoder: vit, weights: " GOLDEN "late/image"
#define DEIT "encoder: deit, weights: " GOLDEN "late/deit" /* without a pooler: it is new, and trained */
#define BERT_AT(length) "encoder: bert, weights: " GOLDEN "late/text, max_length: " #length
#define BERT BERT_AT(14)
#define ROBERTA "encoder: roberta, weights: " AXF_SOURCE_DIR "/tests/golden/text_encoders/roberta, max_length: 14"
#define XATT_PADS "{strategy: xatt, bottleneck: 4, reference_defects: true}"
#define RESNET "encoder: resnet50, weights: " AXF_SOURCE_DIR "/tests/golden/wide/resnet"
static const variant variants[] = {
    {"concat-none", "concat", "", VIT, NULL, 0, 0, BERT, CE},
    {"concat-C", "concat", ITC, VIT, NULL, 0, 0, BERT, CE},
    {"concat-M", "concat", ITM, VIT, NULL, 0, 0, BERT, CE},
    {"concat-CM", "concat", ITC ", " ITM, VIT, NULL, 0, 0, BERT, CE},
    {"attention-none", "attention", "", VIT, NULL, 0, 0, BERT, CE},
    {"attention-C", "attention", ITC, VIT, NULL, 0, 0, BERT, CE},
    {"attention-M", "attention", ITM, VIT, NULL, 0, 0, BERT, CE},
    {"attention-CM", "attention", ITC ", " ITM, VIT, NULL, 0, 0, BERT, CE},
    {"concat-M", "concat", ITM_AGAIN, VIT, NULL, 0, 0, BERT, CE},
    {"attention-CM", "attention", ITC ", " ITM_AGAIN, VIT, NULL, 0, 0, BERT, CE},
    {"gmu-CMI", "gmu", ITC ", " ITM ", " IADDS, VIT, "trained", 0, 0, BERT, CE},
    {"aspect-att-CM", "aspect-att", ITC ", " ITM, VIT, "trained", 0, 0, BERT, CE},
    {"concat_cnn-CM", "concat_cnn", ITC ", " ITM, RESNET, "frozen", 1, 1, BERT, CE},
    {"xatt-CM", "{strategy: xatt, bottleneck: 4}", ITC ", " ITM, RESNET, "trained", 0, 1, BERT, CE},
    {"deit-CM", "concat", ITC ", " ITM, DEIT, "frozen", 0, 0, BERT, CE},
    {"xatt-pads-CM", XATT_PADS, ITC ", " ITM, RESNET, "frozen", 0, 1, BERT, CE},
    {"xatt-pads-CM", XATT_PADS, ITC ", " ITM_AGAIN, RESNET, "frozen", 0, 1, BERT, CE},
    {"xatt-pads-roberta-M", XATT_PADS, ITM, RESNET, "frozen", 0, 1, ROBERTA, CE},
    {"concat-bce-CM", "concat", ITC ", " ITM, VIT, "trained", 0, 0, BERT, "bce"},
    {"gmu-correction-CMI", "gmu", ITC ", " ITM ", " IADDS, VIT, "trained", 0, 0, BERT, "loss_correction"},
};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

START_TEST(late_model_equals_torch)
{
    check_late(_i % RIG_KINDS, &variants[_i / RIG_KINDS]);
}
END_TEST

/* Fused vectors of the first batch, whose longest text has 12 tokens; the caller frees. */
static double *fused_of(int kind, const char *text, const char *fusion, int64_t *count)
{
    static late l;
    static step_batch taken;
    const variant v = {"xatt-pads-CM", fusion, ITC ", " ITM, RESNET, "frozen", 1, 1, text, CE};
    axf_outputs outputs = {0};
    l = (late){.variant = &v, .mode = "frozen"};
    l.golden = golden_open(GOLDEN "late/xatt-pads-CM.safetensors");
    l.inputs = golden_open(GOLDEN "late/inputs.safetensors");
    open_model(&l, kind);
    open_batch(&l, 0, &taken);
    taken.batch.targets = NULL;
    axf_tape_begin(l.tape, 0, 0);
    ck_ok(axf_model_run(&l.model, l.tape, &taken.batch, 0, &outputs));
    *count = axf_tensor_elements(outputs.fused);
    double *fused = malloc((size_t)*count * sizeof *fused);
    ck_ok(axf_tape_read_double(l.tape, outputs.fused, fused));
    axf_tape_end(l.tape);
    close_batch(&taken);
    close_model(&l);
    axf_safetensors_close(l.golden);
    axf_safetensors_close(l.inputs);
    return fused;
}

/* The largest difference between two of them. */
static double width_matters(int kind, const char *fusion, const char *text, const char *other)
{
    int64_t count, others;
    double *a = fused_of(kind, text, fusion, &count), *b = fused_of(kind, other, fusion, &others), largest = 0;
    ck_assert_int_eq(count, others);
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(a[i] - b[i]));
    }
    free(a);
    free(b);
    return largest;
}

START_TEST(padded_length_changes_results_with_the_defect_only)
{
    if (!rig_has_backend(rig_kinds[_i].backend)) {
        return;
    }
    ck_assert_double_eq(width_matters(_i, "{strategy: xatt, bottleneck: 4}", BERT, BERT_AT(12)), 0);
    ck_assert_double_gt(width_matters(_i, XATT_PADS, BERT, BERT_AT(13)), 1e-3);
    ck_assert_double_gt(width_matters(_i, XATT_PADS, BERT, BERT_AT(12)), 1e-3);
    ck_assert_double_eq(width_matters(_i, XATT_PADS, BERT, BERT), 0);
}
END_TEST

static axf_text_facts told; /* by an encoder that is asked for rows of padding */
static axf_status (*describe_bert)(const axf_host *, const void *, axf_text_facts *);

static axf_status describe_otherwise(const axf_host *host, const void *options, axf_text_facts *facts)
{
    const axf_status status = describe_bert(host, options, facts);
    facts->takes_padding = told.takes_padding;
    facts->pad = told.pad;
    return status;
}

static void check_padding_refused(axf_text_facts facts, axf_status status, const char *words)
{
    static const variant v = {"xatt-pads-CM", XATT_PADS, "", RESNET, "frozen", 0, 1, BERT, CE};
    static late l;
    l = (late){.variant = &v, .mode = "frozen"};
    parse(&l, "reference", "fp32");
    axf_instance *text = l.experiment.text.instance;
    axf_text_encoder vtable = *(const axf_text_encoder *)text->vtable;
    describe_bert = vtable.describe;
    vtable.describe = describe_otherwise;
    text->vtable = &vtable;
    told = facts;
    ck_assert_int_eq(axf_model_describe(&l.model, &l.experiment, CLASSES, 0), status);
    ck_assert_msg(strstr(axf_error_message(), words) != NULL, "%s", axf_error_message());
    axf_experiment_free(&l.experiment);
    axf_registry_free(&l.registry);
    axf_arena_free(&l.arena);
}

START_TEST(encoder_without_rows_of_padding_is_refused)
{
    check_padding_refused((axf_text_facts){.takes_padding = 0}, AXF_ERR_SPEC,
                          "which text encoder 'bert' does not compute");
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "fusion 'xatt'"));
    check_padding_refused((axf_text_facts){.takes_padding = 1, .pad = 30}, AXF_ERR_PLUGIN, "with id 30");
    check_padding_refused((axf_text_facts){.takes_padding = 1, .pad = -1}, AXF_ERR_PLUGIN, "with id -1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("late fusion");
    TCase *models = tcase_create("models");
    tcase_set_timeout(models, 60);
    tcase_add_loop_test(models, late_model_equals_torch, 0, VARIANTS * RIG_KINDS);
    tcase_add_loop_test(models, padded_length_changes_results_with_the_defect_only, 0, RIG_KINDS);
    tcase_add_test(models, encoder_without_rows_of_padding_is_refused);
    suite_add_tcase(suite, models);
    return run_suite(suite);
}
