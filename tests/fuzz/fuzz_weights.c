/* Files of tensors, told by their content: safetensors, torch.save's zip form, .npy. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("file", data, size);
    fuzz_begin(1 << 20, 256, size);
    fuzz_read_weights(path);
    fuzz_end();
    return 0;
}
