/* The tokenizer of one encoder alone, or the tweet normaliser, over many texts: for tools/check-real-texts.
 *
 *   tokenize text|joint NAME OPTIONS     ids of each text; OPTIONS are the encoder's, as a YAML map
 *   tokenize normalise                   each text as BERTweet normalises tweets
 *
 * Standard input holds texts, each behind its number of bytes (u32); standard output gets, for each, the number of ids
 * (u32) and the ids (i32), or the number of bytes and the bytes. */
#include "auxfuse/joint_encoder.h"

#include "common/tweet/normalise.h"
#include "core/error.h"
#include "core/text.h"
#include "experiment/experiment.h"
#include "spec/options.h"
#include "spec/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef axf_status tokenize_function(void *self, const char *text, size_t length, int32_t *ids, int32_t *types,
                                     int32_t *count);

typedef struct tokenizer {
    axf_registry registry;
    axf_instance encoder;
    axf_params params;
    axf_arena arena;
    tokenize_function *tokenize;
    int32_t *ids; /* room for the longest text's */
} tokenizer;

static void check(axf_status status)
{
    if (status != AXF_OK) {
        fprintf(stderr, "tokenize: error: %s\n", axf_error_message());
        exit(1);
    }
}

static void open_instance(tokenizer *t, const char *kind, const char *name, const char *options)
{
    axf_registered *component;
    check(axf_registry_get(&t->registry, kind, name, &component));
    check(axf_instance_init(&t->encoder, component, name, 7));
    const axf_options_context context = {.owner = name};
    const axf_node *map = NULL;
    axf_source source = {.name = "OPTIONS", .folder = ".", .text = options, .length = strlen(options)};
    check(axf_yaml_parse(&t->arena, &source, &map));
    check(axf_options_parse(component->component.options, map, &t->encoder.arena, t->encoder.options, &context));
    axf_params_init(&t->params, NULL, NULL, AXF_F32); /* declared, never allocated */
    t->encoder.params = &t->params;
}

static void open_text(tokenizer *t, const char *name, const char *options)
{
    axf_instance *e = &t->encoder;
    open_instance(t, AXF_KIND_TEXT_ENCODER, name, options);
    const axf_text_encoder *text = e->vtable;
    axf_text_facts facts = {.struct_size = sizeof facts};
    check(text->describe(&e->host, e->options, &facts));
    check(text->declare(&e->host, e->options, AXF_WANT_FIRST, &e->self));
    t->tokenize = text->tokenize;
    t->ids = axf_alloc((size_t)facts.max_length * sizeof *t->ids);
}

static void open_joint(tokenizer *t, const char *name, const char *options)
{
    axf_instance *e = &t->encoder;
    open_instance(t, AXF_KIND_JOINT_ENCODER, name, options);
    const axf_joint_encoder *joint = e->vtable;
    axf_joint_facts facts = {.struct_size = sizeof facts};
    facts.text.struct_size = sizeof facts.text;
    facts.image.struct_size = sizeof facts.image;
    check(joint->describe(&e->host, e->options, &facts));
    check(joint->declare(&e->host, e->options, AXF_WANT_FUSED, &e->self));
    t->tokenize = joint->tokenize;
    t->ids = axf_alloc((size_t)facts.text.max_length * sizeof *t->ids);
}

/* The next text, to be freed; NULL at the end. */
static char *next_text(size_t *length)
{
    uint32_t bytes;
    if (fread(&bytes, sizeof bytes, 1, stdin) != 1) {
        return NULL;
    }
    char *text = axf_alloc((size_t)bytes + 1);
    if (fread(text, 1, bytes, stdin) != bytes) {
        check(axf_fail(AXF_ERR_FORMAT, "a text ends before its %u bytes", bytes));
    }
    *length = bytes;
    return text;
}

static void put(const void *values, size_t count, size_t size)
{
    const uint32_t number = (uint32_t)count;
    if (fwrite(&number, sizeof number, 1, stdout) != 1 || fwrite(values, size, count, stdout) != count) {
        check(axf_fail(AXF_ERR_IO, "standard output cannot be written"));
    }
}

static void close_all(tokenizer *t)
{
    axf_instance *e = &t->encoder;
    if (strcmp(e->component->kind->id, AXF_KIND_TEXT_ENCODER) == 0) {
        ((const axf_text_encoder *)e->vtable)->destroy(e->self);
    } else {
        ((const axf_joint_encoder *)e->vtable)->destroy(e->self);
    }
    e->params = NULL;
    axf_params_free(&t->params);
    axf_instance_free(e);
    axf_arena_free(&t->arena);
    axf_registry_free(&t->registry);
    free(t->ids);
}

static void tokenize_all(tokenizer *t)
{
    size_t length;
    for (char *text; (text = next_text(&length)) != NULL; free(text)) {
        int32_t count = 0;
        check(t->tokenize(t->encoder.self, text, length, t->ids, NULL, &count));
        put(t->ids, (size_t)count, sizeof *t->ids);
    }
}

static void normalise_all(void)
{
    size_t length;
    for (char *text, *tweet; (text = next_text(&length)) != NULL; free(text), free(tweet)) {
        size_t bytes;
        if (axf_tweet_normalise(text, length, &tweet, &bytes) != AXF_OK) {
            check(axf_fail(AXF_ERR_DATA, "a text of %zu bytes cannot be normalised", length));
        }
        put(tweet, bytes, 1);
    }
}

int main(int argc, char **argv)
{
    static tokenizer t;
    const int text = argc == 4 && strcmp(argv[1], "text") == 0, joint = argc == 4 && strcmp(argv[1], "joint") == 0;
    if (argc == 2 && strcmp(argv[1], "normalise") == 0) {
        normalise_all();
    } else if (text || joint) {
        check(axf_registry_add_defaults(&t.registry));
        (text ? open_text : open_joint)(&t, argv[2], argv[3]);
        tokenize_all(&t);
        close_all(&t);
    } else {
        fprintf(stderr, "usage: tokenize text|joint NAME OPTIONS | tokenize normalise, texts on standard input\n");
        return 2;
    }
    if (fflush(stdout) != 0) {
        check(axf_fail(AXF_ERR_IO, "standard output cannot be written"));
    }
    return 0;
}
