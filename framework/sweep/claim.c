#include "sweep/claim.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "files/durable.h"
#include "files/folder.h"
#include "files/path.h"
#include "sweep/claim_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 64 };

typedef struct held {
    char *name;
    axf_claimant self; /* with file and epoch */
    int lost;
    struct held *next;
} held;

struct axf_claims {
    char *folder;
    char *worker;
    char *probe; /* the file that is touched to learn the time of the file system */
    axf_claimant self;
    axf_claim_settings settings;
    held *first;
    uint64_t serial;
    int closing;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};

static int is_dead(axf_claims *claims, const axf_claimant *who, const struct stat *info)
{
    switch (axf_claimant_state(who, &claims->self)) {
    case AXF_CLAIMANT_ALIVE:
        return 0;
    case AXF_CLAIMANT_GONE:
        return 1;
    default:
        return axf_claim_file_age(claims->folder, claims->probe, info) > claims->settings.lease_seconds;
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
    axf_claim_found found = axf_claim_file_read(claims->folder, item->name, &who, &info);
    if (found == AXF_CLAIM_NONE) {
        /* A process that took this one for dead has renamed the claim. The first of the two to link it again has it. */
        char *from = axf_path_join(claims->folder, item->self.file), *to = axf_path_join(claims->folder, item->name);
        const int linked = link(from, to) == 0, number = errno;
        free(from);
        free(to);
        found =
            linked || number == EEXIST ? axf_claim_file_read(claims->folder, item->name, &who, &info) : AXF_CLAIM_NONE;
    }
    return found == AXF_CLAIM_READ && strcmp(who.file, item->self.file) == 0 && who.epoch == item->self.epoch;
}

static void touch_all(axf_claims *claims)
{
    for (held *item = claims->first; item != NULL; item = item->next) {
        axf_claim_file_touch(claims->folder, item->self.file);
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
    axf_strbuf probe = {0};
    axf_strbuf_printf(&probe, ".probe-%s", c->worker);
    c->probe = axf_strbuf_take(&probe);
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
        free(c->probe);
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
    axf_claim_file_remove(claims->folder, claims->probe);
    pthread_cond_destroy(&claims->wake);
    pthread_mutex_destroy(&claims->mutex);
    free(claims->folder);
    free(claims->worker);
    free(claims->probe);
    free(claims);
}

const char *axf_claims_worker(const axf_claims *claims)
{
    return claims->worker;
}

/* ---- taking ---- */

/* Moves a dead claim away. Another process may have taken it over since it was read; then nothing is done. */
static int move_away(axf_claims *claims, const char *name, const axf_claimant *dead)
{
    axf_claimant who;
    struct stat info;
    if (!axf_claim_is_there(axf_claim_file_read(claims->folder, name, &who, &info)) ||
        strcmp(who.file, dead->file) != 0) {
        return 0;
    }
    axf_strbuf retired = {0};
    axf_strbuf_printf(&retired, ".retired-%s-%llu", claims->worker, (unsigned long long)claims->serial++);
    const int moved = axf_claim_file_rename(claims->folder, name, axf_strbuf_text(&retired));
    if (moved) {
        axf_claim_file_remove(claims->folder, dead->file);
        axf_claim_file_remove(claims->folder, axf_strbuf_text(&retired));
    }
    axf_strbuf_free(&retired);
    return moved;
}

/* Only a process that holds the right to a dead claim may move it away, so that a late one cannot move a living claim
 * that has replaced it. The right is itself a claim, named after the dead one; when its holder is dead too, the right
 * to the right is won in the same way. Returns 1 when the dead claim was moved, so that a new one can be made. */
static int retire(axf_claims *claims, const char *name, const axf_claimant *dead)
{
    enum { RIGHTS = 8 };
    axf_claimant self = claims->self, holder = *dead;
    struct stat info;
    int moved = 0;
    snprintf(self.file, sizeof self.file, ".%s-%llu", claims->worker, (unsigned long long)claims->serial++);
    if (axf_claim_file_write(claims->folder, &self) != AXF_OK) {
        return 0;
    }
    for (int i = 0; i < RIGHTS; i++) {
        axf_strbuf right = {0};
        const int plain = holder.file[0] == '.' && strchr(holder.file, '/') == NULL;
        axf_strbuf_printf(&right, ".right%s%s", plain ? "" : "-", plain ? holder.file : name);
        const int won = axf_claim_file_link(claims->folder, self.file, axf_strbuf_text(&right));
        if (won) {
            moved = move_away(claims, name, dead);
            axf_claim_file_remove(claims->folder, axf_strbuf_text(&right));
        }
        const int taken =
            !won && axf_claim_file_read(claims->folder, axf_strbuf_text(&right), &holder, &info) == AXF_CLAIM_READ;
        axf_strbuf_free(&right);
        if (!taken || !is_dead(claims, &holder, &info)) {
            break;
        }
    }
    axf_claim_file_remove(claims->folder, self.file);
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
        return axf_fail(AXF_ERR_INTERNAL, "'%s' cannot be claimed: it is not a plain name", name);
    }
    uint64_t next = least_epoch > 0 ? least_epoch : 1;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        axf_claimant who;
        struct stat info;
        const axf_claim_found found = axf_claim_file_read(claims->folder, name, &who, &info);
        if (found == AXF_CLAIM_CANNOT_TELL) {
            return AXF_ERR_IO;
        }
        if (found != AXF_CLAIM_NONE) {
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
        AXF_TRY(axf_claim_file_write(claims->folder, &self));
        if (axf_claim_file_link(claims->folder, self.file, name)) {
            hold(claims, name, &self);
            *epoch = next;
            return AXF_OK;
        }
        const int number = errno;
        axf_claim_file_remove(claims->folder, self.file);
        if (number != EEXIST && number != ESTALE && number != ENOENT && number != EINTR) {
            errno = number;
            return axf_fail_errno("cannot claim '%s' in '%s' (link)", name, claims->folder);
        }
    }
    return AXF_OK; /* many processes want it, and another one has it */
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
            axf_claim_file_remove(claims->folder, item->name);
        }
        axf_claim_file_remove(claims->folder, item->self.file);
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
    if (axf_claim_is_there(axf_claim_file_read(claims->folder, name, &who, &info)) && is_dead(claims, &who, &info)) {
        (void)retire(claims, name, &who);
    }
}

/* Whether a dead process left this file behind. A private file that is also a claim is removed with the claim; a right
 * is removed when its claim does not exist any more. */
static int is_left_over(axf_claims *claims, const char *name)
{
    static const char right[] = ".right";
    axf_claimant who, about;
    struct stat info, about_info;
    if (name[0] != '.' || !axf_claim_is_there(axf_claim_file_read(claims->folder, name, &who, &info)) ||
        !is_dead(claims, &who, &info)) {
        return 0;
    }
    if (strncmp(name, right, strlen(right)) == 0) {
        return axf_claim_file_read(claims->folder, name + strlen(right), &about, &about_info) == AXF_CLAIM_NONE;
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
            axf_claim_file_remove(claims->folder, names[i]);
        }
    }
    axf_names_free(names, count);
    return AXF_OK;
}
