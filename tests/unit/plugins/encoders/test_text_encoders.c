/* RoBERTa, BERTweet and Bernice against transformers: ids of the golden texts, outputs, gradients; these and BERT:
 * three steps, and batches of one. */
#include "encoder_case.h"
#include "wide_case.h"

#include <jansson.h>
#include <stdbool.h>

#define TOKENS AXF_SOURCE_DIR "/tests/golden/tokens/cases.jsonl"
#define MODELS AXF_SOURCE_DIR "/tests/golden/text_encoders/"

/* ---- tokenizers ---- */

static const struct token_case {
    const char *encoder, *folder;
    int tweets_on; /* lines of TOKENS whose "tweet" is read: 1 odd, 0 even */
} token_cases[] = {
    {"roberta", AXF_SOURCE_DIR "/tests/golden/byte_bpe", 1},
    {"bernice", AXF_SOURCE_DIR "/tests/golden/xlm_roberta/unigram", 1},
    {"bernice", AXF_SOURCE_DIR "/tests/golden/xlm_roberta/bpe", 0},
};
enum { TOKEN_CASES = 3 };

static json_t *next_line(FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    json_t *parsed = NULL;
    if (getline(&line, &size, file) > 0) {
        parsed = json_loads(line, JSON_ALLOW_NUL, NULL);
        ck_assert_ptr_nonnull(parsed);
    }
    free(line);
    return parsed;
}

static void expect_ids(const axf_instance *instance, const json_t *wanted, const json_t *text)
{
    static int32_t ids[2048], types[2048];
    int32_t count = 0;
    const axf_text_encoder *encoder = instance->vtable;
    const char *string = json_string_value(text);
    ck_assert_ptr_nonnull(string);
    ck_ok(encoder->tokenize(instance->self, string, json_string_length(text), ids, types, &count));
    ck_assert_msg(count == (int32_t)json_array_size(wanted), "\"%s\": %d ids, not %zu", string, count,
                  json_array_size(wanted));
    for (int32_t i = 0; i < count; i++) {
        const int32_t id = (int32_t)json_integer_value(json_array_get(wanted, (size_t)i));
        ck_assert_msg(ids[i] == id, "\"%s\": token %d is %d, not %d", string, i, ids[i], id);
        ck_assert_int_eq(types[i], 0);
    }
}

static int check_cases(const axf_instance *instance, const struct token_case *which, int64_t length)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/cases.jsonl", which->folder);
    FILE *cases = fopen(path, "r"), *tweets = fopen(TOKENS, "r");
    ck_assert(cases != NULL && tweets != NULL);
    json_t *item;
    int count = 0;
    for (int line = 0; (item = next_line(cases)) != NULL; line++) {
        json_t *golden = next_line(tweets);
        const json_t *text = json_object_get(item, "text");
        if (text == NULL) {
            text = json_object_get(golden, line % 2 == which->tweets_on ? "tweet" : "text");
        }
        if (json_integer_value(json_object_get(item, "length")) == length) {
            expect_ids(instance, json_object_get(item, "ids"), text);
            count++;
        }
        json_decref(golden);
        json_decref(item);
    }
    fclose(cases);
    fclose(tweets);
    return count;
}

START_TEST(ids_equal_transformers)
{
    static const int64_t lengths[] = {128, 32, 8, 2048};
    const struct token_case *which = &token_cases[_i];
    int count = 0;
    for (int i = 0; i < 4; i++) {
        static rig r;
        axf_instance instance;
        char options[1200];
        snprintf(options, sizeof options, "{weights: random, config: %s, normalise: none, max_length: %lld}",
                 which->folder, (long long)lengths[i]);
        ck_assert_int_eq(rig_open(&r, 0), 1);
        rig_instance(&r, &instance, AXF_KIND_TEXT_ENCODER, which->encoder, options);
        const axf_text_encoder *encoder = instance.vtable;
        ck_ok(encoder->declare(&instance.host, instance.options, AXF_WANT_FIRST, &instance.self));
        count += check_cases(&instance, which, lengths[i]);
        encoder->destroy(instance.self);
        rig_close(&r, &instance);
    }
    ck_assert_int_ge(count, 3200);
}
END_TEST

/* ---- models ---- */

static const struct model_case {
    const char *encoder, *folder;
    bool pooler; /* in the checkpoint */
} model_cases[] = {
    {"roberta", MODELS "roberta", true},
    {"bertweet", MODELS "bertweet", false},
    {"bernice", MODELS "bernice", true},
};
enum { MODEL_CASES = 3 };

static void check_rows(rig *r, const axf_pass *pass, const axf_state *state, const axf_safetensors *file)
{
    axf_tensor *rows = state_find(state, "rows");
    rig_check(r, "output.rows", rows, file);
    ck_ok(axf_tape_backward(r->tape, weighed(r, pass, rows, file, "upstream.rows"), 1, NULL, NULL));
    rig_check_gradients(r, file);
}

START_TEST(models_equal_transformers)
{
    static rig r;
    axf_instance instance;
    texts t;
    char text[1200];
    const struct model_case *which = &model_cases[_i / RIG_KINDS];
    if (!rig_open(&r, _i % RIG_KINDS)) {
        return;
    }
    snprintf(text, sizeof text, "%s/golden.safetensors", which->folder);
    axf_safetensors *file = golden_open(text);
    snprintf(text, sizeof text, "{weights: %s, max_length: 20}", which->folder);
    rig_instance(&r, &instance, AXF_KIND_TEXT_ENCODER, which->encoder, text);
    const axf_text_encoder *encoder = instance.vtable;
    axf_text_facts facts = {.struct_size = sizeof facts};
    ck_ok(encoder->describe(&instance.host, instance.options, &facts));
    ck_assert_int_eq(facts.vocabulary, 99);
    ck_assert_int_eq(facts.max_length, 20);
    ck_assert_int_eq(facts.random, 0);
    ck_ok(encoder->declare(&instance.host, instance.options, facts.gives, &instance.self));
    rig_ready(&r, file);
    axf_weights_summary summary;
    ck_ok(axf_weights_load(&r.model, &instance, &summary));
    ck_assert_int_eq(summary.drawn, which->pooler ? 0 : 2);
    const uint32_t wanted = which->pooler ? facts.gives : AXF_WANT_ROWS;
    const axf_pass *pass = rig_begin(&r, "text", 1, wanted, 5);
    const axf_tokens tokens = tokens_of(&r, file, &t);
    axf_state state = {.struct_size = sizeof state};
    ck_ok(encoder->encode(instance.self, pass, &tokens, &state));
    (which->pooler ? check_encoder : check_rows)(&r, pass, &state, file);
    axf_tape_end(r.tape);
    texts_free(&t);
    encoder->destroy(instance.self);
    rig_close(&r, &instance);
    axf_safetensors_close(file);
}
END_TEST

/* ---- three steps, and batches of one ---- */

static const struct step_case {
    const char *encoder, *folder;
    int longest; /* all positions that the model has */
    bool pooler;
} step_cases[] = {
    {"bert", GOLDEN "bert", 24, true},
    {"roberta", MODELS "roberta", 20, true},
    {"bertweet", MODELS "bertweet", 20, false},
    {"bernice", MODELS "bernice", 20, true},
};
enum { STEP_CASES = 4 };

typedef struct step_rig {
    rig r;
    axf_instance instance;
    const axf_text_encoder *encoder;
    axf_safetensors *file;
    bool pooler;
} step_rig;

static bool steps_open(step_rig *s, const struct step_case *which, int kind)
{
    char text[1200];
    if (!rig_open(&s->r, kind)) {
        return false;
    }
    snprintf(text, sizeof text, "%s/steps.safetensors", which->folder);
    s->file = golden_open(text);
    s->pooler = which->pooler;
    snprintf(text, sizeof text, "{weights: %s, max_length: %d}", which->folder, which->longest);
    rig_instance(&s->r, &s->instance, AXF_KIND_TEXT_ENCODER, which->encoder, text);
    s->encoder = s->instance.vtable;
    axf_text_facts facts = {.struct_size = sizeof facts};
    ck_ok(s->encoder->describe(&s->instance.host, s->instance.options, &facts));
    const uint32_t wanted = AXF_WANT_ROWS | (which->pooler ? AXF_WANT_POOLED : 0);
    ck_ok(s->encoder->declare(&s->instance.host, s->instance.options, wanted, &s->instance.self));
    rig_ready(&s->r, s->file);
    axf_weights_summary summary;
    ck_ok(axf_weights_load(&s->r.model, &s->instance, &summary));
    ck_assert_int_eq(summary.drawn, 0);
    return true;
}

static void steps_close(step_rig *s)
{
    s->encoder->destroy(s->instance.self);
    rig_close(&s->r, &s->instance);
    axf_safetensors_close(s->file);
}

static axf_tensor *steps_forward(rig *r, void *context, int check)
{
    const step_rig *s = context;
    texts t;
    const uint32_t wanted = AXF_WANT_ROWS | (s->pooler ? AXF_WANT_POOLED : 0);
    const axf_pass *pass = rig_begin(r, "text", 1, wanted, 4);
    const axf_tokens tokens = tokens_of(r, s->file, &t);
    axf_state state = {.struct_size = sizeof state};
    ck_ok(s->encoder->encode(s->instance.self, pass, &tokens, &state));
    axf_tensor *rows = state_find(&state, "rows");
    axf_tensor *loss = weighed(r, pass, rows, s->file, "input.upstream.rows");
    if (s->pooler) {
        axf_tensor *pooled = state_find(&state, "pooled");
        loss = pass->ops->add(pass, loss, weighed(r, pass, pooled, s->file, "input.upstream.pooled"));
    }
    if (check) {
        rig_check(r, "output.rows", rows, s->file);
        rig_check(r, "output.loss", loss, s->file);
        if (s->pooler) {
            rig_check(r, "output.pooled", state_find(&state, "pooled"), s->file);
        }
    }
    texts_free(&t);
    return loss;
}

START_TEST(three_steps_equal_transformers)
{
    static step_rig s;
    s = (step_rig){0};
    if (steps_open(&s, &step_cases[_i / RIG_KINDS], _i % RIG_KINDS)) {
        wide_run(&s.r, s.file, steps_forward, &s);
        steps_close(&s);
    }
}
END_TEST

/* One post of the file as a batch of its own: the rows that it has among the others. */
static void check_alone(step_rig *s, int32_t post)
{
    rig *r = &s->r;
    int32_t *ids = golden_index(s->file, "input.ids"), *types = golden_index(s->file, "input.types");
    int32_t *offsets = golden_index(s->file, "input.offsets");
    float *want = golden_real(s->file, "output.rows");
    const int32_t begin = offsets[post], length = offsets[post + 1] - begin, own[2] = {0, length};
    int32_t padded_ids[32];
    const int64_t all = 32;
    ck_assert_int_le(length, all);
    for (int32_t i = 0; i < all; i++) {
        padded_ids[i] = i < length ? ids[begin + i] : -1;
    }
    const axf_pass *pass = rig_begin(r, "text", 0, AXF_WANT_ROWS, 1);
    const axf_rows *rows = axf_tape_rows(r->tape, 1, own);
    const axf_tokens tokens = {.struct_size = sizeof tokens,
                               .rows = rows,
                               .ids = axf_tape_input(r->tape, AXF_I32, 1, &all, padded_ids, rows),
                               .host_ids = padded_ids,
                               .host_types = types + begin};
    axf_state state = {.struct_size = sizeof state};
    ck_ok(s->encoder->encode(s->instance.self, pass, &tokens, &state));
    ck_ok(axf_tape_status(r->tape));
    const axf_tensor *got = state_find(&state, "rows");
    const int64_t width = got->shape[1];
    double *values = malloc((size_t)axf_tensor_elements(got) * sizeof *values);
    ck_ok(axf_tape_read_double(r->tape, got, values));
    golden_close("rows of a batch of one", values, want + begin * width, length * width, 0, r->tolerance);
    axf_tape_end(r->tape);
    free(values);
    free(want);
    free(offsets);
    free(types);
    free(ids);
}

START_TEST(batches_of_one)
{
    static step_rig s;
    s = (step_rig){0};
    if (steps_open(&s, &step_cases[_i / RIG_KINDS], _i % RIG_KINDS)) {
        for (int32_t post = 0; post < 4; post++) {
            check_alone(&s, post);
        }
        steps_close(&s);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text encoders");
    TCase *tests = tcase_create("text encoders");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, ids_equal_transformers, 0, TOKEN_CASES);
    tcase_add_loop_test(tests, models_equal_transformers, 0, MODEL_CASES * RIG_KINDS);
    tcase_add_loop_test(tests, three_steps_equal_transformers, 0, STEP_CASES * RIG_KINDS);
    tcase_add_loop_test(tests, batches_of_one, 0, STEP_CASES * RIG_KINDS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
