/* TensorBoard event files, scalars only.
 *
 * A file is a chain of TFRecords: length (u64), masked CRC32C of those 8 bytes (u32), the Event message, masked CRC32C
 * of the message (u32), all little-endian; masked = rotate right by 15 bits, plus 0xa282ead8. The messages are
 * TensorFlow's event.proto and summary.proto. They are written by hand, since only six of their fields are used. */
#ifndef AXF_REPORT_TENSORBOARD_H
#define AXF_REPORT_TENSORBOARD_H

#include "auxfuse/status.h"
#include "core/strbuf.h"

#include <stdint.h>

typedef struct axf_tensorboard axf_tensorboard;

/* Creates events.out.tfevents.<seconds>.<host>.<pid>.<n> in `folder`, with the first n for which there is no file yet.
 * It begins with the message that a session starts at `first_step`, which makes TensorBoard ignore values of earlier
 * files from that step on. So an epoch that is repeated after a kill is shown once. The caller holds the folder's
 * lock. */
axf_status axf_tensorboard_open(const char *folder, int64_t first_step, axf_tensorboard **writer);

/* Appends one value with the present time. A write that fails does not leave half a record. The tag is UTF-8, such as
 * "val/accuracy". */
axf_status axf_tensorboard_scalar(axf_tensorboard *writer, const char *tag, int64_t step, double value);

/* Closes and frees; NULL is allowed. */
axf_status axf_tensorboard_close(axf_tensorboard *writer);

/* ---- records without a file; wall_time is in seconds since 1970 ---- */
void axf_tensorboard_put_version(axf_strbuf *out, double wall_time); /* the first record of every file */
void axf_tensorboard_put_start(axf_strbuf *out, double wall_time, int64_t step);
void axf_tensorboard_put_scalar(axf_strbuf *out, double wall_time, const char *tag, int64_t step, float value);

#endif
