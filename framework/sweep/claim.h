/* Claims: which process works on which run, on any file system and without locks.
 *
 * A claim is the file claims/<name>, made by link() from a private file of the claimant; a reply lost on the way does
 * not matter, since success is the private file's own link count 2. It holds, as JSON, the claimant's host, boot id,
 * pid namespace, pid and start time, the private file's name and the epoch, and is touched every 30 s by a thread. A
 * claim is dead when its process is gone (looked up where host, boot and namespace are ours), or when it was not
 * touched for 5 minutes by the file system's own clock (compared with a file just touched). A dead claim is taken over
 * by him who links the right to it (.right<private file of the dead>), looks again, renames it away and claims afresh with
 * a higher epoch: without the right, a late process could rename the living claim that has come in its place. A holder
 * whose claim carries another's content has lost it and must stop before it writes. */
#ifndef AXF_SWEEP_CLAIM_H
#define AXF_SWEEP_CLAIM_H

#include "sweep/claimant.h"

typedef struct axf_claim_settings {
    double touch_seconds, lease_seconds; /* 0: 30 and 300 */
} axf_claim_settings;

typedef struct axf_claims axf_claims;

/* Makes the folder and starts the thread that touches. */
axf_status axf_claims_open(const char *folder, const axf_claim_settings *settings, axf_claims **claims);
/* Releases what is still held, frees; NULL is allowed. */
void axf_claims_close(axf_claims *claims);

/* Tries to claim `name` (a plain name). *epoch gets the claim's epoch, at least `least_epoch`, 0 when another process
 * holds it (told in *holder; pid 0 when it cannot be read). */
axf_status axf_claim_take(axf_claims *claims, const char *name, uint64_t least_epoch, uint64_t *epoch,
                          axf_claimant *holder);

/* 1 while `name` is held by us as far as the last look at it tells (a look at each touch). */
int axf_claim_held(axf_claims *claims, const char *name);
/* Looks now. */
int axf_claim_check(axf_claims *claims, const char *name);
/* Removes the claim if it is still ours. */
void axf_claim_release(axf_claims *claims, const char *name);

/* Removes the claim on a run that is over, if its holder is dead: nobody will want to take it over. */
void axf_claim_clear(axf_claims *claims, const char *name);
/* Removes what dead processes left in the folder beside claims: private files that are no claim, and the like. */
axf_status axf_claims_tidy(axf_claims *claims);

/* "<host>-<pid>-<random>": a plain name no other process has. Borrowed. */
const char *axf_claims_worker(const axf_claims *claims);

#endif
