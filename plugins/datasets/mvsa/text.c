/* Encodings of MVSA's text files. Most are ASCII; the others are GB18030. */
#include "datasets/mvsa/text.h"

#include "common/text/code_points.h"

#include <errno.h>
#include <iconv.h>

static axf_status decode_iconv(const axf_host *host, const char *bytes, size_t size, char *text, size_t *length,
                               int *replaced)
{
    const iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "this system's iconv does not know GB18030: install its conversions, or set data.encoding to "
                          "latin-1 or utf-8");
    }
    char *from = (char *)bytes, *to = text;
    size_t left = size, room = 4 * size;
    while (left > 0 && iconv(converter, &from, &left, &to, &room) == (size_t)-1) {
        if (errno == E2BIG || left == 0) { /* impossible: a character has at most 4 bytes in UTF-8 */
            break;
        }
        const size_t mark = axf_code_encode(0xFFFD, to);
        to += mark;
        room -= mark;
        from++;
        left--;
        *replaced = 1;
    }
    iconv_close(converter);
    *length = (size_t)(to - text);
    return AXF_OK;
}

axf_status axf_mvsa_decode(const axf_host *host, int32_t encoding, const char *bytes, size_t size, char **text,
                           size_t *length, int *replaced)
{
    *text = host->allocate(host, 4 * size + 4);
    *replaced = 0;
    *length = 0;
    if (encoding == AXF_MVSA_GB18030) {
        return decode_iconv(host, bytes, size, *text, length, replaced);
    }
    for (size_t at = 0; at < size;) {
        uint32_t code = (unsigned char)bytes[at];
        size_t bad, taken = 1;
        if (encoding == AXF_MVSA_UTF8) {
            taken = axf_code_decode(bytes + at, size - at, &code);
            *replaced |= !axf_code_valid(bytes + at, taken, &bad);
        }
        *length += axf_code_encode(code, *text + *length);
        at += taken;
    }
    return AXF_OK;
}

axf_status axf_mvsa_reread(const axf_host *host, int32_t encoding, const char *text, size_t length, axf_post *post)
{
    char *bytes = host->allocate(host, length + 1), *decoded;
    size_t count = 0, at = 0, decoded_length;
    int replaced;
    while (at < length) {
        uint32_t code;
        const size_t taken = axf_code_decode(text + at, length - at, &code);
        if (code > 0xFF) {
            break;
        }
        bytes[count++] = (char)code;
        at += taken;
    }
    post->text = text;
    post->text_length = length;
    if (at == length) {
        AXF_TRY(axf_mvsa_decode(host, encoding, bytes, count, &decoded, &decoded_length, &replaced));
        post->text = decoded;
        post->text_length = decoded_length;
    }
    return AXF_OK;
}
