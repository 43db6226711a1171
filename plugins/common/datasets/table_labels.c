#include "common/datasets/table_labels.h"

#include <string.h>
#include <strings.h>

axf_status axf_label_flag(const axf_host *host, const char *word, const char *where, const char *column, uint8_t *flag)
{
    const int yes = strcmp(word, "1") == 0 || strcasecmp(word, "true") == 0;
    if (!yes && strcmp(word, "0") != 0 && strcasecmp(word, "false") != 0) {
        return host->fail(host, AXF_ERR_DATA, "%s: label column '%s' is '%s': it must be 0 or 1", where, column, word);
    }
    *flag = (uint8_t)yes;
    return AXF_OK;
}

static int32_t find(const axf_label_words *set, const char *word, size_t length)
{
    for (int32_t i = 0; i < set->count; i++) {
        if (strncmp(set->items[i], word, length) == 0 && set->items[i][length] == '\0') {
            return i;
        }
    }
    return -1;
}

axf_status axf_label_collect(const axf_host *host, axf_label_words *set, const char *word, size_t length,
                             const char *where)
{
    if (find(set, word, length) >= 0) {
        return AXF_OK;
    }
    if (set->count == AXF_MAX_LABELS) {
        return host->fail(host, AXF_ERR_DATA, "%s: more than %d different labels", where, AXF_MAX_LABELS);
    }
    char *copy = host->allocate(host, length + 1);
    memcpy(copy, word, length);
    set->items[set->count++] = copy;
    return AXF_OK;
}

static axf_status take_word(const axf_host *host, axf_label_words *set, const char *word, size_t length,
                            const char *where, uint8_t *flags)
{
    static const char blanks[] = " \t\r\n";
    while (length > 0 && strchr(blanks, word[0]) != NULL) {
        word++;
        length--;
    }
    while (length > 0 && strchr(blanks, word[length - 1]) != NULL) {
        length--;
    }
    if (length == 0) {
        return AXF_OK;
    }
    if (flags == NULL) {
        return axf_label_collect(host, set, word, length, where);
    }
    const int32_t index = find(set, word, length);
    if (index < 0) {
        return host->fail(host, AXF_ERR_DATA, "%s: label '%.*s' is outside the label set (%d labels: %s, …)", where,
                          (int)(length < 100 ? length : 100), word, set->count, set->count > 0 ? set->items[0] : "");
    }
    flags[index] = 1;
    return AXF_OK;
}

axf_status axf_label_split(const axf_host *host, axf_label_words *set, const char *cell, const char *separator,
                           const char *where, uint8_t *flags)
{
    const size_t step = strlen(separator);
    if (flags != NULL) {
        memset(flags, 0, (size_t)set->count);
    }
    for (;;) {
        const char *end = strstr(cell, separator);
        const size_t length = end != NULL ? (size_t)(end - cell) : strlen(cell);
        AXF_TRY(take_word(host, set, cell, length, where, flags));
        if (end == NULL) {
            return AXF_OK;
        }
        cell = end + step;
    }
}
