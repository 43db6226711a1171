/* Reading files that somebody else named or made. An interrupted system call is repeated, a read that gives fewer
 * bytes than were asked for is continued, and every size is compared with a limit before memory is taken. */
#ifndef AXF_FILES_READ_H
#define AXF_FILES_READ_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

/* Opens a regular file for reading and follows links. A FIFO, device, socket or folder is refused, without waiting
 * for anybody. The caller closes *fd. `size` may be NULL. */
axf_status axf_open_regular(const char *path, int *fd, uint64_t *size);

/* The second half of axf_open_regular: takes the result of open() (-1: errno says why), and closes it unless it is a
 * regular file. `path` is for the messages. */
axf_status axf_keep_regular(const char *path, int opened, int *fd, uint64_t *size);

/* Reads up to `size` bytes from `offset` on. *got is smaller than `size` only where the file ends. `path` is for the
 * messages of these functions. Any thread may call them. */
axf_status axf_read_some(int fd, const char *path, uint64_t offset, void *bytes, size_t size, size_t *got);

/* The same for exactly `size` bytes: a file that ends before is AXF_ERR_FORMAT. */
axf_status axf_read_exact(int fd, const char *path, uint64_t offset, void *bytes, size_t size);

/* Reads a whole regular file of at most `limit` bytes. There is a NUL behind the *length bytes. The caller frees
 * *bytes. AXF_ERR_FORMAT when the file is larger, or shrinks while it is read. */
axf_status axf_read_file(const char *path, size_t limit, char **bytes, size_t *length);

/* Reads the first size - 1 bytes of a file of the kernel (/proc, /sys), whose size is not known beforehand. There is
 * a NUL behind them. */
axf_status axf_read_system_file(const char *path, char *text, size_t size);

#endif
