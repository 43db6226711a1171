#include "apply/export_files.h"

#include "core/error.h"
#include "core/text.h"
#include "files/durable.h"
#include "files/folder.h"
#include "files/json.h"
#include "files/path.h"
#include "files/read.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CONFIG = 16 << 20, MOST_COPIED = 64 << 20 }; /* bytes of config.json, and of any other file */

/* Small files of these kinds are copied, but not an index of shards, since the weights become one file. */
static int is_copied(const char *name)
{
    static const char *const kinds[] = {".json", ".txt", ".model", ".codes"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (axf_text_ends_with(name, kinds[i])) {
            return !axf_text_ends_with(name, ".index.json") && strcmp(name, "config.json") != 0;
        }
    }
    return 0;
}

static axf_status write_config(const char *source, const char *folder)
{
    static const char *const dtypes[] = {"torch_dtype", "dtype"};
    char *from = axf_path_join(source, "config.json"), *to = axf_path_join(folder, "config.json");
    json_t *root;
    axf_status status = axf_json_read(from, MOST_CONFIG, &root);
    if (status == AXF_OK && !json_is_object(root)) {
        status = axf_fail(AXF_ERR_FORMAT, "%s: not a JSON object", from);
    }
    if (status == AXF_OK) {
        json_object_del(root, "architectures");
        for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
            if (json_object_get(root, dtypes[i]) != NULL) {
                json_object_set_new(root, dtypes[i], json_string("float32"));
            }
        }
        status = axf_json_write(to, root, 16);
    }
    json_decref(root);
    free(from);
    free(to);
    return status;
}

static axf_status copy_file(const char *source, const char *folder, const char *name)
{
    char *from = axf_path_join(source, name), *to = axf_path_join(folder, name), *bytes = NULL;
    size_t length;
    axf_status status = axf_read_file(from, MOST_COPIED, &bytes, &length);
    if (status == AXF_OK) {
        status = axf_durable_write_file(to, bytes, length);
    }
    free(bytes);
    free(from);
    free(to);
    return status;
}

axf_status axf_export_files_copy(const char *source, const char *folder, int32_t *copied)
{
    char **names;
    size_t count;
    *copied = 0;
    AXF_TRY(axf_folder_files(source, &names, &count));
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        if (strcmp(names[i], "config.json") == 0) {
            status = write_config(source, folder);
            ++*copied;
        } else if (is_copied(names[i])) {
            status = copy_file(source, folder, names[i]);
            ++*copied;
        }
    }
    axf_names_free(names, count);
    return status;
}
