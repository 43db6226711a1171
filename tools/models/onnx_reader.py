"""Read initialisers and nodes of an ONNX file with nothing but the standard library.

ONNX is protobuf. Only four messages are needed (field numbers from onnx.proto):
ModelProto.graph = 7; GraphProto.node = 1, .initializer = 5; NodeProto.input = 1, .output = 2, .op_type = 4;
TensorProto.dims = 1, .data_type = 2, .float_data = 4, .name = 8, .raw_data = 9.
"""

import struct
from dataclasses import dataclass

FLOAT = 1


@dataclass
class Tensor:
    name: str
    dims: list
    data_type: int
    raw: memoryview  # little-endian bytes


@dataclass
class Node:
    op: str
    inputs: list
    outputs: list


def _varint(view, at):
    value = shift = 0
    while True:
        if at >= len(view) or shift > 63:
            raise ValueError(f"bad varint at byte {at}")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(view):
    """Yield (field number, value): an integer for varints, a memoryview for everything with a length."""
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(view, at)
        else:
            if wire == 2:
                length, at = _varint(view, at)
            elif wire in (1, 5):
                length = 8 if wire == 1 else 4
            else:
                raise ValueError(f"unknown wire type {wire} at byte {at}")
            if at + length > len(view):
                raise ValueError(f"field {number} claims {length} bytes, only {len(view) - at} are left")
            value, at = view[at:at + length], at + length
        yield number, value


def _packed_varints(value):
    if isinstance(value, int):
        return [value]
    out, at = [], 0
    while at < len(value):
        item, at = _varint(value, at)
        out.append(item)
    return out


def _tensor(view):
    tensor, floats = Tensor("", [], 0, memoryview(b"")), []
    for number, value in _fields(view):
        if number == 1:
            tensor.dims += _packed_varints(value)
        elif number == 2:
            tensor.data_type = value
        elif number == 4:
            floats.append(bytes(value))
        elif number == 8:
            tensor.name = bytes(value).decode()
        elif number == 9:
            tensor.raw = value
    if floats:
        tensor.raw = memoryview(b"".join(floats))
    return tensor


def _node(view):
    node = Node("", [], [])
    for number, value in _fields(view):
        if number == 1:
            node.inputs.append(bytes(value).decode())
        elif number == 2:
            node.outputs.append(bytes(value).decode())
        elif number == 4:
            node.op = bytes(value).decode()
    return node


def read(data):
    """Bytes of an ONNX file -> ({name: Tensor} of its initialisers, [Node])."""
    graph = next((value for number, value in _fields(memoryview(data)) if number == 7), None)
    if graph is None:
        raise ValueError("no graph in this file")
    tensors, nodes = {}, []
    for number, value in _fields(graph):
        if number == 5:
            tensor = _tensor(value)
            tensors[tensor.name] = tensor
        elif number == 1:
            nodes.append(_node(value))
    return tensors, nodes


def float_bytes(tensor):
    """The raw bytes of a float tensor, its size checked against its dimensions."""
    count = 1
    for dim in tensor.dims:
        count *= dim
    if tensor.data_type != FLOAT or len(tensor.raw) != count * struct.calcsize("<f"):
        raise ValueError(f"{tensor.name}: type {tensor.data_type}, {len(tensor.raw)} bytes for dimensions {tensor.dims}")
    return bytes(tensor.raw)
