/* Loaded into auxfuse by LD_PRELOAD (`signal_at` in tests/lib.sh): raises a signal right after a certain text was written to
 * a certain file. A test that interrupts or kills a run this way always meets the same state, on a fast and on a slow machine.
 *
 * SIGNAL_AT is "NUMBER PATH-PART TEXT": the first write to a path with PATH-PART in it, of bytes with TEXT at the beginning
 * of a line (an empty TEXT: any bytes). SIGNAL_PARENT=1: the signal goes to the parent process. SIGNAL_ONCE names a file
 * that the first of several processes makes; the others then send nothing.
 *
 * A PATH-PART of / counts from the start of the process on, whatever it writes.
 * SIGNAL_AFTER=N: the signal comes N changes later, where a change is any call below that alters what is on the disk.
 * SIGNAL_COUNT names a file that gets, at the process's end, the number of changes from there on. Killed between
 * two changes, a process leaves the same behind wherever it was, so that these are all the moments that differ. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int wanted_path(int fd, const char *part)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = '\0';
    return strstr(path, part) != NULL;
}

static int wanted_text(const char *bytes, size_t count, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; length <= count && i <= count - length; i++) {
        if ((i == 0 || bytes[i - 1] == '\n') && memcmp(bytes + i, text, length) == 0) {
            return 1;
        }
    }
    return 0;
}

static int first_of_all(void)
{
    static atomic_flag sent = ATOMIC_FLAG_INIT;
    const char *once = getenv("SIGNAL_ONCE");
    if (atomic_flag_test_and_set(&sent)) {
        return 0;
    }
    const int fd = once == NULL ? -1 : open(once, O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
        close(fd);
    }
    return once == NULL || fd >= 0;
}

static atomic_long changes = -1; /* since the wanted write; -1: that has not come yet */

static void change(void)
{
    const char *at = getenv("SIGNAL_AT"), *after = getenv("SIGNAL_AFTER");
    if (at == NULL || atomic_load(&changes) < 0) {
        return;
    }
    if (atomic_fetch_add(&changes, 1) == (after != NULL ? atol(after) : 0) && first_of_all()) {
        kill(getenv("SIGNAL_PARENT") != NULL ? getppid() : getpid(), atoi(at));
    }
}

static void look(int fd, const void *bytes, size_t count)
{
    const char *at = getenv("SIGNAL_AT");
    int number = 0, end = 0;
    char part[256], text[256] = "";
    if (at == NULL || sscanf(at, "%d %255s %n%255s", &number, part, &end, text) < 2) {
        return;
    }
    if (atomic_load(&changes) < 0 && wanted_path(fd, part) && wanted_text(bytes, count, text)) {
        long none = -1;
        atomic_compare_exchange_strong(&changes, &none, 0);
    }
    change();
}

__attribute__((constructor)) static void start_counting(void)
{
    const char *at = getenv("SIGNAL_AT");
    char part[256];
    if (at != NULL && sscanf(at, "%*d %255s", part) == 1 && strcmp(part, "/") == 0) {
        atomic_store(&changes, 0);
    }
}

__attribute__((destructor)) static void tell_count(void)
{
    const char *path = getenv("SIGNAL_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%ld\n", atomic_load(&changes));
        fclose(file);
    }
}

typedef ssize_t (*pwrite_function)(int, const void *, size_t, off_t);

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    const pwrite_function original = (pwrite_function)dlsym(RTLD_NEXT, "pwrite");
    const ssize_t wrote = original(fd, bytes, count, offset);
    look(fd, bytes, count);
    return wrote;
}

int rename(const char *from, const char *to)
{
    const int result = ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
    change();
    return result;
}

int unlink(const char *path)
{
    const int result = ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(path);
    change();
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    const int result = ((int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir"))(path, mode);
    change();
    return result;
}

int ftruncate(int fd, off_t length)
{
    const int result = ((int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate"))(fd, length);
    change();
    return result;
}

int fsync(int fd)
{
    const int result = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
    change();
    return result;
}
