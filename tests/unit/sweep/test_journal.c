/* The sweep's journal and claims: records, torn tails, dead holders, races of several processes, lost replies. */
#include "sweep/claim.h"
#include "sweep/claimant.h"
#include "sweep/journal.h"

#include "core/error.h"
#include "core/log.h"
#include "temp_folder.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* ---- a file system that loses replies: the call is done, the caller hears that it failed ---- */

static int lose_replies;

int link(const char *from, const char *to)
{
    const int result = (int)syscall(SYS_link, from, to);
    if (lose_replies) {
        errno = EEXIST; /* what the client's repeated request is told */
        return -1;
    }
    return result;
}

int rename(const char *from, const char *to)
{
    const int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (lose_replies) {
        errno = ENOENT;
        return -1;
    }
    return result;
}

/* ---- this program as another process ---- */

static const char *program;
static char *folder;

static axf_claims *open_claims(double touch_seconds, double lease_seconds)
{
    const axf_claim_settings settings = {touch_seconds, lease_seconds};
    axf_claims *claims;
    ck_assert_msg(axf_claims_open(temp_path(folder, "claims"), &settings, &claims) == AXF_OK, "%s",
                  axf_error_message());
    return claims;
}

static uint64_t take(axf_claims *claims, const char *name)
{
    uint64_t epoch;
    axf_claimant holder;
    ck_assert_msg(axf_claim_take(claims, name, 1, &epoch, &holder) == AXF_OK, "%s", axf_error_message());
    return epoch;
}

/* "worker FOLDER EPOCH COUNT": claims run-0 … run-<COUNT-1> with at least EPOCH (in a sweep the journal tells it),
 * prints "name epoch" of those it got and an end mark, and holds them until its input closes; then it ends without
 * releasing any, as if killed. */
static int worker(char **argv)
{
    const axf_claim_settings settings = {0};
    axf_claims *claims;
    const int least = atoi(argv[1]), count = atoi(argv[2]);
    if (axf_claims_open(argv[0], &settings, &claims) != AXF_OK) {
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char name[32];
        uint64_t epoch;
        axf_claimant holder;
        snprintf(name, sizeof name, "run-%d", i);
        if (axf_claim_take(claims, name, (uint64_t)least, &epoch, &holder) != AXF_OK) {
            return 1;
        }
        if (epoch > 0) {
            printf("%s %d\n", name, (int)epoch);
        }
    }
    printf("end\n");
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    _exit(0);
}

typedef struct child {
    pid_t pid;
    int input;
    FILE *output;
} child;

extern char **environ;

static child start_worker(int epoch, int count)
{
    int in[2], out[2];
    ck_assert_int_eq(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    char epoch_text[16], count_text[16], path[1024];
    snprintf(epoch_text, sizeof epoch_text, "%d", epoch);
    snprintf(count_text, sizeof count_text, "%d", count);
    snprintf(path, sizeof path, "%s/claims", folder);
    char *argv[] = {(char *)(uintptr_t)program, (char[]){"worker"}, path, epoch_text, count_text, NULL};
    child c;
    ck_assert_int_eq(posix_spawn(&c.pid, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    c.input = in[1];
    c.output = fdopen(out[0], "r");
    return c;
}

/* Counts what the worker got by number; every epoch must be the one expected. */
static void read_worker(child *c, int *taken, int count, int epoch)
{
    char line[64];
    int ended = 0;
    while (!ended && fgets(line, sizeof line, c->output) != NULL) {
        int number, seen;
        ended = strcmp(line, "end\n") == 0;
        if (!ended) {
            ck_assert_int_eq(sscanf(line, "run-%d %d", &number, &seen), 2);
            ck_assert_int_lt(number, count);
            ck_assert_msg(seen == epoch, "run-%d: epoch %d, expected %d", number, seen, epoch);
            taken[number]++;
        }
    }
    ck_assert_msg(ended, "a worker ended early");
}

static void stop_worker(child *c)
{
    int status;
    close(c->input);
    fclose(c->output);
    ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
    ck_assert_int_eq(status, 0);
}

static int files_in_claims(void)
{
    DIR *handle = opendir(temp_path(folder, "claims"));
    int count = 0;
    ck_assert_ptr_nonnull(handle);
    for (struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(handle);
    return count;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void set_up(void)
{
    folder = temp_folder_make();
    lose_replies = 0;
    axf_log_set_level(AXF_LOG_LEVEL_SILENT);
}

static void tear_down(void)
{
    temp_folder_remove(folder);
}

/* ---- claims ---- */

START_TEST(a_claim_is_held_by_one_and_leaves_nothing_behind)
{
    axf_claims *first = open_claims(0, 0), *second = open_claims(0, 0);
    ck_assert_uint_eq(take(first, "a-s0"), 1);
    uint64_t epoch;
    axf_claimant holder;
    ck_assert_int_eq(axf_claim_take(second, "a-s0", 1, &epoch, &holder), AXF_OK);
    ck_assert_uint_eq(epoch, 0);
    ck_assert_uint_eq(holder.pid, (uint64_t)getpid());
    ck_assert_int_eq(axf_claim_check(first, "a-s0"), 1);
    ck_assert_int_eq(axf_claim_check(second, "a-s0"), 0);
    axf_claim_release(first, "a-s0");
    ck_assert_uint_eq(take(second, "a-s0"), 1);
    ck_assert_int_eq(axf_claim_take(second, "../a", 1, &epoch, &holder), AXF_ERR_INTERNAL);
    axf_claims_close(first);
    axf_claims_close(second);
    ck_assert_int_eq(files_in_claims(), 0);
}
END_TEST

START_TEST(lost_replies_change_nothing)
{
    axf_claims *first = open_claims(0, 0), *second = open_claims(0, 0);
    lose_replies = 1;
    ck_assert_uint_eq(take(first, "a-s0"), 1);
    ck_assert_uint_eq(take(second, "a-s0"), 0);
    child dead = start_worker(1, 2);
    int taken[2] = {0};
    read_worker(&dead, taken, 2, 1);
    stop_worker(&dead);
    ck_assert_int_eq(taken[0] + taken[1], 2);
    ck_assert_uint_eq(take(second, "run-0"), 2);
    ck_assert_uint_eq(take(first, "run-0"), 0);
    lose_replies = 0;
    ck_assert_uint_eq(take(first, "run-1"), 2);
    axf_claims_close(first);
    axf_claims_close(second);
    ck_assert_int_eq(files_in_claims(), 0);
}
END_TEST

START_TEST(what_the_dead_left_is_removed_and_the_living_keep_theirs)
{
    axf_claims *claims = open_claims(0, 0);
    int taken[3] = {0};
    child dead = start_worker(1, 2);
    read_worker(&dead, taken, 2, 1);
    child alive = start_worker(1, 3);
    read_worker(&alive, taken, 3, 1); /* run-2 */
    stop_worker(&dead);
    const int before = files_in_claims();
    /* A private file whose writer was killed before it linked it, and a right to a claim that is gone. */
    axf_claimant gone;
    axf_claimant_self(&gone);
    gone.start++;
    snprintf(gone.file, sizeof gone.file, ".gone-7");
    char *text = axf_claimant_text(&gone);
    write_file(temp_path(folder, "claims/.gone-7"), text);
    write_file(temp_path(folder, "claims/.right.other-3"), text);
    free(text);
    ck_assert_int_eq(files_in_claims(), before + 2);
    axf_claims_tidy(claims);
    ck_assert_int_eq(files_in_claims(), before); /* claims stay, the dead one's too: somebody takes them over */
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "run-%d", i);
        axf_claim_clear(claims, name);
    }
    ck_assert_int_eq(files_in_claims(), 2); /* of the one that lives */
    ck_assert_uint_eq(take(claims, "run-2"), 0);
    ck_assert_uint_eq(take(claims, "run-0"), 1);
    stop_worker(&alive);
    axf_claims_close(claims);
}
END_TEST

enum { RUNS = 60, WORKERS = 4 };

static void race(int epoch)
{
    child workers[WORKERS];
    int taken[RUNS] = {0};
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = start_worker(epoch, RUNS);
    }
    for (int i = 0; i < WORKERS; i++) {
        read_worker(&workers[i], taken, RUNS, epoch);
    }
    for (int i = 0; i < RUNS; i++) {
        ck_assert_msg(taken[i] == 1, "run-%d was claimed %d times", i, taken[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        stop_worker(&workers[i]);
    }
}

START_TEST(racing_processes_claim_each_run_once)
{
    race(1);
    race(2); /* all holders are gone: each of their claims is taken over by one */
    race(3);
}
END_TEST

static void make_old(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{time(NULL) - seconds, 0}, {time(NULL) - seconds, 0}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A holder on another machine is judged by the claim's age alone. */
START_TEST(a_holder_elsewhere_is_dead_when_its_lease_is_over)
{
    axf_claims *claims = open_claims(0, 0);
    axf_claimant other;
    axf_claimant_self(&other);
    snprintf(other.host, sizeof other.host, "elsewhere");
    snprintf(other.file, sizeof other.file, ".other-0");
    other.epoch = 7;
    char path[1024];
    snprintf(path, sizeof path, "%s", temp_path(folder, "claims/a-s0"));
    char *text = axf_claimant_text(&other);
    write_file(path, text);
    free(text);
    make_old(path, 150);
    ck_assert_uint_eq(take(claims, "a-s0"), 0);
    make_old(path, 310);
    ck_assert_uint_eq(take(claims, "a-s0"), 8);
    write_file(temp_path(folder, "claims/b-s0"), "{\"torn");
    ck_assert_uint_eq(take(claims, "b-s0"), 0);
    make_old(temp_path(folder, "claims/b-s0"), 310);
    ck_assert_uint_ge(take(claims, "b-s0"), 1);
    axf_claims_close(claims);
}
END_TEST

START_TEST(a_reused_pid_is_not_the_holder)
{
    axf_claimant self, other;
    axf_claimant_self(&self);
    ck_assert_uint_ne(self.start, 0);
    ck_assert_int_eq(axf_claimant_state(&self, &self), AXF_CLAIMANT_ALIVE);
    other = self;
    other.start++;
    ck_assert_int_eq(axf_claimant_state(&other, &self), AXF_CLAIMANT_GONE);
    other = self;
    other.pid_namespace++;
    ck_assert_int_eq(axf_claimant_state(&other, &self), AXF_CLAIMANT_UNKNOWN);
    other = self;
    snprintf(other.boot, sizeof other.boot, "another");
    ck_assert_int_eq(axf_claimant_state(&other, &self), AXF_CLAIMANT_UNKNOWN);
    ck_assert_int_eq(axf_claimant_parse("{\"host\": 3}", &other), AXF_ERR_FORMAT);
}
END_TEST

/* Waits for what the thread that touches claims does at its next touch. Check's limit on time ends a wait for what never comes. */
static void wait_until(bool (*happened)(axf_claims *claims, const char *path), axf_claims *claims, const char *path)
{
    while (!happened(claims, path)) {
        const struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL);
    }
}

static bool touched(axf_claims *claims, const char *path)
{
    (void)claims;
    struct stat info;
    return stat(path, &info) == 0 && time(NULL) - info.st_mtim.tv_sec < 500;
}

static bool there(axf_claims *claims, const char *path)
{
    (void)claims;
    return access(path, F_OK) == 0;
}

static bool lost(axf_claims *claims, const char *path)
{
    (void)path;
    return !axf_claim_held(claims, "a-s0");
}

START_TEST(a_holder_touches_its_claim_and_notices_a_higher_epoch)
{
    axf_claims *claims = open_claims(0.01, 0);
    char path[1024];
    ck_assert_uint_eq(take(claims, "a-s0"), 1);
    snprintf(path, sizeof path, "%s", temp_path(folder, "claims/a-s0"));
    make_old(path, 1000);
    wait_until(touched, claims, path);
    /* Renamed away by one who will put it back: the holder makes it anew. */
    ck_assert_int_eq(rename(path, temp_path(folder, "claims/.aside")), 0);
    wait_until(there, claims, path);
    ck_assert_int_eq(axf_claim_held(claims, "a-s0"), 1);
    /* Taken over by another. */
    axf_claimant other;
    axf_claimant_self(&other);
    snprintf(other.file, sizeof other.file, ".other-0");
    other.epoch = 2;
    char *text = axf_claimant_text(&other);
    write_file(temp_path(folder, "claims/.other-0"), text);
    ck_assert_int_eq(rename(temp_path(folder, "claims/.other-0"), path), 0);
    free(text);
    wait_until(lost, claims, path);
    axf_claims_close(claims);
    ck_assert_msg(access(path, F_OK) == 0, "another's claim was removed");
}
END_TEST

/* ---- journal ---- */

static void add(const char *who, const char *run, int32_t state, uint64_t epoch, const char *message)
{
    axf_journal *journal;
    ck_assert_int_eq(axf_journal_open(folder, who, &journal), AXF_OK);
    ck_assert_int_eq(axf_journal_add(journal, run, state, epoch, 1.5, message), AXF_OK);
    ck_assert_int_eq(axf_journal_close(journal), AXF_OK);
}

START_TEST(workers_files_are_merged_by_epoch)
{
    axf_journal_view view;
    ck_assert_int_eq(axf_journal_read(folder, &view), AXF_OK);
    ck_assert_int_eq(view.count, 0);
    add("b", "x-s0", AXF_RUN_RUNNING, 1, "");
    add("b", "x-s0", AXF_RUN_FAILED, 1, "a \"quoted\" reason\nof two lines");
    add("a", "x-s0", AXF_RUN_RUNNING, 2, "");
    add("b", "y-s1", AXF_RUN_DONE, 1, "");
    ck_assert_int_eq(axf_journal_read(folder, &view), AXF_OK);
    ck_assert_int_eq(view.count, 2);
    const axf_journal_entry *x = axf_journal_find(&view, "x-s0"), *y = axf_journal_find(&view, "y-s1");
    ck_assert_int_eq(x->state, AXF_RUN_RUNNING);
    ck_assert_uint_eq(x->epoch, 2);
    ck_assert_str_eq(x->worker, "a");
    ck_assert_int_eq(y->state, AXF_RUN_DONE);
    ck_assert_double_eq(y->seconds, 1.5);
    ck_assert_ptr_null(axf_journal_find(&view, "z-s0"));
    axf_journal_view_free(&view);
}
END_TEST

static long size_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    return (long)info.st_size;
}

START_TEST(a_torn_or_changed_tail_is_skipped)
{
    add("a", "x-s0", AXF_RUN_DONE, 1, "");
    char path[1024];
    snprintf(path, sizeof path, "%s", temp_path(folder, "journal/a.jsonl"));
    const long first = size_of(path);
    add("a", "y-s0", AXF_RUN_DONE, 1, "some text");
    const long both = size_of(path);
    axf_journal_view view;
    for (long length = both - 1; length > first; length--) {
        ck_assert_int_eq(truncate(path, length), 0);
        ck_assert_int_eq(axf_journal_read(folder, &view), AXF_OK);
        ck_assert_msg(view.count == 1 && view.skipped == 1, "cut to %ld of %ld bytes: %d runs", length, both,
                      view.count);
        axf_journal_view_free(&view);
    }
    ck_assert_int_eq(truncate(path, first), 0);
    add("a", "y-s0", AXF_RUN_DONE, 1, "some text");
    for (long at = first; at < both; at++) { /* every byte counts */
        FILE *file = fopen(path, "r+");
        fseek(file, at, SEEK_SET);
        const int byte = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(byte ^ 1, file);
        fclose(file);
        ck_assert_int_eq(axf_journal_read(folder, &view), AXF_OK);
        ck_assert_msg(view.count == 1, "byte %ld changed: %d runs", at, view.count);
        axf_journal_view_free(&view);
        file = fopen(path, "r+");
        fseek(file, at, SEEK_SET);
        fputc(byte, file);
        fclose(file);
    }
    ck_assert_int_eq(axf_journal_read(folder, &view), AXF_OK);
    ck_assert_int_eq(view.count, 2);
    axf_journal_view_free(&view);
}
END_TEST

START_TEST(the_first_start_fixes_the_threads)
{
    int32_t threads;
    ck_assert_int_eq(axf_sweep_threads(folder, "a", 3, &threads), AXF_OK);
    ck_assert_int_eq(threads, 3);
    ck_assert_int_eq(axf_sweep_threads(folder, "b", 5, &threads), AXF_OK);
    ck_assert_int_eq(threads, 3);
    write_file(temp_path(folder, "threads.json"), "{\"threads\": 0}");
    ck_assert_int_eq(axf_sweep_threads(folder, "b", 5, &threads), AXF_ERR_FORMAT);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "worker") == 0) {
        return worker(argv + 2);
    }
    static char path[1024];
    program = realpath("/proc/self/exe", path);
    Suite *suite = suite_create("journal");
    TCase *tests = tcase_create("journal");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_claim_is_held_by_one_and_leaves_nothing_behind);
    tcase_add_test(tests, lost_replies_change_nothing);
    tcase_add_test(tests, what_the_dead_left_is_removed_and_the_living_keep_theirs);
    tcase_add_test(tests, racing_processes_claim_each_run_once);
    tcase_add_test(tests, a_holder_elsewhere_is_dead_when_its_lease_is_over);
    tcase_add_test(tests, a_reused_pid_is_not_the_holder);
    tcase_add_test(tests, a_holder_touches_its_claim_and_notices_a_higher_epoch);
    tcase_add_test(tests, workers_files_are_merged_by_epoch);
    tcase_add_test(tests, a_torn_or_changed_tail_is_skipped);
    tcase_add_test(tests, the_first_start_fixes_the_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
