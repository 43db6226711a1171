/* How an encoder reads texts: normalised as tweets if the options say so, then cut into tokens by its tokenizer. */
#ifndef AXF_COMMON_MODELS_TEXT_READER_H
#define AXF_COMMON_MODELS_TEXT_READER_H

#include "common/tokenizers/tokenizer.h"

/* Values of an option `normalise`, whose choices are axf_normalise_choices: "tweet", "none", NULL. */
enum { AXF_NORMALISE_TWEET = 0, AXF_NORMALISE_NONE = 1 };
extern const char *const axf_normalise_choices[];

/* Where a tokenizer is opened: beside config.json, whose sizes bound it. */
typedef struct axf_text_place {
    const axf_host *host;
    const char *folder;
    int32_t vocabulary; /* rows of the word table: every id must be below it */
} axf_text_place;

/* One kind of tokenizer. The messages of refusals are with the host. */
typedef struct axf_tokenizer_kind {
    const char *file; /* of the folder, which lists the tokens; messages name it */
    axf_status (*open)(const axf_host *host, const char *folder, axf_tokenizer **tokenizer);
    /* Refuses what `open` refuses, except for what takes long to see, and tells the number of ids. NULL: `open` does
     * not take long. */
    axf_status (*check)(const axf_host *host, const char *folder, int32_t *ids);
} axf_tokenizer_kind;

typedef struct axf_text_reader {
    const axf_host *host;
    axf_tokenizer *tokenizer; /* NULL: not open */
    int32_t max_length, normalise;
} axf_text_reader;

/* Refuses what axf_text_reader_open would refuse. [describe] */
axf_status axf_text_reader_check(const axf_tokenizer_kind *kind, const axf_text_place *place);

/* Opens the tokenizer and sets host and tokenizer; max_length and normalise are the caller's to set.
 * AXF_ERR_FORMAT when the tokenizer has more ids than the word table has rows. [declare] */
axf_status axf_text_reader_open(axf_text_reader *reader, const axf_tokenizer_kind *kind, const axf_text_place *place);

/* Closes the tokenizer if it is open. */
void axf_text_reader_close(axf_text_reader *reader);

/* Ids of a text with special tokens, at most `most` of them. Thread-safe. */
axf_status axf_text_reader_ids(const axf_text_reader *reader, const char *text, size_t length, int32_t *ids,
                               size_t most, size_t *count);

/* The entry `tokenize` of an encoder: at most max_length ids, and where `types` is not NULL a type 0 for each.
 * Thread-safe. */
axf_status axf_text_reader_tokenize(const axf_text_reader *reader, const char *text, size_t length, int32_t *ids,
                                    int32_t *types, int32_t *count);

#endif
