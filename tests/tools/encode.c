/* One encoder alone, on inputs from a file: its outputs for comparison with other libraries, or its times.
 *
 *   encode KIND NAME OPTIONS INPUT OUTPUT [backend=cpu] [precision=fp32|bf16] [threads=2] [steps=N] [warm_up=N]
 *          [backward=1] [new=FILE]
 *
 * KIND is text, image or joint; OPTIONS are the encoder's, as a YAML map. INPUT is a safetensors file: "ids" and
 * "offsets" (i32; offsets [posts+1]) of texts; "pixels" [posts, 3, H, W] of images, or all images' elements one after
 * the other with "height" and "width" (i32, [posts]). Encoders of regions read those from their own option, under the
 * ids 0, 1, …. OUTPUT gets "first", "rows", "pooled" of an encoder, "fused", "match", "contrast_text",
 * "contrast_image" of a joint one; "-" writes nothing, and a joint one then computes fused alone. new=FILE,
 * safetensors, holds values of parameters that are in no checkpoint, by the names the encoder declares. steps=N prints
 * {"seconds": [N], "peak_rss_bytes"}: each step a forward pass in evaluation mode, or, with backward=1, one in training
 * mode and its backward pass. */
#include "auxfuse/joint_encoder.h"

#include "core/clock.h"
#include "core/error.h"
#include "model/load_weights.h"
#include "model/model.h"
#include "model/state.h"
#include "spec/options.h"
#include "spec/yaml.h"
#include "tensor/backward.h"
#include "tensor/param_values.h"
#include "tensor/passes.h"
#include "tensor/ragged.h"
#include "tensor/shape.h"
#include "tensor/tape.h"
#include "tensor/transfers.h"
#include "weights/safetensors.h"
#include "weights/safetensors_write.h"
#include "weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct bench {
    axf_registry registry;
    axf_instance backend, encoder;
    axf_model model; /* its backend and params alone */
    axf_tape *tape;
    axf_arena arena;
    int32_t kind;                   /* 't', 'i', 'j' */
    int32_t has_texts, has_regions; /* what posts consist of; images where there are no regions */
    uint32_t wanted;
    /* inputs in host memory */
    int32_t posts, *ids, *offsets, *height, *width;
    int64_t padded, elements, *pixel_offset;
    float *pixels;
    char (*names)[12]; /* the posts' ids, for regions */
    const char **post_ids;
    /* of the step under way */
    axf_state state, image;
    axf_joined joined;
} bench;

static void check(axf_status status)
{
    if (status != AXF_OK) {
        fprintf(stderr, "encode: error: %s\n", axf_error_message());
        exit(1);
    }
}

/* The value of KEY=VALUE among the arguments, or the fallback. */
static const char *argument(char **argv, const char *key, const char *fallback)
{
    const size_t length = strlen(key);
    for (; *argv != NULL; argv++) {
        if (strncmp(*argv, key, length) == 0 && (*argv)[length] == '=') {
            return *argv + length + 1;
        }
    }
    return fallback;
}

static void open_instance(bench *b, axf_instance *instance, const char *kind, const char *name, const char *options)
{
    axf_registered *component;
    check(axf_registry_get(&b->registry, kind, name, &component));
    check(axf_instance_init(instance, component, name, 7));
    const axf_options_context context = {.owner = name};
    const axf_node *map = NULL;
    if (options != NULL) {
        axf_source *source = axf_arena_alloc(&b->arena, sizeof *source);
        *source = (axf_source){.name = "OPTIONS", .folder = ".", .text = options, .length = strlen(options)};
        check(axf_yaml_parse(&b->arena, source, &map));
    }
    if (component->component.options != NULL) {
        check(axf_options_parse(component->component.options, map, &instance->arena, instance->options, &context));
    }
}

static void open_backend(bench *b, char **argv)
{
    open_instance(b, &b->backend, AXF_KIND_BACKEND, argument(argv, "backend", "cpu"), NULL);
    const int bf16 = strcmp(argument(argv, "precision", "fp32"), "bf16") == 0;
    const axf_backend_request request = {.struct_size = sizeof request,
                                         .precision = bf16 ? AXF_PRECISION_BF16 : AXF_PRECISION_F32,
                                         .threads = atoi(argument(argv, "threads", "2"))};
    b->model.backend = b->backend.vtable;
    check(b->model.backend->create(&b->backend.host, b->backend.options, &request, &b->model.backend_self));
    axf_params_init(&b->model.params, b->model.backend, b->model.backend_self, AXF_F32);
}

static void declare_joint(bench *b, int outputs)
{
    axf_instance *e = &b->encoder;
    axf_joint_facts facts = {.struct_size = sizeof facts};
    const axf_joint_encoder *joint = e->vtable;
    facts.text.struct_size = sizeof facts.text;
    facts.image.struct_size = sizeof facts.image;
    check(joint->describe(&e->host, e->options, &facts));
    b->has_regions = !facts.image.from_pixels;
    b->wanted = outputs ? facts.gives : AXF_WANT_FUSED;
    check(joint->declare(&e->host, e->options, b->wanted, &e->self));
}

static void describe_and_declare(bench *b, int outputs)
{
    axf_instance *e = &b->encoder;
    e->params = &b->model.params;
    if (b->kind == 't') {
        axf_text_facts facts = {.struct_size = sizeof facts};
        const axf_text_encoder *text = e->vtable;
        check(text->describe(&e->host, e->options, &facts));
        b->wanted = facts.gives;
        check(text->declare(&e->host, e->options, b->wanted, &e->self));
    } else if (b->kind == 'i') {
        axf_image_facts facts = {.struct_size = sizeof facts};
        const axf_image_encoder *image = e->vtable;
        check(image->describe(&e->host, e->options, &facts));
        b->wanted = facts.gives;
        check(image->declare(&e->host, e->options, b->wanted, &e->self));
    } else {
        declare_joint(b, outputs);
    }
    e->params = NULL;
}

/* What no checkpoint holds, from a file of its own; each of the file's tensors must find its parameter. */
static void set_new(bench *b, const char *path)
{
    const axf_instance *e = &b->encoder;
    axf_safetensors *file;
    size_t set = 0;
    check(axf_safetensors_open(path, &file));
    for (int32_t i = 0; i < e->declared_count; i++) {
        axf_param *param = e->declared[i];
        const axf_stored *entry = axf_safetensors_find(file, param->spec.name);
        if (entry == NULL) {
            continue;
        }
        if (entry->count != axf_param_elements(param)) {
            check(axf_fail(AXF_ERR_FORMAT, "%s: '%s' has %lld elements, and %lld are due", path, param->spec.name,
                           (long long)entry->count, (long long)axf_param_elements(param)));
        }
        float *values = axf_alloc((size_t)entry->count * sizeof *values);
        check(axf_stored_read_f32(entry, values, entry->count));
        check(axf_param_set(param, values));
        free(values);
        set++;
    }
    if (set != axf_safetensors_count(file)) {
        check(axf_fail(AXF_ERR_FORMAT, "%s: holds tensors that the encoder does not have", path));
    }
    axf_safetensors_close(file);
}

static void load(bench *b, const char *new_values)
{
    axf_instance *e = &b->encoder;
    check(axf_params_allocate(&b->model.params));
    for (int32_t i = 0; i < b->model.params.count; i++) {
        axf_param *param = b->model.params.items[i];
        param->trained = !(param->spec.flags & AXF_PARAM_BUFFER);
        param->tensor.wants_gradient = param->trained;
    }
    axf_weights_summary summary;
    check(axf_weights_load(&b->model, e, &summary));
    fprintf(stderr, "%lld tensors loaded, %lld drawn, %lld ignored\n", (long long)summary.loaded,
            (long long)summary.drawn, (long long)summary.ignored);
    if (new_values != NULL) {
        set_new(b, new_values);
    }
    const axf_tape_settings settings = {.seed = 7};
    check(axf_tape_new(b->model.backend, b->model.backend_self, &b->model.params, &settings, &b->tape));
}

static int32_t *read_index(const axf_stored *entry, int64_t room, int32_t fill)
{
    if (entry->dtype != AXF_STORED_I32) {
        check(axf_fail(AXF_ERR_FORMAT, "'%s' must be i32", entry->name));
    }
    int32_t *values = axf_alloc((size_t)room * sizeof *values);
    check(axf_stored_read_raw(entry, 0, values, entry->size));
    for (int64_t i = entry->count; i < room; i++) {
        values[i] = fill;
    }
    return values;
}

/* An entry that must be there with `count` elements (-1: any number of at least 1). */
static const axf_stored *required(const axf_safetensors *file, const char *name, int64_t count)
{
    const axf_stored *entry = axf_safetensors_find(file, name);
    if (entry == NULL || entry->count < 1 || (count >= 0 && entry->count != count)) {
        check(axf_fail(AXF_ERR_FORMAT, "INPUT lacks '%s', or has too many or too few of it", name));
    }
    return entry;
}

static void read_texts(bench *b, const axf_safetensors *file)
{
    const axf_stored *ids = required(file, "ids", -1), *offsets = required(file, "offsets", -1);
    b->padded = axf_rows_padded(ids->count);
    b->ids = read_index(ids, b->padded, -1);
    b->offsets = read_index(offsets, offsets->count, 0);
    b->posts = (int32_t)offsets->count - 1;
}

static void read_sizes(bench *b, const axf_safetensors *file, const axf_stored *pixels)
{
    if (pixels->ndim == 4) {
        b->posts = (int32_t)pixels->shape[0];
        b->height = axf_alloc((size_t)b->posts * sizeof *b->height);
        b->width = axf_alloc((size_t)b->posts * sizeof *b->width);
        for (int32_t i = 0; i < b->posts; i++) {
            b->height[i] = (int32_t)pixels->shape[2];
            b->width[i] = (int32_t)pixels->shape[3];
        }
    } else {
        const axf_stored *height = required(file, "height", -1), *width = required(file, "width", height->count);
        b->posts = (int32_t)height->count;
        b->height = read_index(height, b->posts, 0);
        b->width = read_index(width, b->posts, 0);
    }
}

static void read_pixels(bench *b, const axf_safetensors *file)
{
    const axf_stored *pixels = required(file, "pixels", -1);
    read_sizes(b, file, pixels);
    b->elements = pixels->count;
    b->pixels = axf_alloc((size_t)b->elements * sizeof *b->pixels);
    check(axf_stored_read_f32(pixels, b->pixels, pixels->count));
    b->pixel_offset = axf_alloc(((size_t)b->posts + 1) * sizeof *b->pixel_offset);
    b->pixel_offset[0] = 0;
    for (int32_t i = 0; i < b->posts; i++) {
        b->pixel_offset[i + 1] = b->pixel_offset[i] + 3 * (int64_t)b->height[i] * b->width[i];
    }
    if (b->pixel_offset[b->posts] != b->elements) {
        check(axf_fail(AXF_ERR_FORMAT, "INPUT has %lld elements of pixels, and its sizes need %lld",
                       (long long)b->elements, (long long)b->pixel_offset[b->posts]));
    }
}

static void name_posts(bench *b)
{
    b->names = axf_alloc((size_t)b->posts * sizeof *b->names);
    b->post_ids = axf_alloc((size_t)b->posts * sizeof *b->post_ids);
    for (int32_t i = 0; i < b->posts; i++) {
        snprintf(b->names[i], sizeof b->names[i], "%d", (int)i);
        b->post_ids[i] = b->names[i];
    }
}

static void read_inputs(bench *b, const char *path)
{
    axf_safetensors *file;
    check(axf_safetensors_open(path, &file));
    if (b->has_texts) {
        read_texts(b, file);
    }
    const int32_t texts = b->posts;
    if (b->has_regions) {
        name_posts(b);
    } else if (b->kind != 't') {
        read_pixels(b, file);
    }
    if (b->posts < 1 || (b->has_texts && texts != b->posts)) {
        check(axf_fail(AXF_ERR_FORMAT, "%s: %d texts and %d images", path, (int)texts, (int)b->posts));
    }
    axf_safetensors_close(file);
}

static axf_tokens tokens_of(const bench *b)
{
    const axf_rows *rows = axf_tape_rows(b->tape, b->posts, b->offsets);
    return (axf_tokens){.struct_size = sizeof(axf_tokens),
                        .rows = rows,
                        .ids = axf_tape_input(b->tape, AXF_I32, 1, &b->padded, b->ids, rows),
                        .host_ids = b->ids};
}

static axf_images images_of(const bench *b)
{
    int32_t one_size = 1;
    for (int32_t i = 1; i < b->posts; i++) {
        one_size &= b->height[i] == b->height[0] && b->width[i] == b->width[0];
    }
    return (axf_images){.struct_size = sizeof(axf_images),
                        .posts = b->posts,
                        .pixels = axf_tape_input(b->tape, AXF_F32, 1, &b->elements, b->pixels, NULL),
                        .height = b->height,
                        .width = b->width,
                        .offset = b->pixel_offset,
                        .one_size = one_size};
}

static void join(bench *b, const axf_pass *pass)
{
    const axf_instance *e = &b->encoder;
    const axf_joint_encoder *joint = e->vtable;
    const axf_tokens tokens = tokens_of(b);
    check(joint->text_part(e->self, pass, &tokens, &b->state));
    if (b->has_regions) {
        check(joint->features_part(e->self, pass, b->post_ids, &b->image));
    } else {
        const axf_images images = images_of(b);
        check(joint->image_part(e->self, pass, &images, &b->image));
    }
    check(joint->join(e->self, pass, &b->state, &b->image, &b->joined));
}

/* Forward, and with `backward` the gradients of the sum of what comes out. The outputs live until axf_tape_end. */
static void step(bench *b, int backward)
{
    const axf_instance *e = &b->encoder;
    axf_params_begin_step(&b->model.params);
    axf_tape_begin(b->tape, backward, 0);
    const axf_pass_settings settings = {
        "encoder", backward, backward ? AXF_PASS_FIRST : AXF_PASS_EVALUATION, b->wanted, b->posts, NULL, 0, backward};
    const axf_pass *pass = axf_tape_pass(b->tape, &settings);
    b->state = (axf_state){.struct_size = sizeof b->state};
    b->image = b->state;
    b->joined = (axf_joined){.struct_size = sizeof b->joined};
    if (b->kind == 't') {
        const axf_tokens tokens = tokens_of(b);
        check(((const axf_text_encoder *)e->vtable)->encode(e->self, pass, &tokens, &b->state));
    } else if (b->kind == 'i') {
        const axf_images images = images_of(b);
        check(((const axf_image_encoder *)e->vtable)->encode(e->self, pass, &images, &b->state));
    } else {
        join(b, pass);
    }
    check(axf_tape_status(b->tape));
    axf_tensor *rows = axf_state_find(&b->state, "rows");
    if (backward) {
        axf_tensor *loss = pass->ops->sum(pass, b->kind == 'j' ? b->joined.fused : rows, 1);
        check(axf_tape_status(b->tape));
        check(axf_tape_backward(b->tape, loss, 1, NULL, NULL));
    }
    check(b->model.backend->synchronize(b->model.backend_self));
}

/* ---- results ---- */

enum { MOST_OUTPUTS = 4 };

/* What came out, by name; NULL what did not. */
static void list_outputs(const bench *b, const char *names[MOST_OUTPUTS], const axf_tensor *tensors[MOST_OUTPUTS])
{
    static const char *const of_one[MOST_OUTPUTS] = {"first", "rows", "pooled", "none"};
    static const char *const of_joint[MOST_OUTPUTS] = {"fused", "match", "contrast_text", "contrast_image"};
    const axf_joined *j = &b->joined;
    const axf_tensor *const joined[MOST_OUTPUTS] = {j->fused, j->match, j->contrast_text, j->contrast_image};
    for (size_t i = 0; i < MOST_OUTPUTS; i++) {
        names[i] = b->kind == 'j' ? of_joint[i] : of_one[i];
        tensors[i] = b->kind == 'j' ? joined[i] : axf_state_find(&b->state, of_one[i]);
    }
}

static void write_outputs(bench *b, const char *path)
{
    const char *names[MOST_OUTPUTS];
    const axf_tensor *tensors[MOST_OUTPUTS];
    int64_t shapes[MOST_OUTPUTS][2];
    axf_safetensors_item items[MOST_OUTPUTS];
    size_t count = 0;
    list_outputs(b, names, tensors);
    for (size_t i = 0; i < MOST_OUTPUTS; i++) {
        const axf_tensor *t = tensors[i];
        if (t == NULL) {
            continue;
        }
        tensors[count] = t;
        shapes[count][0] = t->rows != NULL ? t->rows->total : t->shape[0]; /* no padding */
        shapes[count][1] = t->shape[1];
        items[count] = (axf_safetensors_item){names[i], AXF_STORED_F32, 2, shapes[count]};
        count++;
    }
    axf_safetensors_writer *writer;
    check(axf_safetensors_create(path, NULL, 0, items, count, &writer));
    for (size_t i = 0; i < count; i++) {
        float *values = axf_alloc((size_t)axf_tensor_elements(tensors[i]) * sizeof *values);
        check(axf_tape_read(b->tape, tensors[i], values));
        check(axf_safetensors_put(writer, values, (size_t)(shapes[i][0] * shapes[i][1]) * sizeof *values));
        free(values);
    }
    check(axf_safetensors_commit(writer));
}

static void time_steps(bench *b, int warm_up, int steps, int backward)
{
    for (int i = 0; i < warm_up; i++) {
        step(b, backward);
        axf_tape_end(b->tape);
    }
    printf("{\"seconds\": [");
    for (int i = 0; i < steps; i++) {
        const double begin = axf_clock();
        step(b, backward);
        axf_tape_end(b->tape);
        printf("%s%.6f", i > 0 ? ", " : "", axf_clock() - begin);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("], \"peak_rss_bytes\": %lld}\n", (long long)usage.ru_maxrss * 1024);
}

static void close_all(bench *b)
{
    axf_instance *e = &b->encoder;
    if (b->kind == 't') {
        ((const axf_text_encoder *)e->vtable)->destroy(e->self);
    } else if (b->kind == 'i') {
        ((const axf_image_encoder *)e->vtable)->destroy(e->self);
    } else {
        ((const axf_joint_encoder *)e->vtable)->destroy(e->self);
    }
    axf_tape_free(b->tape);
    axf_params_free(&b->model.params);
    b->model.backend->destroy(b->model.backend_self);
    axf_instance_free(e);
    axf_instance_free(&b->backend);
    free(b->ids);
    free(b->offsets);
    free(b->pixels);
    free(b->height);
    free(b->width);
    free(b->names);
    free(b->post_ids);
    free(b->pixel_offset);
    axf_arena_free(&b->arena);
    axf_registry_free(&b->registry);
}

int main(int argc, char **argv)
{
    static bench b;
    if (argc < 6 || strchr("tij", argv[1][0]) == NULL) {
        fprintf(stderr, "usage: encode text|image|joint NAME OPTIONS INPUT OUTPUT|- [KEY=VALUE]…\n");
        return 2;
    }
    b.kind = (unsigned char)argv[1][0];
    check(axf_registry_add_defaults(&b.registry));
    open_backend(&b, argv + 6);
    open_instance(&b, &b.encoder,
                  b.kind == 't'   ? AXF_KIND_TEXT_ENCODER
                  : b.kind == 'i' ? AXF_KIND_IMAGE_ENCODER
                                  : AXF_KIND_JOINT_ENCODER,
                  argv[2], argv[3]);
    b.has_texts = b.kind != 'i';
    const int outputs = strcmp(argv[5], "-") != 0;
    describe_and_declare(&b, outputs);
    read_inputs(&b, argv[4]);
    load(&b, argument(argv + 6, "new", NULL));
    if (outputs) {
        step(&b, 0);
        write_outputs(&b, argv[5]);
        axf_tape_end(b.tape);
    }
    const int steps = atoi(argument(argv + 6, "steps", "0"));
    if (steps > 0) {
        time_steps(&b, atoi(argument(argv + 6, "warm_up", "2")), steps,
                   strcmp(argument(argv + 6, "backward", "0"), "1") == 0);
    }
    close_all(&b);
    return 0;
}
