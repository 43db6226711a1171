#include "tensor/draws.h"

#include "core/philox.h"

#include <string.h>

/* A run has a few dozen texts, so a list is searched. */
const char *axf_draws_scope(axf_tape *tape, const char *component, int32_t scope)
{
    static const char *const suffixes[] = {"", "first", "second", "evaluation"};
    const char *suffix = scope >= AXF_PASS_FIRST && scope <= AXF_PASS_EVALUATION ? suffixes[scope] : "";
    const size_t length = strlen(component);
    for (int32_t i = 0; i < tape->scope_text_count; i++) {
        const char *text = tape->scope_texts[i];
        if (strncmp(text, component, length) == 0 && text[length] == '/' && strcmp(text + length + 1, suffix) == 0) {
            return text;
        }
    }
    if (tape->scope_text_count == tape->scope_text_capacity) {
        tape->scope_text_capacity = tape->scope_text_capacity > 0 ? 2 * tape->scope_text_capacity : 32;
        tape->scope_texts =
            axf_realloc(tape->scope_texts, (size_t)tape->scope_text_capacity * sizeof *tape->scope_texts);
    }
    const char *text = axf_arena_printf(&tape->texts, "%s/%s", component, suffix);
    tape->scope_texts[tape->scope_text_count++] = text;
    return text;
}

/* Keys are asked for in the same order in every step, so the search starts behind the key that was found last. */
static const uint32_t *find_key(axf_tape *tape, const char *scope, const char *name)
{
    for (int32_t i = 0; i < tape->key_count; i++) {
        const int32_t at = (tape->key_next + i) % tape->key_count;
        if (tape->keys[at].scope == scope && strcmp(tape->keys[at].name, name) == 0) {
            tape->key_next = at + 1;
            return tape->keys[at].key;
        }
    }
    if (tape->key_count == tape->key_capacity) {
        tape->key_capacity = tape->key_capacity > 0 ? 2 * tape->key_capacity : 64;
        tape->keys = axf_realloc(tape->keys, (size_t)tape->key_capacity * sizeof *tape->keys);
    }
    const axf_random_key key = axf_random_key_make(tape->seed, scope, name);
    axf_key_entry *entry = &tape->keys[tape->key_count++];
    *entry = (axf_key_entry){scope, axf_arena_copy(&tape->texts, name), {key.k0, key.k1}};
    tape->key_next = tape->key_count;
    return entry->key;
}

axf_random axf_pass_random(const axf_pass *pass, const char *name)
{
    const axf_pass_record *record = (const axf_pass_record *)pass;
    const uint32_t *key = find_key(pass->tape, record->scope_text, name);
    return (axf_random){
        .key = {key[0], key[1]}, .step = (uint32_t)pass->step, .slots = pass->slots, .location = record->location};
}
