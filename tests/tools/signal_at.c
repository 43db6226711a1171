/* Loaded into auxfuse by LD_PRELOAD (`signal_at` in tests/lib.sh): raises a signal right after a certain text was written to
 * a certain file. A test that interrupts or kills a run this way always meets the same state, on a fast and on a slow machine.
 *
 * SIGNAL_AT is "NUMBER PATH-PART TEXT": the first write to a path with PATH-PART in it, of bytes with TEXT at the beginning
 * of a line (an empty TEXT: any bytes). SIGNAL_PARENT=1: the signal goes to the parent process. SIGNAL_ONCE names a file
 * that the first of several processes makes; the others then send nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void look(int fd, const void *bytes, size_t count)
{
    const char *at = getenv("SIGNAL_AT");
    int number = 0, end = 0;
    char part[256], text[256] = "";
    if (at == NULL || sscanf(at, "%d %255s %n%255s", &number, part, &end, text) < 2) {
        return;
    }
    if (wanted_path(fd, part) && wanted_text(bytes, count, text) && first_of_all()) {
        kill(getenv("SIGNAL_PARENT") != NULL ? getppid() : getpid(), number);
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
