/* RoBERTa's vocab.json, NUL, merges.txt. */
#include "fuzz.h"

#include "common/tokenizers/byte_bpe.h"

static void check(const axf_tokenizer *bpe, const char *text, size_t size)
{
    int32_t ids[64];
    size_t count;
    fuzz_expect(axf_tokenizer_encode(bpe, text, size, ids, 64, &count) == AXF_OK && count <= 64, "too many tokens");
    for (size_t i = 0; i < count; i++) {
        fuzz_expect(ids[i] >= 0 && ids[i] < bpe->size, "an id beyond the vocabulary");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fuzz_parts parts = fuzz_cut(data, size);
    fuzz_host own;
    axf_tokenizer *bpe;
    fuzz_begin(1 << 20, 512, size);
    fuzz_host_open(&own, parts.first, parts.first_size);
    own.second_name = "merges.txt";
    own.second = parts.second, own.second_size = parts.second_size;
    if (axf_byte_bpe_open(&own.host, "folder", &bpe) == AXF_OK) {
        check(bpe, fuzz_text, fuzz_text_size);
        check(bpe, parts.second, parts.second_size);
        axf_tokenizer_close(bpe);
    }
    fuzz_host_close(&own);
    fuzz_end();
    return 0;
}
