#include "files/write.h"

#include <errno.h>
#include <unistd.h>

int axf_write_at(int fd, uint64_t offset, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t wrote = pwrite(fd, (const char *)bytes + done, size - done, (off_t)(offset + done));
        if (wrote < 0 && errno != EINTR) {
            return -1;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}
