/* Writes drawn posts into a folder, in the layout of one of the datasets. */
#ifndef AXF_SYNTH_WRITE_H
#define AXF_SYNTH_WRITE_H

#include "auxfuse/status.h"
#include "synth/layouts.h"

#include <stddef.h>

enum { AXF_SYNTH_MAX_POSTS = 1000000 };

/* Writes posts 0 … count-1 into `folder`, which is made with its parents. A folder that already holds the table of this
 * format is refused. The table gets its name last: where it exists, the folder is complete. Errors: AXF_ERR_USAGE
 * (count or format out of range), AXF_ERR_DATA (the table exists), AXF_ERR_IO, AXF_ERR_MEMORY. On an error `error`,
 * which has room for error_size > 0 bytes, holds the message; else it is left as it was. */
axf_status axf_synth_write(const char *folder, uint64_t count, uint64_t seed, axf_synth_format format, char *error,
                           size_t error_size);

#endif
