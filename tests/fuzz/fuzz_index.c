/* The index of a checkpoint in shards. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[] = "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    ";
    char shard[8 + sizeof header - 1 + 4] = {(char)(sizeof header - 1)};
    memcpy(shard + 8, header, sizeof header - 1);
    (void)fuzz_file("a.safetensors", shard, sizeof shard);
    (void)fuzz_file("model.safetensors.index.json", data, size);
    fuzz_begin(1 << 20, 256, size);
    fuzz_read_weights(fuzz_path(""));
    fuzz_end();
    return 0;
}
