/* Writing bytes at a place of an open file. (durable.h writes files that survive a crash.) */
#ifndef AXF_FILES_WRITE_H
#define AXF_FILES_WRITE_H

#include <stddef.h>
#include <stdint.h>

/* Writes all `size` bytes at `offset`. An interrupted call is repeated, a short one is continued. Returns 0, or -1
 * with the reason in errno; some of the bytes may be written then. Any thread may call this. */
int axf_write_at(int fd, uint64_t offset, const void *bytes, size_t size);

#endif
