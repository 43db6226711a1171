/* TensorBoard event files, scalars only.
 *
 * A file is a chain of TFRecords: length (u64), masked CRC32C of those 8 bytes (u32), the Event message, masked CRC32C
 * of the message (u32), all little-endian; masked = rotate right by 15 bits, plus 0xa282ead8. The messages are
 * TensorFlow's event.proto and summary.proto, written by hand since six fields of them are used. */
#ifndef AXF_REPORT_TENSORBOARD_H
#define AXF_REPORT_TENSORBOARD_H

#include "auxfuse/status.h"
#include "core/strbuf.h"

#include <stdint.h>

typedef struct axf_tensorboard axf_tensorboard;

/* Begins events.out.tfevents.<seconds>.<host>.<pid>.<n> in `folder`, n being the first for which there is no file yet.
 * What earlier files of the folder hold at `first_step` or later is taken back (a start of a session at that step), so
 * that an epoch repeated after a kill shows once. The caller holds the folder's lock. */
axf_status axf_tensorboard_open(const char *folder, int64_t first_step, axf_tensorboard **writer);

/* Appends one value, dated now; a failed write leaves no half record behind. The tag is UTF-8, as "val/accuracy". */
axf_status axf_tensorboard_scalar(axf_tensorboard *writer, const char *tag, int64_t step, double value);

/* Closes and frees; NULL is allowed. */
axf_status axf_tensorboard_close(axf_tensorboard *writer);

/* ---- records without a file: wall_time in seconds since 1970 ---- */
void axf_tensorboard_put_version(axf_strbuf *out, double wall_time); /* the first record of every file */
void axf_tensorboard_put_start(axf_strbuf *out, double wall_time, int64_t step);
void axf_tensorboard_put_scalar(axf_strbuf *out, double wall_time, const char *tag, int64_t step, float value);

#endif
