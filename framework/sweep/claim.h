/* Claims decide which process works on which run, on any file system and without locks.
 *
 * A claim is the file claims/<name>. The claimant makes it by link() from a private file of its own. A network file
 * system may lose the reply of link(), so the claimant has won when its private file has two links. A claim contains,
 * as JSON, the claimant's host, boot id, pid namespace, pid and start time, the name of the private file, and the
 * epoch. A thread touches it every 30 s.
 *
 * A claim is dead when its process has ended, which can be looked up when host, boot and namespace are those of this
 * process. It is also dead when it was not touched for 5 minutes by the file system's own clock, which is compared with
 * a file that was touched just now.
 *
 * To take over a dead claim, a process links a file that is the right to it (.right<private file of the dead>), reads
 * the claim again, renames it away, and makes a new claim with a higher epoch. Without the right, a late process could
 * rename a living claim that has replaced the dead one. A holder whose claim has the content of another process has
 * lost it, and must stop before it writes. */
#ifndef AXF_SWEEP_CLAIM_H
#define AXF_SWEEP_CLAIM_H

#include "sweep/claimant.h"

typedef struct axf_claim_settings {
    double touch_seconds, lease_seconds; /* 0 means 30 and 300 */
} axf_claim_settings;

typedef struct axf_claims axf_claims;

/* Makes the folder, and starts the thread that touches claims. */
axf_status axf_claims_open(const char *folder, const axf_claim_settings *settings, axf_claims **claims);
/* Releases the claims that are still held, and frees all memory. NULL is allowed. */
void axf_claims_close(axf_claims *claims);

/* Tries to claim `name`, which must be a plain name. *epoch becomes the epoch of the claim, which is at least
 * `least_epoch`. It becomes 0 when another process holds the claim; then *holder is that process, with pid 0 when the
 * claim cannot be read. */
axf_status axf_claim_take(axf_claims *claims, const char *name, uint64_t least_epoch, uint64_t *epoch,
                          axf_claimant *holder);

/* 1 when this process held `name` at the last touch, when all its claims are read again. */
int axf_claim_held(axf_claims *claims, const char *name);
/* The same, but the claim is read again now. */
int axf_claim_check(axf_claims *claims, const char *name);
/* Removes the claim when this process still holds it. */
void axf_claim_release(axf_claims *claims, const char *name);

/* Removes the claim on a run that is over when its holder is dead, since no process will take it over. */
void axf_claim_clear(axf_claims *claims, const char *name);
/* Removes the files other than claims that dead processes left in the folder, such as private files without a claim. */
axf_status axf_claims_tidy(axf_claims *claims);

/* "<host>-<pid>-<random>": a plain name that no other process has. It lives as long as `claims`. */
const char *axf_claims_worker(const axf_claims *claims);

#endif
