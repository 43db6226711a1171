#include "sweep/claimant.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/json.h"
#include "files/process.h"
#include "files/read.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The name of the host becomes part of file names. */
static void plain(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL) {
            *c = '_';
        }
    }
    if (text[0] == '.' || text[0] == '\0') {
        text[0] = '_';
    }
}

void axf_claimant_self(axf_claimant *self)
{
    *self = (axf_claimant){.pid = (uint64_t)getpid()};
    if (gethostname(self->host, sizeof self->host - 1) != 0) {
        self->host[0] = '\0';
    }
    plain(self->host);
    if (axf_read_system_file("/proc/sys/kernel/random/boot_id", self->boot, sizeof self->boot) != AXF_OK) {
        axf_error_clear(); /* without a boot id, no process is known to have ended, and the lease decides */
    }
    self->boot[strspn(self->boot, "0123456789abcdef-")] = '\0';
    char link[64] = {0};
    unsigned long long inode = 0;
    if (readlink("/proc/self/ns/pid", link, sizeof link - 1) > 0 && sscanf(link, "pid:[%llu]", &inode) == 1) {
        self->pid_namespace = inode;
    }
    if (axf_process_start(self->pid, &self->start) != AXF_THERE) {
        axf_error_clear();
    }
}

int axf_claimant_state(const axf_claimant *claimant, const axf_claimant *self)
{
    if (strcmp(claimant->host, self->host) != 0 || claimant->boot[0] == '\0' || self->boot[0] == '\0') {
        return AXF_CLAIMANT_UNKNOWN;
    }
    if (strcmp(claimant->boot, self->boot) != 0) {
        /* Containers of several machines may share a name: only our own machine can be known to have booted anew, and
         * that looks the same. So the lease decides. */
        return AXF_CLAIMANT_UNKNOWN;
    }
    if (claimant->pid_namespace != self->pid_namespace || claimant->pid == 0 || claimant->start == 0) {
        return AXF_CLAIMANT_UNKNOWN;
    }
    uint64_t start;
    switch (axf_process_start(claimant->pid, &start)) {
    case AXF_THERE:
        return start == claimant->start ? AXF_CLAIMANT_ALIVE : AXF_CLAIMANT_GONE;
    case AXF_NOT_THERE:
        return AXF_CLAIMANT_GONE;
    default:
        axf_error_clear();
        return AXF_CLAIMANT_UNKNOWN;
    }
}

char *axf_claimant_text(const axf_claimant *c)
{
    axf_strbuf text = {0};
    axf_strbuf_printf(
        &text,
        "{\"host\": \"%s\", \"boot\": \"%s\", \"namespace\": %llu, \"pid\": %llu, \"start\": %llu, \"file\": \"%s\", "
        "\"epoch\": %llu}\n",
        c->host, c->boot, (unsigned long long)c->pid_namespace, (unsigned long long)c->pid,
        (unsigned long long)c->start, c->file, (unsigned long long)c->epoch);
    return axf_strbuf_take(&text);
}

axf_status axf_claimant_parse(const char *text, axf_claimant *c)
{
    json_t *root;
    const char *host, *boot, *file;
    json_int_t space, pid, start, epoch;
    *c = (axf_claimant){0};
    if (axf_json_parse("a claim", text, strlen(text), &root) != AXF_OK ||
        json_unpack(root, "{s:s, s:s, s:I, s:I, s:I, s:s, s:I}", "host", &host, "boot", &boot, "namespace", &space,
                    "pid", &pid, "start", &start, "file", &file, "epoch", &epoch) != 0 ||
        strlen(host) >= sizeof c->host || strlen(boot) >= sizeof c->boot || strlen(file) >= sizeof c->file ||
        space < 0 || pid < 0 || start < 0 || epoch < 0) {
        json_decref(root);
        return axf_fail(AXF_ERR_FORMAT, "not a claim");
    }
    snprintf(c->host, sizeof c->host, "%s", host);
    snprintf(c->boot, sizeof c->boot, "%s", boot);
    snprintf(c->file, sizeof c->file, "%s", file);
    c->pid_namespace = (uint64_t)space;
    c->pid = (uint64_t)pid;
    c->start = (uint64_t)start;
    c->epoch = (uint64_t)epoch;
    json_decref(root);
    return AXF_OK;
}
