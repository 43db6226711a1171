/* Bernice's sentencepiece.bpe.model: the whole tokenizer, unigram and BPE. */
#include "fuzz.h"

#include "text_encoders/bernice/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_host own;
    int32_t size_of_table, ids[64];
    size_t count;
    axf_tokenizer *tokenizer;
    fuzz_begin(4 << 20, 2048, size);
    fuzz_host_open(&own, data, size);
    const axf_status checked = bernice_tokenizer_check(&own.host, "folder", &size_of_table);
    if (bernice_tokenizer_open(&own.host, "folder", &tokenizer) == AXF_OK) {
        fuzz_expect(checked == AXF_OK, "opened what the check refuses");
        if (axf_tokenizer_encode(tokenizer, fuzz_text, fuzz_text_size, ids, 64, &count) == AXF_OK) {
            for (size_t i = 0; i < count; i++) {
                fuzz_expect(ids[i] >= 0 && ids[i] < size_of_table, "an id beyond the vocabulary");
            }
        }
        axf_tokenizer_close(tokenizer);
    }
    fuzz_host_close(&own);
    fuzz_end();
    return 0;
}
