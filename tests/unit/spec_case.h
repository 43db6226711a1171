/* Shared by the tests of specs: text in, text out, and the exact message of a failure. */
#ifndef AXF_TESTS_SPEC_CASE_H
#define AXF_TESTS_SPEC_CASE_H

#include "core/error.h"
#include "core/strbuf.h"
#include "spec/emit.h"
#include "spec/yaml.h"
#include "temp_folder.h"

static axf_arena arena;

static inline const axf_node *parse_yaml(const char *text)
{
    axf_source *source = axf_arena_alloc(&arena, sizeof *source);
    *source = (axf_source){.name = "a.yml", .folder = "/specs", .text = text, .length = strlen(text)};
    const axf_node *root = NULL;
    const axf_status status = axf_yaml_parse(&arena, source, &root);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return root;
}

static inline const char *flow(const axf_node *node)
{
    axf_strbuf out = {0};
    axf_node_emit_flow(node, &out);
    const char *text = axf_arena_copy(&arena, axf_strbuf_text(&out));
    axf_strbuf_free(&out);
    return text;
}

static inline void write_text(const char *folder, const char *name, const char *text)
{
    FILE *out = fopen(temp_path(folder, name), "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    fclose(out);
}

#define ck_assert_failed(status, code, message)                                                                        \
    do {                                                                                                               \
        ck_assert_int_eq((status), (code));                                                                            \
        ck_assert_str_eq(axf_error_message(), (message));                                                              \
    } while (0)

#endif
