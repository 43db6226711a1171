#!/usr/bin/env python3
"""Make the weight files of tests/golden/torch: what torch.save and numpy.save write, beside the same in safetensors.

    python tools/golden/torch_files.py     (torch, numpy, safetensors)

NAME.pt or NAME.npy holds an object, NAME.safetensors its tensors, contiguous, under the names that a reader must give
them. sharded/ holds a model in two shards with an index, as transformers saves it; legacy.pt is of the form that is
refused.
"""

import collections
import json
import pathlib

import numpy
import torch
from safetensors.torch import load_file, save_file

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "torch"
DTYPES = {
    "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64,
    "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
}


def expect(name, tensors):
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()},
              OUT / f"{name}.safetensors")


def case(name, value, tensors):
    torch.save(value, OUT / f"{name}.pt")
    expect(name, tensors)


def array(name, value, version=None):
    with open(OUT / f"{name}.npy", "wb") as out:
        numpy.lib.format.write_array(out, value, version=version)
    expect(name, {"": torch.from_numpy(numpy.ascontiguousarray(value)).reshape(value.shape)})


def torch_cases():
    draw = torch.Generator().manual_seed(1)
    dtypes = {key: (torch.randn(3, 2, generator=draw) * 50).abs().to(dtype) for key, dtype in DTYPES.items()}
    case("dtypes", dtypes, dtypes)
    whole = torch.randn(4, 6, generator=draw)
    half = torch.randn(4, 6, generator=draw).half()
    views = {
        "whole": whole, "same": whole, "row": whole[2], "column": whole[:, 3], "transposed": whole.t(),
        "every_second": whole[::2, 1::2], "permuted": whole.reshape(2, 2, 6).permute(2, 0, 1), "half.t": half.t(),
        "diagonal": whole.diagonal(), "one": whole[1:2, 1:2],
    }
    case("views", views, views)
    torch.manual_seed(2)
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    state = module.state_dict()
    case("state_dict", state, state)
    adam = torch.optim.Adam(module.parameters())
    module(torch.randn(5, 3, generator=draw)).sum().backward()
    adam.step()
    case("wrapped", {"epoch": 3, "lr": 0.1, "best": None, "done": True, "note": "no", "optimizer": adam.state_dict(),
                     "state_dict": module.state_dict()}, module.state_dict())
    nested = {f"net.{key}": value for key, value in module.state_dict().items()}
    for number, moments in adam.state_dict()["state"].items():
        nested.update({f"optimizer.state.{number}.{key}": value for key, value in moments.items()})
    case("checkpoint", {"net": module.state_dict(), "optimizer": adam.state_dict(), "step": 1 << 40}, nested)
    parameters = collections.OrderedDict((key, torch.nn.Parameter(torch.randn(2, 3, generator=draw))) for key in "ab")
    case("parameters", parameters, parameters)
    bare = torch.randn(3, generator=draw)
    case("bare", bare, {"": bare})
    small = {"scalar": torch.tensor(2.5), "empty": torch.zeros(0), "empty2": torch.zeros(3, 0, 2)}
    case("small", small, small)
    listed = [torch.ones(2), (torch.zeros(1), torch.full((2, 2), 7.0))]
    case("list", listed, {"0": listed[0], "1.0": listed[1][0], "1.1": listed[1][1]})
    torch.save({"a": torch.ones(2)}, OUT / "legacy.pt", _use_new_zipfile_serialization=False)


def shards():
    folder = OUT / "sharded"
    folder.mkdir(exist_ok=True)
    parts = [{"a": torch.arange(3.0)}, {"b": torch.arange(4.0).reshape(2, 2), "c": torch.ones(1)}]
    places = {}
    for i, part in enumerate(parts):
        name = f"pytorch_model-{i + 1:05}-of-00002.bin"
        torch.save(part, folder / name)
        places.update({key: name for key in part})
    index = {"metadata": {"total_size": 32}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    expect("sharded", {key: value for part in parts for key, value in part.items()})


def models():
    """Two of the models that other makers have written, as torch would have saved them."""
    folder = OUT / "models"
    folder.mkdir(exist_ok=True)
    golden = OUT.parent
    old = collections.OrderedDict()
    for key, value in load_file(golden / "models" / "bert" / "model.safetensors").items():
        key = key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old[f"bert.{key}"] = torch.nn.Parameter(value)
    old["cls.predictions.bias"] = torch.zeros(3)
    old["cls.seq_relationship.weight"] = torch.zeros(2, 32)
    torch.save(old, folder / "bert-old.bin")
    network = load_file(golden / "wide" / "resnet" / "model.safetensors")
    state = {key: torch.nn.Parameter(value) if value.is_floating_point() and "running" not in key else value
             for key, value in network.items()}
    torch.save({"state_dict": {**state, "fc.weight": torch.zeros(5, 8), "fc.bias": torch.zeros(5)}, "epoch": 90},
               folder / "resnet.pth")


def arrays():
    values = numpy.random.default_rng(3).standard_normal((3, 4, 2))
    array("f8", values)
    array("f4-v2", values.astype("<f4"), (2, 0))
    array("f2-v3", values.astype("<f2"), (3, 0))
    array("f4-fortran", numpy.asfortranarray(values.astype("<f4")))
    array("f4-vector", values.astype("<f4")[0, :, 0])
    array("f4-scalar", numpy.array(1.5, "<f4"))
    array("f4-empty", numpy.zeros((2, 0), "<f4"))
    for name in ("<i8", "<i4", "<i2", "|i1", "|u1", "|b1"):
        array(name[1:], (values * 3).round().astype(name))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    torch_cases()
    shards()
    models()
    arrays()
