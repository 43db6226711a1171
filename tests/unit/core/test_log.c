/* The log: levels, escaping; progress on a terminal (a pseudo-terminal) and in a file. */
#include "moved_clock.h"
#include "temp_folder.h"

#include "core/log.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

static char *folder;
static int saved;

static void setup(void)
{
    folder = temp_folder_make();
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    const int fd = open(temp_path(folder, "err"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void teardown(void)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    temp_folder_remove(folder);
}

/* What was written to standard error so far. */
static const char *written(void)
{
    static char text[8192];
    const ssize_t length = pread(STDERR_FILENO, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

START_TEST(levels)
{
    axf_log(AXF_LOG_LEVEL_DEBUG, "hidden");
    axf_log(AXF_LOG_LEVEL_INFO, "run %d", 3);
    axf_log(AXF_LOG_LEVEL_WARNING, "careful");
    axf_log(AXF_LOG_LEVEL_ERROR, "broken");
    axf_log_set_level(AXF_LOG_LEVEL_WARNING);
    axf_log(AXF_LOG_LEVEL_INFO, "hidden");
    axf_log_set_level(AXF_LOG_LEVEL_DEBUG);
    axf_log(AXF_LOG_LEVEL_DEBUG, "seen");
    ck_assert_str_eq(written(), "run 3\nwarning: careful\nerror: broken\nseen\n");
}
END_TEST

START_TEST(escapes)
{
    axf_log(AXF_LOG_LEVEL_INFO, "a%sb\nc", "\x1b[2J\r");
    ck_assert_str_eq(written(), "a\\x1b[2J\\rb\nc\n");
}
END_TEST

START_TEST(long_messages_are_cut)
{
    char *text = malloc(10001);
    memset(text, 'x', 10000);
    text[10000] = '\0';
    axf_log(AXF_LOG_LEVEL_INFO, "%s", text);
    ck_assert_uint_eq(strlen(written()), 4096);
    free(text);
}
END_TEST

START_TEST(progress_text)
{
    char text[AXF_PROGRESS_TEXT];
    axf_progress p = {.label = "epoch 1", .unit = "posts", .first = 0, .done = 5, .total = 10};
    axf_progress_text(&p, 2, 1, 200, text);
    ck_assert_str_eq(text, "epoch 1 [############............]  50 % 5/10 posts 2.5/s ETA 0:02");
    axf_progress_text(&p, 2, 0, 200, text);
    ck_assert_str_eq(text, "epoch 1  50 % 5/10 posts 2.5/s ETA 0:02");
    axf_progress_text(&p, 2, 1, 9, text);
    ck_assert_str_eq(text, "epoch 1 [");
    p.first = 5; /* nothing done in this session yet: no rate, no ETA */
    axf_progress_text(&p, 2, 0, 200, text);
    ck_assert_str_eq(text, "epoch 1  50 % 5/10 posts");
    p.first = 6; /* stepped back */
    axf_progress_text(&p, 2, 0, 200, text);
    ck_assert_str_eq(text, "epoch 1  50 % 5/10 posts");
    p = (axf_progress){.label = "x", .unit = "steps", .first = 100, .done = 300, .total = 8300};
    axf_progress_text(&p, 100, 0, 200, text);
    ck_assert_str_eq(text, "x   3 % 300/8300 steps 2.0/s ETA 1:06:40");
    p.total = 0;
    axf_progress_text(&p, 1, 1, 200, text);
    ck_assert_str_eq(text, "x 300 steps 200/s");
    p.total = 300;
    axf_progress_text(&p, 1, 0, 200, text);
    ck_assert_str_eq(text, "x 100 % 300/300 steps 200/s");
    p.label = "\xc3\xa4\x1b";
    axf_progress_text(&p, 1, 0, 1, text);
    ck_assert_str_eq(text, "");
    axf_progress_text(&p, 1, 0, 6, text);
    ck_assert_str_eq(text, "\xc3\xa4\\x1b");
}
END_TEST

START_TEST(progress_in_a_file)
{
    axf_progress p, inner;
    axf_progress_begin(&p, "train", "posts", 0, 10);
    move_clocks(29.5);
    axf_progress_update(&p, 1); /* the interval of 30 s is not over */
    ck_assert_str_eq(written(), "");
    move_clocks(0.5);
    axf_progress_update(&p, 2);
    axf_progress_set_interval(4);
    move_clocks(3.5);
    axf_progress_update(&p, 3); /* too soon */
    axf_progress_begin(&inner, "inner", "posts", 0, 10);
    move_clocks(1.5);
    axf_progress_update(&inner, 5); /* the outer one has the line */
    axf_progress_end(&inner);
    axf_log_set_level(AXF_LOG_LEVEL_WARNING);
    axf_progress_update(&p, 4);
    axf_log_set_level(AXF_LOG_LEVEL_INFO);
    axf_progress_update(&p, 5);
    axf_progress_end(&p);
    ck_assert_str_eq(written(), "train  20 % 2/10 posts 0.1/s ETA 2:00\n"
                                "train  50 % 5/10 posts 0.1/s ETA 0:35\n");
}
END_TEST

START_TEST(progress_on_a_terminal)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master), 0);
    ck_assert_int_eq(unlockpt(master), 0);
    const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(terminal, 0);
    struct termios mode;
    tcgetattr(terminal, &mode);
    cfmakeraw(&mode);
    tcsetattr(terminal, TCSANOW, &mode);
    const struct winsize size = {.ws_row = 24, .ws_col = 40};
    ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
    setenv("TERM", "xterm", 1);
    dup2(terminal, STDERR_FILENO);
    axf_progress p;
    axf_progress_begin(&p, "train", "posts", 0, 4);
    move_clocks(0.125);
    axf_progress_update(&p, 1);
    move_clocks(0.0625);
    axf_progress_update(&p, 2); /* less than a tenth of a second later: not drawn by itself */
    axf_log(AXF_LOG_LEVEL_INFO, "note");
    axf_progress_end(&p);
    axf_log(AXF_LOG_LEVEL_INFO, "after");
    char text[1024];
    size_t length = 0;
    text[0] = '\0';
    while (strstr(text, "after\n") == NULL) { /* the kernel passes it on in pieces, when it likes */
        const ssize_t got = read(master, text + length, sizeof text - 1 - length);
        ck_assert_int_gt(got, 0);
        length += (size_t)got;
        text[length] = '\0';
    }
    ck_assert_str_eq(text, "\r\x1b[Ktrain [######..................]  25 % "
                           "\r\x1b[Knote\n"
                           "\r\x1b[Ktrain [############............]  50 % "
                           "\r\x1b[Kafter\n");
    close(terminal);
    close(master);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, levels);
    tcase_add_test(tests, escapes);
    tcase_add_test(tests, long_messages_are_cut);
    tcase_add_test(tests, progress_text);
    tcase_add_test(tests, progress_in_a_file);
    tcase_add_test(tests, progress_on_a_terminal);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
