#include "run/environment.h"

#include "core/error.h"
#include "experiment/experiment.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "files/read.h"
#include "run/run_weights.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char file_name[] = "environment.json";
enum { MOST_ENVIRONMENT = 1 << 24 }; /* bytes */

/* The first processor's name, which stands near the beginning of the file. */
static void cpu_name(char *name, size_t size)
{
    char text[4096];
    const char *start = NULL;
    snprintf(name, size, "unknown");
    if (axf_read_system_file("/proc/cpuinfo", text, sizeof text) == AXF_OK) {
        const char *line = strstr(text, "model name");
        start = line != NULL ? strstr(line, ": ") : NULL;
    }
    if (start != NULL) {
        snprintf(name, size, "%.*s", (int)strcspn(start + 2, "\n"), start + 2);
    }
    axf_error_clear();
}

static json_t *components_json(const axf_experiment *experiment)
{
    json_t *list = json_array();
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(experiment, i);
        if (use == NULL) {
            return list;
        }
        const axf_registered *item = use->instance->component;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", item->kind->label, "name",
                                              item->component.name, "version", item->component.version, "build",
                                              item->build, "file", axf_path_name(item->file)));
    }
}

static json_t *class_names(const axf_posts *posts)
{
    json_t *list = json_array();
    for (int32_t k = 0; k < posts->facts.classes; k++) {
        json_array_append_new(list, json_string(posts->facts.class_names != NULL ? posts->facts.class_names[k] : ""));
    }
    return list;
}

/* The line a small file holds, without its newline; NULL when it cannot be read. The caller frees. */
static char *read_line(const char *folder, const char *name)
{
    char *path = axf_path_join(folder, name), *text = NULL;
    size_t length;
    if (axf_read_file(path, 1u << 20, &text, &length) == AXF_OK) {
        text[strcspn(text, "\n")] = '\0';
    }
    free(path);
    return text;
}

/* The commit of the repository around the current folder, from .git itself: no program is started. */
static char *git_revision(void)
{
    char folder[4096];
    if (getcwd(folder, sizeof folder) == NULL) {
        return NULL;
    }
    for (char *slash = folder + strlen(folder); slash != NULL; slash = strrchr(folder, '/')) {
        *slash = '\0'; /* at first nothing, then the last folder, in the end all */
        char *git = axf_path_join(folder, ".git"), *head = read_line(git, "HEAD");
        char *revision = head != NULL && strncmp(head, "ref: ", 5) == 0 ? read_line(git, head + 5) : NULL;
        if (head != NULL && revision == NULL && strncmp(head, "ref: ", 5) != 0) {
            revision = head;
            head = NULL;
        }
        const int found = head != NULL || revision != NULL;
        free(git);
        free(head);
        if (found || folder[0] == '\0') {
            return revision;
        }
    }
    return NULL;
}

static void set_revision(json_t *root)
{
    char *revision = git_revision();
    if (revision != NULL && strlen(revision) >= 40 && revision[strspn(revision, "0123456789abcdef")] == '\0') {
        json_object_set_new(root, "git", json_string(revision));
    }
    free(revision);
    axf_error_clear();
}

static axf_status environment_json(const axf_environment *environment, json_t **root)
{
    struct utsname system;
    char cpu[256], hash[AXF_HASH_HEX];
    const axf_experiment *experiment = environment->experiment;
    json_t *weights;
    *root = NULL;
    const axf_status status = axf_run_weights_record(experiment, environment->hashes, &weights);
    if (status != AXF_OK) {
        json_decref(weights);
        return status;
    }
    uname(&system);
    cpu_name(cpu, sizeof cpu);
    axf_hash_hex(environment->data_hash, hash);
    *root = json_pack("{s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b}", "auxfuse", AXF_VERSION,
                      "run_id", environment->run_id, "threads", (int)environment->threads, "seed",
                      (json_int_t)experiment->seed, "system", system.release, "machine", system.machine, "cpu", cpu,
                      "backend", environment->backend, "data_hash", hash, "weights", weights, "components",
                      components_json(experiment), "classes", class_names(environment->posts), "multi_label",
                      environment->posts->facts.target == AXF_TARGET_LABELS);
    if (*root == NULL) {
        return axf_fail(AXF_ERR_INTERNAL, "environment.json: a name is not valid UTF-8");
    }
    set_revision(*root);
    return AXF_OK;
}

axf_status axf_run_environment_write(const axf_run_folder *folder, const axf_environment *environment)
{
    char *path = axf_run_folder_file(folder, file_name);
    bool there;
    axf_status status = axf_is_there(path, &there);
    if (status == AXF_OK && !there) {
        json_t *root;
        status = environment_json(environment, &root);
        if (status == AXF_OK) {
            status = axf_json_write(path, root, 17);
        }
        json_decref(root);
    }
    free(path);
    return status;
}

axf_status axf_run_environment_threads(const axf_run_folder *folder, int32_t *threads)
{
    char *path = axf_run_folder_file(folder, file_name);
    bool there;
    json_t *root = NULL;
    axf_status status = axf_is_there(path, &there);
    if (status == AXF_OK && there) {
        status = axf_json_read(path, MOST_ENVIRONMENT, &root);
        const json_int_t recorded = json_integer_value(json_object_get(root, "threads"));
        if (status != AXF_OK || recorded < 1 || recorded > 1024) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: the thread count cannot be read; --force starts the run anew", path);
        } else {
            *threads = (int32_t)recorded;
        }
    }
    json_decref(root);
    free(path);
    return status;
}
