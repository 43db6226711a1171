#include "common/models/text_reader.h"

#include "common/tweet/normalise.h"

#include <stdlib.h>
#include <string.h>

const char *const axf_normalise_choices[] = {"tweet", "none", NULL};

static axf_status check_ids(const axf_tokenizer_kind *kind, const axf_text_place *place, int32_t ids)
{
    if (ids > place->vocabulary) {
        return place->host->fail(place->host, AXF_ERR_FORMAT,
                                 "%s/%s has %d tokens, config.json beside it a vocab_size of %d", place->folder,
                                 kind->file, ids, place->vocabulary);
    }
    return AXF_OK;
}

axf_status axf_text_reader_check(const axf_tokenizer_kind *kind, const axf_text_place *place)
{
    if (kind->check != NULL) {
        int32_t ids;
        AXF_TRY(kind->check(place->host, place->folder, &ids));
        return check_ids(kind, place, ids);
    }
    axf_text_reader reader;
    AXF_TRY(axf_text_reader_open(&reader, kind, place));
    axf_text_reader_close(&reader);
    return AXF_OK;
}

axf_status axf_text_reader_open(axf_text_reader *reader, const axf_tokenizer_kind *kind, const axf_text_place *place)
{
    reader->host = place->host;
    reader->tokenizer = NULL;
    AXF_TRY(kind->open(place->host, place->folder, &reader->tokenizer));
    const axf_status status = check_ids(kind, place, reader->tokenizer->size);
    if (status != AXF_OK) {
        axf_text_reader_close(reader);
    }
    return status;
}

void axf_text_reader_close(axf_text_reader *reader)
{
    axf_tokenizer_close(reader->tokenizer);
    reader->tokenizer = NULL;
}

axf_status axf_text_reader_ids(const axf_text_reader *reader, const char *text, size_t length, int32_t *ids,
                               size_t most, size_t *count)
{
    const axf_host *host = reader->host;
    char *normalised = NULL;
    if (reader->normalise == AXF_NORMALISE_TWEET) {
        const axf_status status = axf_tweet_normalise(text, length, &normalised, &length);
        if (status != AXF_OK) {
            return host->fail(host, status, "the text of %zu bytes is too long to be normalised", length);
        }
    }
    const axf_status status =
        axf_tokenizer_encode(reader->tokenizer, normalised != NULL ? normalised : text, length, ids, most, count);
    free(normalised);
    if (status != AXF_OK) {
        return host->fail(host, status, "the text of %zu bytes could not be cut into tokens", length);
    }
    return AXF_OK;
}

axf_status axf_text_reader_tokenize(const axf_text_reader *reader, const char *text, size_t length, int32_t *ids,
                                    int32_t *types, int32_t *count)
{
    size_t tokens = 0;
    AXF_TRY(axf_text_reader_ids(reader, text, length, ids, (size_t)reader->max_length, &tokens));
    if (types != NULL) {
        memset(types, 0, tokens * sizeof *types);
    }
    *count = (int32_t)tokens;
    return AXF_OK;
}
