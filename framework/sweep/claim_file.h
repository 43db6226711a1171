/* The files of a folder of claims (sweep/claim.h). The functions do not trust the reply of a system call, since a
 * network file system may lose it and repeat the call: they look at what is on the disk afterwards. */
#ifndef AXF_SWEEP_CLAIM_FILE_H
#define AXF_SWEEP_CLAIM_FILE_H

#include "sweep/claimant.h"

#include <stdbool.h>
#include <sys/stat.h>

typedef enum axf_claim_found {
    AXF_CLAIM_NONE = 1,
    AXF_CLAIM_READ,
    AXF_CLAIM_UNREADABLE,  /* there is a file that is not a claim, or one that a full disk cut off */
    AXF_CLAIM_CANNOT_TELL, /* the message says why */
} axf_claim_found;

/* Writes the private file self->file and flushes it, so that every process that sees a claim sees its content. */
axf_status axf_claim_file_write(const char *folder, const axf_claimant *self);

/* Reads a claim into *who. *info is filled when there is a claim. */
axf_claim_found axf_claim_file_read(const char *folder, const char *name, axf_claimant *who, struct stat *info);

/* True when there is a claim, readable or not. */
bool axf_claim_is_there(axf_claim_found found);

/* Links the private file `file` as `name`. Returns 1 when the private file now has two links: the claim is won. Returns
 * 0 with errno otherwise. */
int axf_claim_file_link(const char *folder, const char *file, const char *name);

/* Renames a claim. Returns 1 when the new name exists afterwards. */
int axf_claim_file_rename(const char *folder, const char *name, const char *retired);

/* Removes a file. Names that are not plain are ignored. */
void axf_claim_file_remove(const char *folder, const char *name);

/* Sets the time of a private file, and so that of its claim, by the clock of the file system. */
void axf_claim_file_touch(const char *folder, const char *file);

/* The seconds since a claim was touched, by the clock of the file system, which is read by writing to the file `probe`.
 * Negative when that fails. */
double axf_claim_file_age(const char *folder, const char *probe, const struct stat *claim);

#endif
