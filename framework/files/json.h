/* JSON files of moderate size, read and written as trees of jansson. The large headers of weight files are read by
 * weights/json_reader.h, which builds no tree. */
#ifndef AXF_FILES_JSON_H
#define AXF_FILES_JSON_H

#include "core/strbuf.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* Reads a regular file of at most `limit` bytes. Text that is not JSON, or an object that has a key twice, is
 * AXF_ERR_FORMAT with file, line and column. The caller gives *root back with json_decref; it is NULL on failure. */
axf_status axf_json_read(const char *path, size_t limit, json_t **root);

/* The same for a text in memory. `source` names it in messages. */
axf_status axf_json_parse(const char *source, const char *text, size_t length, json_t **root);

/* Appends the value as people read it: indented by 2, real numbers with `digits` significant digits (17 give back
 * every double), without a newline at the end. jansson makes no value of text that is not UTF-8: AXF_ERR_INTERNAL
 * when `root` is NULL. */
axf_status axf_json_put(axf_strbuf *out, const json_t *root, int digits);

/* Writes that and a newline to `out`, and flushes it. AXF_ERR_IO when it cannot be written. */
axf_status axf_json_print(FILE *out, const json_t *root, int digits);

/* Writes that and a newline to a file by axf_durable_write_file. */
axf_status axf_json_write(const char *path, const json_t *root, int digits);

/* A real number as a text (%a) that reads back to the same bits. The value of anything but such a text is 0. */
json_t *axf_json_exact(double value);
double axf_json_exact_value(const json_t *json);

#endif
