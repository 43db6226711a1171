/* One encoder alone, on inputs from a file: its outputs for comparison with other libraries, or its times.
 *
 *   encode KIND NAME OPTIONS INPUT OUTPUT [backend=cpu] [precision=fp32|bf16] [threads=2] [steps=N] [warm_up=N]
 * [backward=1]
 *
 * KIND is text, image or joint; OPTIONS are the encoder's, as a YAML map. INPUT is a safetensors file: "ids" and
 * "offsets" (i32; offsets [posts+1]) of texts, "pixels" [posts, 3, H, W] of images. OUTPUT gets "first", "rows",
 * "pooled" of an encoder, "fused" and "match" of a joint one; "-" writes nothing. steps=N prints {"seconds": [N],
 * "peak_rss_bytes"}: each step a forward pass in evaluation mode, or, with backward=1, one in training mode and its
 * backward pass. */
#include "auxfuse/joint_encoder.h"

#include "core/error.h"
#include "core/safetensors.h"
#include "core/weights.h"
#include "spec/options.h"
#include "spec/yaml.h"
#include "tensor/tape.h"
#include "train/session.h"
#include "train/weights.h"

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
    int32_t kind; /* 't', 'i', 'j' */
    uint32_t wanted;
    /* inputs in host memory */
    int32_t posts, *ids, *offsets, *height, *width;
    int64_t padded, elements, *pixel_offset;
    float *pixels;
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

static void declare(bench *b)
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
        axf_joint_facts facts = {.struct_size = sizeof facts};
        const axf_joint_encoder *joint = e->vtable;
        facts.text.struct_size = sizeof facts.text;
        facts.image.struct_size = sizeof facts.image;
        check(joint->describe(&e->host, e->options, &facts));
        b->wanted = facts.gives & (AXF_WANT_FUSED | AXF_WANT_MATCH);
        check(joint->declare(&e->host, e->options, b->wanted, &e->self));
    }
    e->params = NULL;
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

static void read_inputs(bench *b, const char *path)
{
    axf_safetensors *file;
    check(axf_safetensors_open(path, &file));
    const axf_stored *ids = axf_safetensors_find(file, "ids"),
                                *offsets = axf_safetensors_find(file, "offsets"),
                                *pixels = axf_safetensors_find(file, "pixels");
    if ((b->kind != 'i' && (ids == NULL || offsets == NULL || offsets->count < 2)) ||
        (b->kind != 't' && (pixels == NULL || pixels->ndim != 4))) {
        check(axf_fail(AXF_ERR_FORMAT, "%s: lacks ids and offsets, or pixels [posts, 3, H, W]", path));
    }
    if (b->kind != 'i') {
        b->padded = (ids->count + 31) / 32 * 32;
        b->ids = read_index(ids, b->padded, -1);
        b->offsets = read_index(offsets, offsets->count, 0);
        b->posts = (int32_t)offsets->count - 1;
    }
    if (b->kind != 't') {
        b->posts = (int32_t)pixels->shape[0];
        b->elements = pixels->count;
        b->pixels = axf_alloc((size_t)b->elements * sizeof *b->pixels);
        check(axf_stored_read_f32(pixels, b->pixels, pixels->count));
        b->height = axf_alloc(2 * (size_t)b->posts * sizeof *b->height);
        b->width = b->height + b->posts;
        b->pixel_offset = axf_alloc(((size_t)b->posts + 1) * sizeof *b->pixel_offset);
        for (int32_t i = 0; i <= b->posts; i++) {
            b->pixel_offset[i] = b->elements / b->posts * i;
        }
        for (int32_t i = 0; i < b->posts; i++) {
            b->height[i] = (int32_t)pixels->shape[2];
            b->width[i] = (int32_t)pixels->shape[3];
        }
    }
    axf_safetensors_close(file);
}

static axf_tokens tokens_of(const bench *b)
{
    const axf_rows *rows = axf_tape_rows(b->tape, b->posts, b->offsets);
    return (axf_tokens){sizeof(axf_tokens), rows, axf_tape_input(b->tape, AXF_I32, 1, &b->padded, b->ids, rows), b->ids,
                        NULL, NULL, NULL};
}

static axf_images images_of(const bench *b)
{
    return (axf_images){.struct_size = sizeof(axf_images),
                        .posts = b->posts,
                        .pixels = axf_tape_input(b->tape, AXF_F32, 1, &b->elements, b->pixels, NULL),
                        .height = b->height,
                        .width = b->width,
                        .offset = b->pixel_offset,
                        .one_size = 1};
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
    const axf_tokens tokens = b->kind != 'i' ? tokens_of(b) : (axf_tokens){0};
    const axf_images images = b->kind != 't' ? images_of(b) : (axf_images){0};
    if (b->kind == 't') {
        check(((const axf_text_encoder *)e->vtable)->encode(e->self, pass, &tokens, &b->state));
    } else if (b->kind == 'i') {
        check(((const axf_image_encoder *)e->vtable)->encode(e->self, pass, &images, &b->state));
    } else {
        const axf_joint_encoder *joint = e->vtable;
        check(joint->text_part(e->self, pass, &tokens, &b->state));
        check(joint->image_part(e->self, pass, &images, &b->image));
        check(joint->join(e->self, pass, &b->state, &b->image, &b->joined));
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

static void write_outputs(bench *b, const char *path)
{
    enum { MOST = 5 };
    const char *names[MOST];
    const axf_tensor *tensors[MOST];
    int64_t shapes[MOST][2];
    axf_safetensors_item items[MOST];
    size_t count = 0;
    static const char *const kinds[] = {"first", "rows", "pooled"};
    for (size_t i = 0; i < 3 && b->kind != 'j'; i++) {
        names[count] = kinds[i];
        tensors[count] = axf_state_find(&b->state, kinds[i]);
        count += tensors[count] != NULL;
    }
    if (b->kind == 'j') {
        names[0] = "fused";
        tensors[count++] = b->joined.fused;
        names[1] = "match";
        tensors[count] = b->joined.match;
        count += b->joined.match != NULL;
    }
    for (size_t i = 0; i < count; i++) {
        shapes[i][0] = tensors[i]->rows != NULL ? tensors[i]->rows->total : tensors[i]->shape[0]; /* no padding */
        shapes[i][1] = tensors[i]->shape[1];
        items[i] = (axf_safetensors_item){names[i], AXF_STORED_F32, 2, shapes[i]};
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
    read_inputs(&b, argv[4]);
    declare(&b);
    if (strcmp(argv[5], "-") != 0) {
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
