/* A spec's text to nodes; what is emitted must parse again, to the same text. */
#include "fuzz.h"

#include "core/strbuf.h"
#include "spec/emit.h"
#include "spec/yaml.h"

static axf_status parse(axf_arena *arena, const char *text, size_t size, const axf_node **root)
{
    axf_source *source = axf_arena_alloc(arena, sizeof *source);
    *source = (axf_source){.name = "input", .folder = "/", .text = axf_arena_copy_n(arena, text, size), .length = size};
    return axf_yaml_parse(arena, source, root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    axf_arena arena = {0};
    axf_strbuf first = {0}, second = {0};
    const axf_node *root;
    fuzz_begin(64 << 20, 1024, size);
    if (parse(&arena, (const char *)data, size, &root) == AXF_OK && root != NULL) {
        axf_node_json(root, &second);
        axf_strbuf_clear(&second);
        axf_node_emit(root, 0, &first);
        if (first.length <= AXF_YAML_MAX_BYTES) {
            const axf_node *again;
            fuzz_expect(parse(&arena, axf_strbuf_text(&first), first.length, &again) == AXF_OK,
                        "what was emitted does not parse");
            axf_node_emit(again, 0, &second);
            fuzz_expect(strcmp(axf_strbuf_text(&first), axf_strbuf_text(&second)) == 0, "emitted again, it differs");
        }
    }
    axf_strbuf_free(&first);
    axf_strbuf_free(&second);
    axf_arena_free(&arena);
    fuzz_end();
    return 0;
}
