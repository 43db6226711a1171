#include "report/tensorboard.h"

#include "core/arena.h"
#include "core/clock.h"
#include "files/durable.h"
#include "files/find.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct axf_tensorboard {
    axf_append *file;
};

/* ---- TFRecord framing ---- */

/* CRC32C (Castagnoli), bit by bit: that is fast enough, since an epoch has about 40 records of about 60 bytes. */
static uint32_t masked_crc(const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
        }
    }
    crc = ~crc;
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

static void put_little_endian(axf_strbuf *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        axf_strbuf_putc(out, (char)(unsigned char)(value >> (8 * i)));
    }
}

static void put_record(axf_strbuf *out, const axf_strbuf *event)
{
    const size_t begin = out->length;
    put_little_endian(out, event->length, 8);
    put_little_endian(out, masked_crc(out->data + begin, 8), 4);
    axf_strbuf_add(out, event->data, event->length);
    put_little_endian(out, masked_crc(event->data, event->length), 4);
}

/* ---- protobuf ---- */

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

enum { /* field numbers */
       EVENT_WALL_TIME = 1,
       EVENT_STEP = 2,
       EVENT_FILE_VERSION = 3,
       EVENT_SUMMARY = 5,
       EVENT_SESSION_LOG = 7,
       SUMMARY_VALUE = 1,
       VALUE_TAG = 1,
       VALUE_SIMPLE = 2,
       SESSION_STATUS = 1,
       SESSION_START = 1, /* the status that says that a session starts */
};

static void put_varint(axf_strbuf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        axf_strbuf_putc(out, (char)(unsigned char)(value | 0x80));
    }
    axf_strbuf_putc(out, (char)value);
}

static void put_key(axf_strbuf *out, uint32_t field, uint32_t wire)
{
    put_varint(out, field << 3 | wire);
}

static void put_bytes(axf_strbuf *out, uint32_t field, const void *bytes, size_t count)
{
    put_key(out, field, WIRE_BYTES);
    put_varint(out, count);
    axf_strbuf_add(out, bytes, count);
}

static void put_event_head(axf_strbuf *out, double wall_time, int64_t step)
{
    uint64_t bits;
    memcpy(&bits, &wall_time, sizeof bits);
    put_key(out, EVENT_WALL_TIME, WIRE_FIXED64);
    put_little_endian(out, bits, 8);
    if (step != 0) { /* a zero is not written in proto3 */
        put_key(out, EVENT_STEP, WIRE_VARINT);
        put_varint(out, (uint64_t)step);
    }
}

static void put_event_with(axf_strbuf *out, double wall_time, int64_t step, uint32_t field, const void *bytes,
                           size_t count)
{
    axf_strbuf event = {0};
    put_event_head(&event, wall_time, step);
    put_bytes(&event, field, bytes, count);
    put_record(out, &event);
    axf_strbuf_free(&event);
}

void axf_tensorboard_put_version(axf_strbuf *out, double wall_time)
{
    static const char version[] = "brain.Event:2";
    put_event_with(out, wall_time, 0, EVENT_FILE_VERSION, version, sizeof version - 1);
}

void axf_tensorboard_put_start(axf_strbuf *out, double wall_time, int64_t step)
{
    axf_strbuf log = {0};
    put_key(&log, SESSION_STATUS, WIRE_VARINT);
    put_varint(&log, SESSION_START);
    put_event_with(out, wall_time, step, EVENT_SESSION_LOG, log.data, log.length);
    axf_strbuf_free(&log);
}

void axf_tensorboard_put_scalar(axf_strbuf *out, double wall_time, const char *tag, int64_t step, float value)
{
    uint32_t bits;
    axf_strbuf item = {0}, summary = {0};
    memcpy(&bits, &value, sizeof bits);
    put_bytes(&item, VALUE_TAG, tag, strlen(tag));
    put_key(&item, VALUE_SIMPLE, WIRE_FIXED32);
    put_little_endian(&item, bits, 4);
    put_bytes(&summary, SUMMARY_VALUE, item.data, item.length);
    put_event_with(out, wall_time, step, EVENT_SUMMARY, summary.data, summary.length);
    axf_strbuf_free(&item);
    axf_strbuf_free(&summary);
}

/* ---- the file ---- */

static axf_status append(axf_tensorboard *writer, axf_strbuf *records)
{
    const axf_status status = axf_append_write(writer->file, records->data, records->length);
    axf_strbuf_free(records);
    return status;
}

/* The host name becomes part of a file name, so characters that are not safe there are replaced. */
static void host_name(char *name, size_t size)
{
    if (gethostname(name, size) != 0 || name[0] == '\0') {
        strcpy(name, "host");
    }
    name[size - 1] = '\0';
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '/') {
            *c = '_';
        }
    }
}

/* Makes the first path of this form at which there is no file yet. */
static axf_status choose_name(const char *folder, double begin, axf_strbuf *path)
{
    char host[65];
    bool taken = true;
    host_name(host, sizeof host);
    for (int n = 0; taken; n++) {
        axf_strbuf_clear(path);
        axf_strbuf_printf(path, "%s/events.out.tfevents.%lld.%s.%ld.%d", folder, (long long)begin, host, (long)getpid(),
                          n);
        AXF_TRY(axf_is_there(axf_strbuf_text(path), &taken));
    }
    return AXF_OK;
}

axf_status axf_tensorboard_open(const char *folder, int64_t first_step, axf_tensorboard **writer)
{
    axf_strbuf path = {0}, records = {0};
    const double begin = axf_clock_wall();
    *writer = NULL;
    axf_tensorboard *made = axf_alloc_zero(1, sizeof *made);
    axf_status status = choose_name(folder, begin, &path);
    if (status == AXF_OK) {
        status = axf_append_open(axf_strbuf_text(&path), &made->file);
    }
    axf_strbuf_free(&path);
    if (status == AXF_OK) {
        axf_tensorboard_put_version(&records, begin);
        axf_tensorboard_put_start(&records, begin, first_step);
        status = append(made, &records);
    }
    if (status != AXF_OK) {
        axf_append_close(made->file);
        free(made);
        return status;
    }
    *writer = made;
    return AXF_OK;
}

axf_status axf_tensorboard_scalar(axf_tensorboard *writer, const char *tag, int64_t step, double value)
{
    axf_strbuf records = {0};
    axf_tensorboard_put_scalar(&records, axf_clock_wall(), tag, step, (float)value);
    return append(writer, &records);
}

axf_status axf_tensorboard_close(axf_tensorboard *writer)
{
    if (writer == NULL) {
        return AXF_OK;
    }
    const axf_status status = axf_append_close(writer->file);
    free(writer);
    return status;
}
