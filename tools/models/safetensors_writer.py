"""Write a safetensors file of float32 tensors, byte for byte reproducible."""

import json
import struct


def encode(tensors):
    """{name: (shape, little-endian float32 bytes)} -> the file's bytes, tensors in the order of their names."""
    header, at = {"__metadata__": {"format": "pt"}}, 0  # transformers refuses a file that does not say "pt"
    for name in sorted(tensors):
        shape, data = tensors[name]
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8
    return struct.pack("<Q", len(text)) + text + b"".join(tensors[name][1] for name in sorted(tensors))
