#include "text_encoders/bernice/charsmap.h"

#include "common/text/code_points.h"

#include <string.h>
#include <utf8proc.h>

enum { SHORT_CLUSTER = 6, MAX_REPLACEMENT = 1024 };

static uint32_t read_unit(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool bernice_charsmap_open(bernice_charsmap *map, const char *blob, size_t size)
{
    *map = (bernice_charsmap){0};
    if (size == 0) {
        return true;
    }
    const size_t trie = size >= 4 ? read_unit((const unsigned char *)blob) : 0;
    if (size < 4 || trie < 4 || trie % 4 != 0 || trie > size - 4) {
        return false;
    }
    *map = (bernice_charsmap){(const unsigned char *)blob + 4, trie / 4, blob + 4 + trie, size - 4 - trie};
    return true;
}

/* A Darts unit: bit 31 and bits 0-7 are the label, bit 8 says that a value follows, and bits 10-30 are the offset,
 * which is shifted left by eight bits where bit 9 is set. */
static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* The replacement of the shortest beginning of `key` that has one. */
static bool look_up(const bernice_charsmap *map, bernice_text key, bernice_text *to)
{
    if (map->trie == NULL) {
        return false;
    }
    size_t at = offset_of(read_unit(map->trie));
    for (size_t i = 0; i < key.length && key.text[i] != '\0'; i++) {
        at ^= (unsigned char)key.text[i];
        const uint32_t unit = at < map->units ? read_unit(map->trie + 4 * at) : 0;
        if (at >= map->units || (unit & (1u << 31 | 0xFF)) != (unsigned char)key.text[i]) {
            return false;
        }
        at ^= offset_of(unit);
        if (unit >> 8 & 1) {
            const size_t value = at < map->units ? read_unit(map->trie + 4 * at) & ~(1u << 31) : SIZE_MAX;
            if (value >= map->texts_size) {
                return false;
            }
            to->text = map->texts + value;
            to->length = strnlen(to->text, map->texts_size - value);
            return to->length <= MAX_REPLACEMENT;
        }
    }
    return false;
}

typedef struct cluster {
    size_t end;  /* where the cluster ends in the text */
    size_t size; /* bytes of UTF-8; counting stops at SHORT_CLUSTER */
    char bytes[SHORT_CLUSTER + 4];
} cluster;

static void read_cluster(const char *text, size_t length, size_t at, cluster *c)
{
    uint32_t code, before = 0;
    utf8proc_int32_t state = 0;
    c->size = 0;
    for (c->end = at; c->end < length;) {
        const size_t taken = axf_code_decode(text + c->end, length - c->end, &code);
        if (c->end > at && utf8proc_grapheme_break_stateful((int32_t)before, (int32_t)code, &state)) {
            break;
        }
        if (c->size < SHORT_CLUSTER) {
            c->size += axf_code_encode(code, c->bytes + c->size);
        }
        c->end += taken;
        before = code;
    }
}

void bernice_charsmap_apply(const bernice_charsmap *map, const char *text, size_t length,
                            bool (*put)(void *context, bernice_text part), void *context)
{
    bool go_on = true;
    cluster c;
    for (size_t at = 0; go_on && at < length; at = c.end) {
        read_cluster(text, length, at, &c);
        bernice_text to;
        if (c.size < SHORT_CLUSTER && look_up(map, (bernice_text){c.bytes, c.size}, &to)) {
            go_on = put(context, to);
            continue;
        }
        while (go_on && at < c.end) {
            uint32_t code;
            char bytes[4];
            at += axf_code_decode(text + at, c.end - at, &code);
            const bernice_text part = {bytes, axf_code_encode(code, bytes)};
            go_on = put(context, look_up(map, part, &to) ? to : part);
        }
    }
}
