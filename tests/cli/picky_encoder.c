/* A text encoder that refuses to tokenize texts with the word "refuse"; compiled by tokens.sh. */
#include "auxfuse/text_encoder.h"

#include <string.h>

static axf_status describe(const axf_host *host, const void *options, axf_text_facts *facts)
{
    (void)host;
    (void)options;
    facts->width = facts->pooled_width = 8;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_POOLED;
    facts->vocabulary = 10;
    facts->max_length = 4;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    (void)options;
    (void)wanted;
    *self = (void *)(uintptr_t)host; /* for messages */
    return AXF_OK;
}

static axf_status tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_host *host = self;
    (void)types;
    (void)length;
    ids[0] = 1;
    *count = 1;
    return strstr(text, "refuse") == NULL ? AXF_OK : host->fail(host, AXF_ERR_DATA, "refuses this text");
}

static axf_status encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state)
{
    (void)self;
    (void)pass;
    (void)tokens;
    (void)state;
    return AXF_ERR_PLUGIN;
}

static void destroy(void *self)
{
    (void)self;
}

static const axf_text_encoder vtable = {.struct_size = sizeof vtable,
                                        .describe = describe,
                                        .declare = declare,
                                        .tokenize = tokenize,
                                        .encode = encode,
                                        .destroy = destroy};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "picky", "1", "refuses some texts", 0, sizeof vtable, &vtable, 0},
};
AXF_PLUGIN(picky, "0.1.0", "MIT", components)
