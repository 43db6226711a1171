#include "sweep/journal.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/strbuf.h"
#include "core/text.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/json.h"
#include "files/path.h"
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_LIMIT = 64 << 20, MESSAGE_LIMIT = 2000, HEAD_SIZE = 128, SUFFIX = 6 };

static const char *const names[] = {"pending", "running", "interrupted", "failed", "done"};

const char *axf_run_state_name(int32_t state)
{
    return names[state];
}

static int32_t state_of(const char *name)
{
    for (int32_t i = 0; i < 5; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- reading ---- */

static void free_entry(axf_journal_entry *entry)
{
    free(entry->run);
    free(entry->message);
    free(entry->worker);
}

static int by_run(const void *a, const void *b)
{
    return strcmp(((const axf_journal_entry *)a)->run, ((const axf_journal_entry *)b)->run);
}

static int by_run_epoch_order(const void *a, const void *b)
{
    const axf_journal_entry *x = a, *y = b;
    const int runs = by_run(a, b);
    return runs != 0              ? runs
           : x->epoch != y->epoch ? (x->epoch > y->epoch) - (x->epoch < y->epoch)
                                  : (x->order > y->order) - (x->order < y->order);
}

/* The record of the latest epoch is used. Within an epoch there is one writer, and its last record is used. */
static void keep_latest(axf_journal_view *view)
{
    int32_t kept = 0;
    if (view->count > 0) {
        qsort(view->items, (size_t)view->count, sizeof *view->items, by_run_epoch_order);
    }
    for (int32_t i = 0; i < view->count; i++) {
        if (i + 1 < view->count && by_run(&view->items[i], &view->items[i + 1]) == 0) {
            free_entry(&view->items[i]);
        } else {
            view->items[kept++] = view->items[i];
        }
    }
    view->count = kept;
}

static void add_entry(axf_journal_view *view, axf_journal_entry entry)
{
    if (view->count == view->capacity) {
        view->capacity = view->capacity > 0 ? 2 * view->capacity : 64;
        view->items = axf_realloc(view->items, (size_t)view->capacity * sizeof *view->items);
    }
    entry.order = view->count;
    view->items[view->count++] = entry;
}

static int take_record(axf_journal_view *view, const char *text, size_t length, const char *worker)
{
    json_t *root;
    const char *run, *state, *message;
    json_int_t epoch;
    double seconds;
    const int good = axf_json_parse("a record", text, length, &root) == AXF_OK &&
                     json_unpack(root, "{s:s, s:s, s:I, s:F, s:s}", "run", &run, "state", &state, "epoch", &epoch,
                                 "seconds", &seconds, "message", &message) == 0 &&
                     state_of(state) >= 0 && epoch >= 0;
    if (good) {
        add_entry(view, (axf_journal_entry){axf_copy(run), state_of(state), (uint64_t)epoch, seconds, axf_copy(message),
                                            axf_copy(worker), 0});
    }
    json_decref(root);
    return good;
}

/* Reads one line. Returns its length, or 0 when it does not match its length or checksum. */
static size_t take_line(axf_journal_view *view, const char *text, size_t length, const char *worker)
{
    const char *end = memchr(text, '\n', length);
    unsigned long long size = 0;
    int head = 0;
    char hex[AXF_HASH_HEX], start[HEAD_SIZE];
    snprintf(start, sizeof start, "%.*s", end != NULL && end - text < HEAD_SIZE ? (int)(end - text) : HEAD_SIZE - 1,
             text);
    if (end == NULL ||
        sscanf(start, "{\"length\": %llu, \"xxh3\": \"%32[0-9a-f]\", \"record\": %n", &size, hex, &head) != 2 ||
        head == 0) {
        return 0;
    }
    const size_t line = (size_t)(end - text);
    axf_hash128 want;
    if (size == 0 || size > line || (size_t)head + (size_t)size + 1 != line || text[line - 1] != '}' ||
        !axf_hash_parse(hex, &want) || !axf_hash_equal(want, axf_hash_bytes(text + head, (size_t)size)) ||
        !take_record(view, text + head, (size_t)size, worker)) {
        return 0;
    }
    return line + 1;
}

static void read_one(axf_journal_view *view, const char *path, const char *worker)
{
    char *bytes;
    size_t length, at = 0;
    if (axf_read_file(path, FILE_LIMIT, &bytes, &length) != AXF_OK) {
        axf_log(AXF_LOG_LEVEL_WARNING, "journal: %s cannot be read and is skipped: %s", path, axf_error_message());
        axf_error_clear();
        view->skipped++;
        return;
    }
    while (at < length) {
        const size_t line = take_line(view, bytes + at, length - at, worker);
        if (line == 0) {
            axf_log(AXF_LOG_LEVEL_DEBUG, "journal: %s is damaged at byte %zu: the rest of the file is skipped", path,
                    at);
            view->skipped++;
            break;
        }
        at += line;
    }
    free(bytes);
}

static bool is_journal(const char *name)
{
    return axf_name_is_plain(name) && axf_text_ends_with(name, ".jsonl");
}

axf_status axf_journal_read(const char *folder, axf_journal_view *view)
{
    bool there;
    char **files;
    size_t count;
    *view = (axf_journal_view){0};
    AXF_TRY(axf_is_there_in(folder, "journal", &there));
    if (!there) {
        return AXF_OK;
    }
    char *journal = axf_path_join(folder, "journal");
    const axf_status status = axf_folder_list(journal, &files, &count);
    for (size_t i = 0; i < count; i++) {
        if (is_journal(files[i])) {
            char *path = axf_path_join(journal, files[i]);
            files[i][strlen(files[i]) - SUFFIX] = '\0';
            read_one(view, path, files[i]);
            free(path);
        }
    }
    axf_names_free(files, count);
    free(journal);
    keep_latest(view);
    return status;
}

const axf_journal_entry *axf_journal_find(const axf_journal_view *view, const char *run)
{
    const axf_journal_entry key = {.run = (char *)(uintptr_t)run};
    return view->count > 0 ? bsearch(&key, view->items, (size_t)view->count, sizeof key, by_run) : NULL;
}

void axf_journal_view_free(axf_journal_view *view)
{
    for (int32_t i = 0; i < view->count; i++) {
        free_entry(&view->items[i]);
    }
    free(view->items);
    *view = (axf_journal_view){0};
}

/* ---- writing ---- */

struct axf_journal {
    char *path;
    axf_append *file; /* NULL before the first record */
};

axf_status axf_journal_open(const char *folder, const char *worker, axf_journal **journal)
{
    *journal = NULL;
    char *sub = axf_path_join(folder, "journal");
    const axf_status status = axf_folder_make(sub);
    if (status == AXF_OK) {
        axf_strbuf path = {0};
        axf_strbuf_printf(&path, "%s/%s.jsonl", sub, worker);
        *journal = axf_alloc_zero(1, sizeof **journal);
        (*journal)->path = axf_strbuf_take(&path);
    }
    free(sub);
    return status;
}

axf_status axf_journal_add(axf_journal *journal, const char *run, int32_t state, uint64_t epoch, double seconds,
                           const char *message)
{
    if (journal->file == NULL) {
        AXF_TRY(axf_append_open(journal->path, &journal->file));
    }
    axf_strbuf record = {0}, line = {0};
    const size_t length = strlen(message);
    char time_text[32];
    const time_t now = (time_t)axf_clock_wall();
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    axf_strbuf_puts(&record, "{\"run\": ");
    axf_json_put_string(&record, run);
    axf_strbuf_printf(&record, ", \"state\": \"%s\", \"epoch\": %llu, \"seconds\": ", names[state],
                      (unsigned long long)epoch);
    axf_json_put_real(&record, seconds);
    axf_strbuf_printf(&record, ", \"time\": \"%s\", \"message\": ", time_text);
    axf_json_put_string_n(&record, message, length < MESSAGE_LIMIT ? length : MESSAGE_LIMIT);
    axf_strbuf_putc(&record, '}');
    char hex[AXF_HASH_HEX];
    axf_hash_hex(axf_hash_bytes(record.data, record.length), hex);
    axf_strbuf_printf(&line, "{\"length\": %zu, \"xxh3\": \"%s\", \"record\": ", record.length, hex);
    axf_strbuf_add(&line, record.data, record.length);
    axf_strbuf_puts(&line, "}\n");
    axf_status status = axf_append_write(journal->file, line.data, line.length);
    if (status == AXF_OK) {
        status = axf_append_sync(journal->file);
    }
    axf_strbuf_free(&record);
    axf_strbuf_free(&line);
    return status;
}

axf_status axf_journal_close(axf_journal *journal)
{
    if (journal == NULL) {
        return AXF_OK;
    }
    const axf_status status = axf_append_close(journal->file);
    free(journal->path);
    free(journal);
    return status;
}

/* ---- threads ---- */

static axf_status read_threads(const char *path, int32_t *threads)
{
    char *bytes;
    size_t length;
    int value = 0;
    AXF_TRY(axf_read_file(path, 4096, &bytes, &length));
    const int found = sscanf(bytes, "{\"threads\": %d}", &value);
    free(bytes);
    if (found != 1 || value < 1 || value > 1024) {
        return axf_fail(AXF_ERR_FORMAT, "%s: expected {\"threads\": N} with N from 1 to 1024", path);
    }
    *threads = value;
    return AXF_OK;
}

axf_status axf_sweep_threads(const char *folder, const char *worker, int32_t wanted, int32_t *threads)
{
    char *path = axf_path_join(folder, "threads.json");
    axf_strbuf own = {0}, text = {0};
    axf_strbuf_printf(&own, "%s/.threads-%s", folder, worker);
    axf_strbuf_printf(&text, "{\"threads\": %d}\n", wanted);
    bool there;
    axf_status status = axf_is_there(path, &there);
    if (status == AXF_OK && !there) {
        status = axf_durable_write_file(axf_strbuf_text(&own), axf_strbuf_text(&text), text.length);
        if (status == AXF_OK && link(axf_strbuf_text(&own), path) != 0) {
            status = axf_fail_errno("cannot write '%s'", path);
            /* Another worker was faster, or the network file system lost the reply. */
            status = axf_find(path, NULL) == AXF_THERE ? AXF_OK : status;
        }
        unlink(axf_strbuf_text(&own));
    }
    if (status == AXF_OK) {
        status = read_threads(path, threads);
    }
    axf_strbuf_free(&own);
    axf_strbuf_free(&text);
    free(path);
    return status;
}
