#include "common/datasets/labels.h"

#include "auxfuse/dataset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

axf_status axf_label_find(const axf_host *host, const char *const *names, int32_t count, const char *word,
                          const char *file, int64_t line, const char *id, int32_t *target)
{
    char all[512] = "";
    size_t at = 0;
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(names[i], word) == 0) {
            *target = i;
            return AXF_OK;
        }
        if (at < sizeof all) {
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i > 0 ? ", " : "", names[i]);
        }
    }
    return host->fail(host, AXF_ERR_DATA, "%s:%lld: post %s: label '%s' is outside the label set (%s)", file,
                      (long long)line, id, word, all);
}

axf_status axf_split_find(const axf_host *host, const char *word, const char *file, int64_t line, const char *id,
                          int32_t *split)
{
    static const struct {
        const char *word;
        int32_t split;
    } words[] = {{"", AXF_SPLIT_NONE},   {"train", AXF_SPLIT_TRAIN}, {"training", AXF_SPLIT_TRAIN},
                 {"val", AXF_SPLIT_VAL}, {"valid", AXF_SPLIT_VAL},   {"validation", AXF_SPLIT_VAL},
                 {"dev", AXF_SPLIT_VAL}, {"test", AXF_SPLIT_TEST},   {"testing", AXF_SPLIT_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i].word, word) == 0) {
            *split = words[i].split;
            return AXF_OK;
        }
    }
    return host->fail(host, AXF_ERR_DATA, "%s:%lld: post %s: split '%s' is none of train, val, test", file,
                      (long long)line, id, word);
}

char *axf_pattern_fill(const axf_host *host, const char *pattern, const char *id)
{
    const size_t id_length = strlen(id);
    size_t length = strlen(pattern) + 1;
    for (const char *at = strstr(pattern, "{id}"); at != NULL; at = strstr(at + 4, "{id}")) {
        length += id_length;
    }
    char *filled = host->allocate(host, length), *to = filled;
    while (*pattern != '\0') {
        if (strncmp(pattern, "{id}", 4) == 0) {
            memcpy(to, id, id_length);
            to += id_length;
            pattern += 4;
        } else {
            *to++ = *pattern++;
        }
    }
    *to = '\0';
    return filled;
}
