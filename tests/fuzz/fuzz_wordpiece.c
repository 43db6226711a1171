/* BERT's vocab.txt; what follows a NUL is text to cut. */
#include "fuzz.h"

#include "common/tokenizers/wordpiece.h"

static void check(const axf_tokenizer *wp, const char *text, size_t size)
{
    int32_t ids[64];
    size_t count;
    fuzz_expect(axf_tokenizer_encode(wp, text, size, ids, 64, &count) == AXF_OK && count <= 64, "too many tokens");
    for (size_t i = 0; i < count; i++) {
        fuzz_expect(ids[i] >= 0 && ids[i] < wp->size, "an id beyond the vocabulary");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fuzz_parts parts = fuzz_cut(data, size);
    const axf_wordpiece_options options = {true, true, true, size % 2 == 1};
    fuzz_host own;
    axf_tokenizer *wp;
    fuzz_begin(1 << 20, 256, size);
    fuzz_host_open(&own, parts.first, parts.first_size);
    if (axf_wordpiece_open(&own.host, "folder", &options, &wp) == AXF_OK) {
        check(wp, fuzz_text, fuzz_text_size);
        check(wp, parts.second, parts.second_size);
        axf_tokenizer_close(wp);
    }
    fuzz_host_close(&own);
    fuzz_end();
    return 0;
}
