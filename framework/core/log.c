#include "core/log.h"

#include "core/clock.h"
#include "core/strbuf.h"
#include "core/text.h"
#include "core/utf8.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, DEFAULT_COLUMNS = 80, REDRAWS_A_SECOND = 10 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards everything below but the level */
static _Atomic axf_log_level lowest = AXF_LOG_LEVEL_INFO;
static axf_progress *shown_progress; /* NULL: none is under way */
static int line_drawn;               /* the terminal's last line is ours */
static double plain_interval = 30;

static void write_out(const axf_strbuf *text)
{
    size_t done = 0;
    while (done < text->length) {
        const ssize_t wrote = write(STDERR_FILENO, text->data + done, text->length - done);
        if (wrote < 0 && errno != EINTR) {
            return; /* nobody listens, which is no reason to stop a run */
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
}

static int on_terminal(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static int columns_of_terminal(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : DEFAULT_COLUMNS;
}

/* ---- messages ---- */

static void add_prefix(axf_strbuf *out, axf_log_level level)
{
    axf_strbuf_puts(out, level >= AXF_LOG_LEVEL_ERROR ? "error: " : level == AXF_LOG_LEVEL_WARNING ? "warning: " : "");
}

static void draw_line(axf_strbuf *out, const axf_progress *progress)
{
    char text[AXF_PROGRESS_TEXT];
    axf_progress_text(progress, axf_clock() - progress->started, 1, columns_of_terminal() - 1, text);
    axf_strbuf_puts(out, "\r\x1b[K");
    axf_strbuf_puts(out, text);
    line_drawn = 1;
}

static void emit(axf_log_level level, const char *text, size_t length)
{
    axf_strbuf out = {0};
    pthread_mutex_lock(&mutex);
    if (line_drawn) {
        axf_strbuf_puts(&out, "\r\x1b[K");
    }
    add_prefix(&out, level);
    axf_terminal_put_lines(&out, text, length);
    axf_strbuf_putc(&out, '\n');
    if (line_drawn && shown_progress != NULL) {
        draw_line(&out, shown_progress);
    }
    write_out(&out);
    pthread_mutex_unlock(&mutex);
    axf_strbuf_free(&out);
}

void axf_log(axf_log_level level, const char *format, ...)
{
    if (level < atomic_load(&lowest)) {
        return;
    }
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        emit(level, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    }
}

void axf_log_set_level(axf_log_level level)
{
    atomic_store(&lowest, level);
}

/* ---- progress ---- */

static void add_bar(axf_strbuf *out, double share)
{
    const int full = (int)(share * BAR_WIDTH);
    axf_strbuf_puts(out, " [");
    for (int i = 0; i < BAR_WIDTH; i++) {
        axf_strbuf_putc(out, i < full ? '#' : '.');
    }
    axf_strbuf_putc(out, ']');
}

static void add_duration(axf_strbuf *out, double seconds)
{
    const unsigned long long whole = seconds < 1e9 ? (unsigned long long)(seconds + 0.5) : 1000000000ull;
    const unsigned minutes = (unsigned)(whole / 60 % 60), rest = (unsigned)(whole % 60);
    if (whole >= 3600) {
        axf_strbuf_printf(out, " ETA %llu:%02u:%02u", whole / 3600, minutes, rest);
    } else {
        axf_strbuf_printf(out, " ETA %u:%02u", minutes, rest);
    }
}

void axf_progress_text(const axf_progress *progress, double seconds, int bar, int columns, char out[AXF_PROGRESS_TEXT])
{
    axf_strbuf text = {0};
    const uint64_t total = progress->total, done = progress->done;
    axf_terminal_put(&text, progress->label, strlen(progress->label));
    if (total > 0) {
        const double share = done < total ? (double)done / (double)total : 1;
        if (bar) {
            add_bar(&text, share);
        }
        axf_strbuf_printf(&text, " %3d %% %llu/%llu %s", (int)(share * 100), (unsigned long long)done,
                          (unsigned long long)total, progress->unit);
    } else {
        axf_strbuf_printf(&text, " %llu %s", (unsigned long long)done, progress->unit);
    }
    const double rate = seconds > 0 && done > progress->first ? (double)(done - progress->first) / seconds : 0;
    if (rate > 0) {
        axf_strbuf_printf(&text, rate < 100 ? " %.1f/s" : " %.0f/s", rate);
        if (done < total) {
            add_duration(&text, (double)(total - done) / rate);
        }
    }
    size_t length = text.length;
    if (length > (size_t)(columns > 0 ? columns : 0)) {
        length = (size_t)(columns > 0 ? columns : 0);
    }
    if (length > AXF_PROGRESS_TEXT - 1) {
        length = AXF_PROGRESS_TEXT - 1;
    }
    length = axf_utf8_floor(axf_strbuf_text(&text), length);
    memcpy(out, axf_strbuf_text(&text), length);
    out[length] = '\0';
    axf_strbuf_free(&text);
}

void axf_progress_begin(axf_progress *progress, const char *label, const char *unit, uint64_t first, uint64_t total)
{
    const double time = axf_clock();
    *progress = (axf_progress){label, unit, first, first, total, time, time};
    pthread_mutex_lock(&mutex);
    if (shown_progress == NULL) {
        shown_progress = progress;
    }
    pthread_mutex_unlock(&mutex);
}

static void show(axf_progress *progress, double time, int terminal)
{
    axf_strbuf out = {0};
    progress->shown = time;
    if (terminal) {
        draw_line(&out, progress);
    } else {
        char text[AXF_PROGRESS_TEXT];
        axf_progress_text(progress, time - progress->started, 0, AXF_PROGRESS_TEXT, text);
        axf_strbuf_puts(&out, text);
        axf_strbuf_putc(&out, '\n');
    }
    write_out(&out);
    axf_strbuf_free(&out);
}

void axf_progress_update(axf_progress *progress, uint64_t done)
{
    const double time = axf_clock();
    pthread_mutex_lock(&mutex);
    progress->done = done;
    if (progress == shown_progress && atomic_load(&lowest) <= AXF_LOG_LEVEL_INFO &&
        time - progress->shown >= 1.0 / REDRAWS_A_SECOND) {
        const int terminal = on_terminal();
        if (terminal || time - progress->shown >= plain_interval) {
            show(progress, time, terminal);
        }
    }
    pthread_mutex_unlock(&mutex);
}

void axf_progress_end(axf_progress *progress)
{
    pthread_mutex_lock(&mutex);
    if (progress == shown_progress) {
        if (line_drawn) {
            axf_strbuf out = {0};
            axf_strbuf_puts(&out, "\r\x1b[K");
            write_out(&out);
            axf_strbuf_free(&out);
        }
        shown_progress = NULL;
        line_drawn = 0;
    }
    pthread_mutex_unlock(&mutex);
}

void axf_progress_set_interval(double seconds)
{
    pthread_mutex_lock(&mutex);
    plain_interval = seconds;
    pthread_mutex_unlock(&mutex);
}
