#include "sweep/claim.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/read.h"
#include "sweep/claimant.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CLAIM_SIZE = 4096, TRIES = 64 };

typedef struct held {
    char *name;
    axf_claimant self; /* with file and epoch */
    int lost;
    struct held *next;
} held;

struct axf_claims {
    char *folder;
    char *worker;
    axf_claimant self;
    axf_claim_settings settings;
    held *first;
    uint64_t serial;
    int closing;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};

static char *in_folder(const axf_claims *claims, const char *name)
{
    return axf_path_join(claims->folder, name);
}

/* ---- files ---- */

/* Writes a private file and flushes it, so that whoever sees the claim sees its content. */
static axf_status write_private(const axf_claims *claims, const axf_claimant *self)
{
    char *path = in_folder(claims, self->file), *text = axf_claimant_text(self);
    const size_t length = strlen(text);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    axf_status status = AXF_OK;
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || fsync(fd) != 0) {
        status = axf_fail_errno("cannot write '%s'", path);
    }
    if (fd >= 0 && close(fd) != 0 && status == AXF_OK) {
        status = axf_fail_errno("cannot write '%s'", path);
    }
    if (status != AXF_OK) {
        unlink(path);
    }
    free(text);
    free(path);
    return status;
}

typedef enum claim_found {
    CLAIM_NONE = 1,
    CLAIM_READ,
    CLAIM_UNREADABLE, /* there is one that says nothing: torn by a full disk, or not a claim */
    CLAIM_CANNOT_TELL /* the message says why */
} claim_found;

/* *info is filled for a claim that is there. */
static claim_found read_claim(const axf_claims *claims, const char *name, axf_claimant *who, struct stat *info)
{
    char *path = in_folder(claims, name);
    char text[CLAIM_SIZE];
    size_t length = 0;
    *who = (axf_claimant){0};
    claim_found result = CLAIM_UNREADABLE;
    /* Opened before it is looked for: on NFS the opening asks the server, the look may be answered from memory. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        const axf_found found = axf_find_link(path, info);
        result = found == AXF_THERE ? CLAIM_UNREADABLE : found == AXF_NOT_THERE ? CLAIM_NONE : CLAIM_CANNOT_TELL;
    } else if (fstat(fd, info) != 0) {
        axf_fail_errno("cannot look at '%s'", path);
        result = CLAIM_CANNOT_TELL;
    } else if (axf_read_some(fd, path, 0, text, sizeof text - 1, &length) == AXF_OK) {
        text[length] = '\0';
        result = axf_claimant_parse(text, who) == AXF_OK ? CLAIM_READ : CLAIM_UNREADABLE;
    }
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return result;
}

static bool is_there(claim_found found)
{
    return found == CLAIM_READ || found == CLAIM_UNREADABLE;
}

/* link(), decided by the private file's own link count: on NFS the reply may be lost, and the call repeated. */
static int link_private(const axf_claims *claims, const char *file, const char *name)
{
    char *from = in_folder(claims, file), *to = in_folder(claims, name);
    struct stat info;
    const int result = link(from, to);
    const int number = errno;
    const int won = result == 0 || (stat(from, &info) == 0 && info.st_nlink == 2);
    errno = number;
    free(from);
    free(to);
    return won;
}

/* rename(), decided by what the new name holds afterwards. */
static int rename_claim(const axf_claims *claims, const char *name, const char *retired)
{
    char *from = in_folder(claims, name), *to = in_folder(claims, retired);
    struct stat info;
    const int result = rename(from, to);
    const int moved = result == 0 || lstat(to, &info) == 0;
    free(from);
    free(to);
    return moved;
}

static void remove_file(const axf_claims *claims, const char *name)
{
    if (strchr(name, '/') == NULL && name[0] != '\0') { /* the name may come from a claim's content */
        char *path = in_folder(claims, name);
        unlink(path);
        free(path);
    }
}

/* Seconds since the claim was touched, by the file system's clock; negative when that cannot be told. */
static double age(axf_claims *claims, const struct stat *claim)
{
    axf_strbuf name = {0};
    axf_strbuf_printf(&name, ".probe-%s", claims->worker);
    char *path = in_folder(claims, axf_strbuf_text(&name));
    axf_strbuf_free(&name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    struct stat now;
    double seconds = -1;
    /* A write makes the server set the time; futimens might take the client's. */
    if (fd >= 0 && pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0 && fstat(fd, &now) == 0) {
        seconds = (double)(now.st_mtim.tv_sec - claim->st_mtim.tv_sec) +
                  1e-9 * (double)(now.st_mtim.tv_nsec - claim->st_mtim.tv_nsec);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return seconds;
}

static int is_dead(axf_claims *claims, const axf_claimant *who, const struct stat *info)
{
    switch (axf_claimant_state(who, &claims->self)) {
    case AXF_CLAIMANT_ALIVE:
        return 0;
    case AXF_CLAIMANT_GONE:
        return 1;
    default:
        return age(claims, info) > claims->settings.lease_seconds;
    }
}

/* ---- the holder's side ---- */

static held *find(axf_claims *claims, const char *name)
{
    held *item = claims->first;
    while (item != NULL && strcmp(item->name, name) != 0) {
        item = item->next;
    }
    return item;
}

static int is_ours(const axf_claims *claims, const held *item)
{
    axf_claimant who;
    struct stat info;
    claim_found found = read_claim(claims, item->name, &who, &info);
    if (found == CLAIM_NONE) {
        /* Renamed by one who took us for dead and is about to put it back: whoever links first has it. */
        char *from = in_folder(claims, item->self.file), *to = in_folder(claims, item->name);
        const int linked = link(from, to) == 0, number = errno;
        free(from);
        free(to);
        found = linked || number == EEXIST ? read_claim(claims, item->name, &who, &info) : CLAIM_NONE;
    }
    return found == CLAIM_READ && strcmp(who.file, item->self.file) == 0 && who.epoch == item->self.epoch;
}

static void touch_all(axf_claims *claims)
{
    for (held *item = claims->first; item != NULL; item = item->next) {
        char *path = in_folder(claims, item->self.file);
        const int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) {
            char first = '{';
            /* The same byte again: the server's clock sets the time. */
            if (pwrite(fd, &first, 1, 0) == 1) {
                fsync(fd);
            }
            close(fd);
        }
        free(path);
        item->lost = item->lost || !is_ours(claims, item);
    }
}

static void *touch(void *argument)
{
    axf_claims *claims = argument;
    pthread_mutex_lock(&claims->mutex);
    while (!claims->closing) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        const double at = (double)until.tv_nsec * 1e-9 + claims->settings.touch_seconds;
        until.tv_sec += (time_t)at;
        until.tv_nsec = (long)((at - (double)(time_t)at) * 1e9);
        while (!claims->closing && pthread_cond_timedwait(&claims->wake, &claims->mutex, &until) != ETIMEDOUT) {
        }
        if (!claims->closing) {
            touch_all(claims);
        }
    }
    pthread_mutex_unlock(&claims->mutex);
    return NULL;
}

/* ---- open, close ---- */

static char *worker_name(const axf_claimant *self)
{
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        number = (uint64_t)(axf_clock_wall() * 1e6) ^ self->start << 17;
    }
    axf_strbuf text = {0};
    axf_strbuf_printf(&text, "%.64s-%llu-%016llx", self->host, (unsigned long long)self->pid,
                      (unsigned long long)number);
    return axf_strbuf_take(&text);
}

axf_status axf_claims_open(const char *folder, const axf_claim_settings *settings, axf_claims **claims)
{
    *claims = NULL;
    AXF_TRY(axf_folder_make(folder));
    axf_claims *c = axf_alloc_zero(1, sizeof *c);
    c->folder = axf_copy(folder);
    c->settings.touch_seconds = settings->touch_seconds > 0 ? settings->touch_seconds : 30;
    c->settings.lease_seconds = settings->lease_seconds > 0 ? settings->lease_seconds : 300;
    axf_claimant_self(&c->self);
    c->worker = worker_name(&c->self);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&c->mutex, NULL);
    const int error = pthread_create(&c->thread, NULL, touch, c);
    if (error != 0) {
        free(c->folder);
        free(c->worker);
        free(c);
        errno = error;
        return axf_fail_errno("cannot start the thread that keeps claims alive");
    }
    *claims = c;
    return AXF_OK;
}

void axf_claims_close(axf_claims *claims)
{
    if (claims == NULL) {
        return;
    }
    pthread_mutex_lock(&claims->mutex);
    claims->closing = 1;
    pthread_cond_signal(&claims->wake);
    pthread_mutex_unlock(&claims->mutex);
    pthread_join(claims->thread, NULL);
    while (claims->first != NULL) {
        axf_claim_release(claims, claims->first->name);
    }
    axf_strbuf probe = {0};
    axf_strbuf_printf(&probe, ".probe-%s", claims->worker);
    remove_file(claims, axf_strbuf_text(&probe));
    axf_strbuf_free(&probe);
    pthread_cond_destroy(&claims->wake);
    pthread_mutex_destroy(&claims->mutex);
    free(claims->folder);
    free(claims->worker);
    free(claims);
}

const char *axf_claims_worker(const axf_claims *claims)
{
    return claims->worker;
}

/* ---- taking ---- */

/* Moves the dead claim away. Between our look and this somebody else may have taken over: then it is left alone. */
static int move_away(axf_claims *claims, const char *name, const axf_claimant *dead)
{
    axf_claimant who;
    struct stat info;
    if (!is_there(read_claim(claims, name, &who, &info)) || strcmp(who.file, dead->file) != 0) {
        return 0;
    }
    axf_strbuf retired = {0};
    axf_strbuf_printf(&retired, ".retired-%s-%llu", claims->worker, (unsigned long long)claims->serial++);
    const int moved = rename_claim(claims, name, axf_strbuf_text(&retired));
    if (moved) {
        remove_file(claims, dead->file);
        remove_file(claims, axf_strbuf_text(&retired));
    }
    axf_strbuf_free(&retired);
    return moved;
}

/* Only he who holds the right to a dead claim, itself a claim named after it, may move it away: so a late one cannot
 * move a living claim that has come in its place. A right whose holder died is won like the claim. 1: moved, claim
 * afresh. */
static int retire(axf_claims *claims, const char *name, const axf_claimant *dead)
{
    enum { RIGHTS = 8 };
    axf_claimant self = claims->self, holder = *dead;
    struct stat info;
    int moved = 0;
    snprintf(self.file, sizeof self.file, ".%s-%llu", claims->worker, (unsigned long long)claims->serial++);
    if (write_private(claims, &self) != AXF_OK) {
        return 0;
    }
    for (int i = 0; i < RIGHTS; i++) {
        axf_strbuf right = {0};
        const int plain = holder.file[0] == '.' && strchr(holder.file, '/') == NULL;
        axf_strbuf_printf(&right, ".right%s%s", plain ? "" : "-", plain ? holder.file : name);
        const int won = link_private(claims, self.file, axf_strbuf_text(&right));
        if (won) {
            moved = move_away(claims, name, dead);
            remove_file(claims, axf_strbuf_text(&right));
        }
        const int stands = !won && read_claim(claims, axf_strbuf_text(&right), &holder, &info) == CLAIM_READ;
        axf_strbuf_free(&right);
        if (!stands || !is_dead(claims, &holder, &info)) {
            break;
        }
    }
    remove_file(claims, self.file);
    return moved;
}

static void hold(axf_claims *claims, const char *name, const axf_claimant *self)
{
    held *item = axf_alloc_zero(1, sizeof *item);
    item->name = axf_copy(name);
    item->self = *self;
    pthread_mutex_lock(&claims->mutex);
    item->next = claims->first;
    claims->first = item;
    pthread_mutex_unlock(&claims->mutex);
}

axf_status axf_claim_take(axf_claims *claims, const char *name, uint64_t least_epoch, uint64_t *epoch,
                          axf_claimant *holder)
{
    *epoch = 0;
    *holder = (axf_claimant){0};
    if (!axf_name_is_plain(name)) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s' cannot be claimed: it is no plain name", name);
    }
    uint64_t next = least_epoch > 0 ? least_epoch : 1;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        axf_claimant who;
        struct stat info;
        const claim_found found = read_claim(claims, name, &who, &info);
        if (found == CLAIM_CANNOT_TELL) {
            return AXF_ERR_IO;
        }
        if (found != CLAIM_NONE) {
            *holder = who;
            if (!is_dead(claims, &who, &info)) {
                return AXF_OK;
            }
            next = who.epoch >= next ? who.epoch + 1 : next;
            if (!retire(claims, name, &who)) {
                continue;
            }
        }
        axf_claimant self = claims->self;
        snprintf(self.file, sizeof self.file, ".%s-%llu", claims->worker, (unsigned long long)claims->serial++);
        self.epoch = next;
        AXF_TRY(write_private(claims, &self));
        if (link_private(claims, self.file, name)) {
            hold(claims, name, &self);
            *epoch = next;
            return AXF_OK;
        }
        const int number = errno;
        remove_file(claims, self.file);
        if (number != EEXIST && number != ESTALE && number != ENOENT && number != EINTR) {
            errno = number;
            return axf_fail_errno("cannot claim '%s' in '%s' (link)", name, claims->folder);
        }
    }
    return AXF_OK; /* much wanted: another has it */
}

int axf_claim_held(axf_claims *claims, const char *name)
{
    pthread_mutex_lock(&claims->mutex);
    const held *item = find(claims, name);
    const int is = item != NULL && !item->lost;
    pthread_mutex_unlock(&claims->mutex);
    return is;
}

int axf_claim_check(axf_claims *claims, const char *name)
{
    pthread_mutex_lock(&claims->mutex);
    held *item = find(claims, name);
    if (item != NULL) {
        item->lost = item->lost || !is_ours(claims, item);
    }
    const int is = item != NULL && !item->lost;
    pthread_mutex_unlock(&claims->mutex);
    return is;
}

void axf_claim_release(axf_claims *claims, const char *name)
{
    pthread_mutex_lock(&claims->mutex);
    for (held **at = &claims->first; *at != NULL; at = &(*at)->next) {
        held *item = *at;
        if (strcmp(item->name, name) != 0) {
            continue;
        }
        *at = item->next;
        if (!item->lost && is_ours(claims, item)) {
            remove_file(claims, item->name);
        }
        remove_file(claims, item->self.file);
        free(item->name);
        free(item);
        break;
    }
    pthread_mutex_unlock(&claims->mutex);
}

/* ---- what the dead left ---- */

void axf_claim_clear(axf_claims *claims, const char *name)
{
    axf_claimant who;
    struct stat info;
    if (is_there(read_claim(claims, name, &who, &info)) && is_dead(claims, &who, &info)) {
        (void)retire(claims, name, &who);
    }
}

/* A private file that is also a claim goes with the claim; a right goes when the claim it is about is gone. */
static int is_left_over(axf_claims *claims, const char *name)
{
    static const char right[] = ".right";
    axf_claimant who, about;
    struct stat info, about_info;
    if (name[0] != '.' || !is_there(read_claim(claims, name, &who, &info)) || !is_dead(claims, &who, &info)) {
        return 0;
    }
    if (strncmp(name, right, strlen(right)) == 0) {
        return read_claim(claims, name + strlen(right), &about, &about_info) == CLAIM_NONE;
    }
    return info.st_nlink == 1 || strcmp(name, who.file) != 0;
}

axf_status axf_claims_tidy(axf_claims *claims)
{
    char **names;
    size_t count;
    AXF_TRY(axf_folder_list(claims->folder, &names, &count));
    for (size_t i = 0; i < count; i++) {
        if (is_left_over(claims, names[i])) {
            remove_file(claims, names[i]);
        }
    }
    axf_names_free(names, count);
    return AXF_OK;
}
