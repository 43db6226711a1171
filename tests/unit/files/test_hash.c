/* Hashes against xxHash's own values; the cache against change, damage and other processes. */
#include "moved_clock.h"
#include "temp_folder.h"

#include "core/error.h"
#include "core/hash.h"
#include "files/durable.h"
#include "files/hash_cache.h"
#include "files/path.h"
#include "files/read.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

/* Values of the Python package xxhash 3, an independent build of the same algorithm. */
START_TEST(known_values)
{
    char text[AXF_HASH_HEX];
    axf_hash_hex(axf_hash_bytes("", 0), text);
    ck_assert_str_eq(text, "99aa06d3014798d86001c324468d497f");
    axf_hash_hex(axf_hash_bytes("auxfuse", 7), text);
    ck_assert_str_eq(text, "b8cd5862072e3c6408d51fc786bcafa6");
    char bytes[1000];
    for (int i = 0; i < 1000; i++) {
        bytes[i] = (char)i;
    }
    axf_hash_hex(axf_hash_bytes(bytes, sizeof bytes), text);
    ck_assert_str_eq(text, "076f7e02b7120d2ad33dd80b46f60e50");
    axf_hasher *hasher = axf_hasher_new();
    axf_hasher_add(hasher, bytes, 3);
    axf_hasher_add(hasher, bytes + 3, 0);
    axf_hasher_add(hasher, bytes + 3, 997);
    ck_assert(axf_hash_equal(axf_hasher_result(hasher), axf_hash_bytes(bytes, sizeof bytes)));
    axf_hasher_free(hasher);
}
END_TEST

START_TEST(hex_and_back)
{
    axf_hash128 hash;
    char text[AXF_HASH_HEX];
    ck_assert(axf_hash_parse("0123456789abcdeffedcba9876543210 rest", &hash));
    ck_assert_uint_eq(hash.high, 0x0123456789abcdefull);
    axf_hash_hex(hash, text);
    ck_assert_str_eq(text, "0123456789abcdeffedcba9876543210");
    ck_assert(!axf_hash_parse("0123456789abcdeffedcba987654321", &hash));
    ck_assert(!axf_hash_parse("0123456789ABCDEFfedcba9876543210", &hash));
    ck_assert(!axf_hash_parse("", &hash));
}
END_TEST

START_TEST(texts_do_not_run_together)
{
    axf_hasher *a = axf_hasher_new(), *b = axf_hasher_new();
    axf_hasher_add_text(a, "ab");
    axf_hasher_add_text(a, "c");
    axf_hasher_add_text(b, "a");
    axf_hasher_add_text(b, "bc");
    ck_assert(!axf_hash_equal(axf_hasher_result(a), axf_hasher_result(b)));
    axf_hasher_free(a);
    axf_hasher_free(b);
}
END_TEST

/* A file whose time lies `age` seconds back. The clock stands still, so it stays as old while the test runs. */
static const char *put(const char *name, const char *content, int age)
{
    const char *path = temp_path(folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(content, file);
    fclose(file);
    const struct timespec times[2] = {{(time_t)axf_clock_wall() - age, 5}, {(time_t)axf_clock_wall() - age, 5}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    return path;
}

/* Changes the content but neither size, time nor inode: only a cache that does not read stays wrong. */
static void change_in_secret(const char *path, const char *content)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    const int fd = open(path, O_WRONLY);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    const struct timespec times[2] = {info.st_atim, info.st_mtim};
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
}

static int hashes_to(axf_hash_cache *cache, const char *path, const char *content)
{
    axf_hash128 hash;
    ck_assert_msg(axf_hash_file(cache, path, &hash) == AXF_OK, "%s", axf_error_message());
    return axf_hash_equal(hash, axf_hash_bytes(content, strlen(content)));
}

START_TEST(remembers_across_processes)
{
    const char *store = temp_path(folder, "hashes");
    const char *file = put("a", "old", 100);
    axf_hash_cache *cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, file, "old"));
    change_in_secret(file, "new");
    ck_assert(hashes_to(cache, file, "old"));
    ck_assert(hashes_to(NULL, file, "new"));
    axf_hash_cache_close(cache);
    cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, file, "old"));
    ck_assert_int_eq(symlink("a", temp_path(folder, "link")), 0);
    ck_assert(hashes_to(cache, temp_path(folder, "link"), "old")); /* the same real path */
    axf_hash_cache_close(cache);
}
END_TEST

START_TEST(notices_changes)
{
    axf_hash_cache *cache = axf_hash_cache_open(temp_path(folder, "hashes"));
    const char *file = put("a", "old", 100);
    ck_assert(hashes_to(cache, file, "old"));
    put("a", "new", 99);
    ck_assert(hashes_to(cache, file, "new"));
    put("a", "longer", 99);
    ck_assert(hashes_to(cache, file, "longer"));
    put("b", "LONGER", 99);
    ck_assert_int_eq(rename(temp_path(folder, "b"), file), 0);
    ck_assert(hashes_to(cache, file, "LONGER"));
    axf_hash_cache_close(cache);
}
END_TEST

START_TEST(does_not_trust_a_fresh_file)
{
    axf_hash_cache *cache = axf_hash_cache_open(temp_path(folder, "hashes"));
    const char *file = put("a", "old", 2);
    ck_assert(hashes_to(cache, file, "old"));
    change_in_secret(file, "new");
    ck_assert(hashes_to(cache, file, "new"));
    move_clocks(1); /* three seconds old: from now on it is trusted, and the change in secret below goes unseen */
    ck_assert(hashes_to(cache, file, "new"));
    change_in_secret(file, "old");
    ck_assert(hashes_to(cache, file, "new"));
    axf_hash_cache_close(cache);
}
END_TEST

/* Whatever stands in the store, files hash right; torn and forged lines are skipped, whole ones used. */
START_TEST(survives_damage)
{
    const char *store = temp_path(folder, "hashes"), *file = put("a", "old", 100), *other = put("b", "two", 100);
    axf_hash_cache *cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, file, "old"));
    axf_hash_cache_close(cache);
    char *bytes;
    size_t length;
    ck_assert_int_eq(axf_read_file(store, 1 << 20, &bytes, &length), AXF_OK);
    ck_assert_uint_eq(length, 84);
    for (size_t i = 1; i < 83; i++) { /* each byte of the line changed: no longer believed */
        char *bad = malloc(length);
        memcpy(bad, bytes, length);
        bad[i] ^= 1;
        ck_assert_int_eq(axf_durable_write_file(store, bad, length), AXF_OK);
        change_in_secret(file, "new");
        cache = axf_hash_cache_open(store);
        ck_assert_msg(hashes_to(cache, file, "new"), "byte %zu", i);
        axf_hash_cache_close(cache);
        change_in_secret(file, "old");
        free(bad);
    }
    ck_assert_int_eq(axf_durable_write_file(store, bytes, 50), AXF_OK); /* torn: the next process appends behind it */
    cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, other, "two"));
    axf_hash_cache_close(cache);
    change_in_secret(other, "TWO");
    cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, other, "two"));
    axf_hash_cache_close(cache);
    free(bytes);
}
END_TEST

START_TEST(store_is_never_needed)
{
    const char *file = put("a", "old", 100);
    ck_assert_int_eq(mkfifo(temp_path(folder, "fifo"), 0600), 0);
    const char *const stores[] = {temp_path(folder, "absent/hashes"), folder, temp_path(folder, "fifo")};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        axf_hash_cache *cache = axf_hash_cache_open(stores[i]);
        ck_assert(hashes_to(cache, file, "old"));
        axf_hash_cache_close(cache);
    }
    const char *store = temp_path(folder, "huge");
    ck_assert_int_eq(axf_durable_write_file(store, "x", 1), AXF_OK);
    ck_assert_int_eq(truncate(store, 65 * 1024 * 1024), 0);
    axf_hash_cache *cache = axf_hash_cache_open(store);
    ck_assert(hashes_to(cache, file, "old"));
    axf_hash_cache_close(cache);
    struct stat info;
    ck_assert_int_eq(stat(store, &info), 0);
    ck_assert_int_eq(info.st_size, 84);
}
END_TEST

START_TEST(default_place)
{
    setenv("XDG_CACHE_HOME", folder, 1);
    const char *file = put("a", "old", 100);
    axf_hash_cache *cache = axf_hash_cache_open(NULL);
    ck_assert(hashes_to(cache, file, "old"));
    axf_hash_cache_close(cache);
    ck_assert_int_eq(access(temp_path(folder, "auxfuse/hashes"), R_OK), 0);
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", "/home/someone", 1);
    char *place = axf_cache_folder();
    ck_assert_str_eq(place, "/home/someone/.cache/auxfuse");
    free(place);
    unsetenv("HOME");
    ck_assert_ptr_null(axf_cache_folder());
    cache = axf_hash_cache_open(NULL);
    ck_assert(hashes_to(cache, file, "old"));
    axf_hash_cache_close(cache);
}
END_TEST

/* Four processes append at once; afterwards every hash is known. */
START_TEST(processes_at_once)
{
    enum { WORKERS = 4, FILES = 300 };
    char store[600];
    snprintf(store, sizeof store, "%s/hashes", folder);
    char name[32];
    for (int i = 0; i < WORKERS * FILES; i++) {
        snprintf(name, sizeof name, "f%d", i);
        put(name, name, 100);
    }
    pid_t children[WORKERS];
    for (int w = 0; w < WORKERS; w++) {
        children[w] = fork();
        if (children[w] == 0) {
            for (int i = 0; i < FILES; i++) {
                axf_hash_cache *cache = i % 50 == 0 ? axf_hash_cache_open(store) : NULL;
                for (int k = i; cache != NULL && k < i + 50; k++) {
                    axf_hash128 hash;
                    snprintf(name, sizeof name, "f%d", w * FILES + k);
                    axf_hash_file(cache, temp_path(folder, name), &hash);
                }
                axf_hash_cache_close(cache);
            }
            _exit(0);
        }
    }
    for (int w = 0; w < WORKERS; w++) {
        ck_assert_int_eq(waitpid(children[w], NULL, 0), children[w]);
    }
    axf_hash_cache *cache = axf_hash_cache_open(store);
    for (int i = 0; i < WORKERS * FILES; i++) {
        snprintf(name, sizeof name, "f%d", i);
        change_in_secret(temp_path(folder, name), "x");
        ck_assert_msg(hashes_to(cache, temp_path(folder, name), name), "%s was forgotten", name);
    }
    axf_hash_cache_close(cache);
}
END_TEST

static void *hash_many(void *cache)
{
    char path[600], content[32];
    for (int i = 0; i < 200; i++) {
        snprintf(content, sizeof content, "f%d", i);
        snprintf(path, sizeof path, "%s/%s", folder, content);
        axf_hash128 hash;
        if (axf_hash_file(cache, path, &hash) != AXF_OK ||
            !axf_hash_equal(hash, axf_hash_bytes(content, strlen(content)))) {
            return cache;
        }
    }
    return NULL;
}

START_TEST(threads_at_once)
{
    char name[32];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "f%d", i);
        put(name, name, 100);
    }
    axf_hash_cache *cache = axf_hash_cache_open(temp_path(folder, "hashes"));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hash_many, cache), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
    axf_hash_cache_close(cache);
}
END_TEST

START_TEST(folders)
{
    axf_hash128 first, second;
    char model[600];
    snprintf(model, sizeof model, "%s/model", folder);
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "model/sub")), AXF_OK);
    put("model/b", "2", 100);
    put("model/a", "1", 100);
    ck_assert_int_eq(axf_hash_folder(NULL, model, &first), AXF_OK);
    put("model/.hidden", "x", 100);
    put("model/sub/c", "x", 100);
    ck_assert_int_eq(axf_hash_folder(NULL, model, &second), AXF_OK);
    ck_assert(axf_hash_equal(first, second));
    put("model/a", "3", 100);
    ck_assert_int_eq(axf_hash_folder(NULL, model, &second), AXF_OK);
    ck_assert(!axf_hash_equal(first, second));
    put("model/a", "1", 100);
    ck_assert_int_eq(rename(temp_path(folder, "model/b"), temp_path(folder, "model/c")), 0);
    ck_assert_int_eq(axf_hash_folder(NULL, model, &second), AXF_OK);
    ck_assert(!axf_hash_equal(first, second));
    ck_assert_int_eq(axf_hash_folder(NULL, temp_path(folder, "absent"), &second), AXF_ERR_IO);
    ck_assert_int_eq(axf_hash_file(NULL, temp_path(folder, "absent"), &second), AXF_ERR_IO);
    ck_assert_int_eq(axf_hash_file(NULL, model, &second), AXF_ERR_IO);
}
END_TEST

/* By definition, whatever order the file system lists the names in. */
START_TEST(folder_order)
{
    static const char *const names[] = {"B", "a", "a.b", "aa", "b", "c1", "c10", "c2", "d", "e"};
    enum { COUNT = sizeof names / sizeof *names };
    axf_hasher *hasher = axf_hasher_new();
    for (int i = 0; i < COUNT; i++) {
        put(names[i * 7 % COUNT], names[i * 7 % COUNT], 100);
        const axf_hash128 content = axf_hash_bytes(names[i], strlen(names[i]));
        axf_hasher_add_text(hasher, names[i]);
        axf_hasher_add_number(hasher, content.high);
        axf_hasher_add_number(hasher, content.low);
    }
    axf_hash128 hash;
    ck_assert_int_eq(axf_hash_folder(NULL, folder, &hash), AXF_OK);
    ck_assert(axf_hash_equal(hash, axf_hasher_result(hasher)));
    axf_hasher_free(hasher);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, known_values);
    tcase_add_test(tests, hex_and_back);
    tcase_add_test(tests, texts_do_not_run_together);
    tcase_add_test(tests, remembers_across_processes);
    tcase_add_test(tests, notices_changes);
    tcase_add_test(tests, does_not_trust_a_fresh_file);
    tcase_add_test(tests, survives_damage);
    tcase_add_test(tests, store_is_never_needed);
    tcase_add_test(tests, default_place);
    tcase_add_test(tests, processes_at_once);
    tcase_add_test(tests, threads_at_once);
    tcase_add_test(tests, folders);
    tcase_add_test(tests, folder_order);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
