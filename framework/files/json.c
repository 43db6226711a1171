#include "files/json.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/read.h"

#include <stdlib.h>

axf_status axf_json_parse(const char *source, const char *text, size_t length, json_t **root)
{
    json_error_t error;
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (*root == NULL) {
        return axf_fail_at(AXF_ERR_FORMAT, source, error.line > 0 ? (uint32_t)error.line : 0,
                           error.column > 0 ? (uint32_t)error.column : 0, "not JSON: %s", error.text);
    }
    return AXF_OK;
}

axf_status axf_json_read(const char *path, size_t limit, json_t **root)
{
    char *text;
    size_t length;
    *root = NULL;
    AXF_TRY(axf_read_file(path, limit, &text, &length));
    const axf_status status = axf_json_parse(path, text, length, root);
    free(text);
    return status;
}

axf_status axf_json_put(axf_strbuf *out, const json_t *root, int digits)
{
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION((size_t)digits)) : NULL;
    if (text == NULL) {
        return axf_fail(AXF_ERR_INTERNAL, "the values cannot be written as JSON: a text is not valid UTF-8");
    }
    axf_strbuf_puts(out, text);
    free(text);
    return AXF_OK;
}

axf_status axf_json_print(FILE *out, const json_t *root, int digits)
{
    axf_strbuf text = {0};
    axf_status status = axf_json_put(&text, root, digits);
    axf_strbuf_putc(&text, '\n');
    if (status == AXF_OK && (fputs(axf_strbuf_text(&text), out) == EOF || fflush(out) != 0)) {
        status = axf_fail_errno("cannot write the JSON document");
    }
    axf_strbuf_free(&text);
    return status;
}

axf_status axf_json_write(const char *path, const json_t *root, int digits)
{
    axf_strbuf text = {0};
    axf_status status = axf_json_put(&text, root, digits);
    axf_strbuf_putc(&text, '\n');
    if (status != AXF_OK) {
        axf_context(status, "%s", path);
    } else {
        status = axf_durable_write_file(path, axf_strbuf_text(&text), text.length);
    }
    axf_strbuf_free(&text);
    return status;
}

json_t *axf_json_exact(double value)
{
    char text[64];
    snprintf(text, sizeof text, "%a", value);
    return json_string(text);
}

double axf_json_exact_value(const json_t *json)
{
    return json_is_string(json) ? strtod(json_string_value(json), NULL) : 0;
}
