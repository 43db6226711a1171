/* auxfuse runs: lists the runs in a folder and their states. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "sweep/journal.h"
#include "sweep/run_folders.h"
#include "sweep/run_state.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct listing {
    bool json;
    const char *metric;
    json_t *list;
    char *sweep; /* the folder whose journal is in `view` */
    axf_journal_view view;
} listing;

/* An error about one run is a warning, and the list continues. */
static void warn(void)
{
    axf_log(AXF_LOG_LEVEL_WARNING, "%s", axf_error_message());
    axf_error_clear();
}

/* Gives the state. NULL when it cannot be read: then the run is listed as unreadable. */
static json_t *read_environment(const char *folder)
{
    json_t *root;
    char *path = axf_path_join(folder, "environment.json");
    if (axf_json_read(path, 16 << 20, &root) != AXF_OK) {
        axf_error_clear();
    }
    free(path);
    return root;
}

/* The run is <output>/<name>/<point>/s<seed>, and its journal is in <output>/<name>/sweep. */
static const axf_journal_entry *journal_entry(listing *l, const char *folder, const char *run_id, json_int_t seed)
{
    char *sweep = axf_path_join(folder, "../../sweep");
    const axf_found found = axf_find(sweep, NULL);
    char *real = found == AXF_THERE ? realpath(sweep, NULL) : NULL;
    free(sweep);
    if (found == AXF_CANNOT_TELL) {
        warn();
    }
    if (real == NULL) {
        return NULL;
    }
    if (l->sweep == NULL || strcmp(l->sweep, real) != 0) {
        axf_journal_view_free(&l->view);
        if (axf_journal_read(real, &l->view) != AXF_OK) {
            warn();
        }
        free(l->sweep);
        l->sweep = real;
    } else {
        free(real);
    }
    axf_strbuf key = {0};
    axf_strbuf_printf(&key, "%s-s%lld", run_id, (long long)seed);
    const axf_journal_entry *entry = axf_journal_find(&l->view, axf_strbuf_text(&key));
    axf_strbuf_free(&key);
    return entry;
}

static void put_metric(json_t *run, const char *folder, const char *split, const char *metric)
{
    axf_run_metric_values values;
    if (axf_run_metric(folder, split, metric, &values) != AXF_OK) {
        warn();
    } else if (values.found) {
        json_object_set_new(run, split, json_pack("{s:f, s:f}", "last", values.last, "best", values.best));
    }
}

static axf_status add_run(void *context, const char *folder)
{
    listing *l = context;
    int32_t state;
    AXF_TRY(axf_run_folder_state(folder, &state));
    json_t *environment = read_environment(folder);
    const char *id = json_string_value(json_object_get(environment, "run_id"));
    const json_int_t seed = json_integer_value(json_object_get(environment, "seed"));
    const char *message = "";
    if (state == AXF_RUN_INTERRUPTED && id != NULL) {
        const axf_journal_entry *entry = journal_entry(l, folder, id, seed);
        if (entry != NULL && entry->state == AXF_RUN_FAILED) {
            state = AXF_RUN_FAILED;
            message = entry->message;
        }
    }
    json_t *run = json_pack("{s:s, s:s, s:s, s:I}", "folder", folder, "state", axf_run_state_name(state), "run_id",
                            id != NULL ? id : "unreadable", "seed", seed);
    if (message[0] != '\0') {
        json_object_set_new(run, "message", json_string(message));
    }
    put_metric(run, folder, "val", l->metric);
    put_metric(run, folder, "test", l->metric);
    json_array_append_new(l->list, run);
    json_decref(environment);
    return AXF_OK;
}

static void put_number(const json_t *run, const char *split, const char *key)
{
    const json_t *value = json_object_get(json_object_get(run, split), key);
    if (value != NULL) {
        printf("  %8.4f", json_number_value(value));
    } else {
        printf("  %8s", "-");
    }
}

static void print_table(const listing *l)
{
    size_t i;
    json_t *run;
    printf("%-11s  %10s  %8s  %8s  %8s  %s\n", "state", "seed", "val best", "val last", "test last", "folder");
    json_array_foreach(l->list, i, run)
    {
        const char *folder = json_string_value(json_object_get(run, "folder"));
        const char *message = json_string_value(json_object_get(run, "message"));
        axf_strbuf text = {0};
        axf_terminal_put(&text, folder, strlen(folder));
        if (message != NULL) {
            axf_strbuf_puts(&text, "  ");
            axf_terminal_put(&text, message, strlen(message));
        }
        printf("%-11s  %10lld", json_string_value(json_object_get(run, "state")),
               (long long)json_integer_value(json_object_get(run, "seed")));
        put_number(run, "val", "best");
        put_number(run, "val", "last");
        put_number(run, "test", "last");
        printf("  %s\n", axf_strbuf_text(&text));
        axf_strbuf_free(&text);
    }
    printf("%zu runs; numbers are %s\n", json_array_size(l->list), l->metric);
}

static int run(int argc, char **argv)
{
    listing l = {.metric = "f1_weighted", .list = json_array()};
    char **folders;
    int count = 0;
    const axf_flag flags[] = {{.name = "json", .flag = &l.json}, {.name = "metric", .value = &l.metric}, {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &folders, &count);
    for (int i = 0; status == AXF_OK && i < (count > 0 ? count : 1); i++) {
        status = axf_run_folders(count > 0 ? folders[i] : "runs", add_run, &l);
    }
    if (status == AXF_OK && l.json) {
        json_t *root = json_pack("{s:s, s:O}", "metric", l.metric, "runs", l.list);
        status = axf_json_print(stdout, root, 9);
        json_decref(root);
    } else if (status == AXF_OK) {
        print_table(&l);
    }
    axf_journal_view_free(&l.view);
    free(l.sweep);
    json_decref(l.list);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_runs = {"runs", "[FOLDER…] [options]",
                                "Lists runs: done, running, interrupted or failed, with their metrics", run,
                                "  FOLDER…       folders to search (default: runs)\n"
                                "  --metric M    a column of metrics.csv (default: f1_weighted)\n"
                                "  --json        prints one JSON document\n"};
