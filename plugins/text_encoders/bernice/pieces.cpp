#include "text_encoders/bernice/pieces.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <sentencepiece_processor.h>
#include <vector>

struct bernice_pieces {
    sentencepiece::SentencePieceProcessor processor;
};

extern "C" bernice_pieces *bernice_pieces_open(const char *model, size_t size, char *error, size_t error_size)
{
    try {
        auto pieces = std::make_unique<bernice_pieces>();
        const auto status = pieces->processor.LoadFromSerializedProto({model, size});
        if (status.ok()) {
            return pieces.release();
        }
        std::snprintf(error, error_size, "%s", status.message());
    } catch (const std::exception &exception) {
        std::snprintf(error, error_size, "%s", exception.what());
    }
    return nullptr;
}

extern "C" void bernice_pieces_close(bernice_pieces *pieces)
{
    delete pieces;
}

extern "C" int64_t bernice_pieces_encode(const bernice_pieces *pieces, const char *word, size_t length,
                                         int32_t *numbers, size_t room)
{
    try {
        std::vector<int> all;
        if (!pieces->processor.Encode({word, length}, &all).ok()) {
            return -1;
        }
        const size_t count = std::min(all.size(), room);
        std::copy_n(all.begin(), count, numbers);
        return static_cast<int64_t>(count);
    } catch (const std::exception &) {
        return -1;
    }
}
