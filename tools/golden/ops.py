#!/usr/bin/env python3
"""Make tests/golden/ops.json: what PyTorch in float64 gives for the cases of the op test, but for random ones.

    test_ops --inputs | tools/golden/ops.py

Standard input: a JSON list of cases (name, op, inputs with shape, post offsets and values, parameters). Written: for each
case the result without rows of padding, and the inputs that the op changes, to ten digits.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "ops.json"
ACTIVATIONS = [lambda x: x, torch.relu, F.gelu, torch.tanh, torch.sigmoid, torch.exp]
FIRST, MEAN, MAX = 1, 2, 3
torch.set_default_dtype(torch.float64)


class Operand:
    def __init__(self, case):
        self.rows = case["rows"]
        self.x = torch.tensor(case["values"], dtype=torch.int64 if case["index"] else None).reshape(case["shape"])

    def posts(self):
        """A list of [rows, columns], one a post; a dense tensor has one row a post."""
        if self.rows is None:
            return [row[None] for row in self.x]
        return [self.x[a:b] for a, b in zip(self.rows, self.rows[1:])]

    def used(self):
        return self.x if self.rows is None else self.x[:self.rows[-1]]


def picked(x, index):
    return torch.where((index >= 0)[:, None], x[index.clamp(min=0)], 0.0)


def scatter_rows(ins, rows):
    y = torch.zeros(rows, ins[0].x.shape[1])
    for row, target in zip(ins[0].x, ins[1].x.tolist()):
        if target >= 0:
            y[target] += row
    return y


def binary(ins, i):
    a, b = ins[0].used(), ins[1].x
    if i[1] == 1:
        b = ins[1].used()
    elif i[1] == 3:
        b = b[:len(a), None]
    elif i[1] == 5:
        b = b.repeat_interleave(torch.tensor([len(post) for post in ins[0].posts()]), 0)
    return a + b if i[0] == 1 else a * b


def pool_rows(x, i):
    posts = [post[i[1]:] for post in x.posts()]
    if i[0] == FIRST:
        return torch.stack([post[0] for post in posts])
    return torch.stack([post.mean(0) if i[0] == MEAN else post.amax(0) for post in posts])


def attention(ins, heads, scale):
    def split(x):
        return x.reshape(len(x), heads, -1).transpose(0, 1)

    results = []
    for q, k, v in zip(*(operand.posts() for operand in ins[:3])):
        bias = ins[3].x if ins[3] else None
        y = F.scaled_dot_product_attention(split(q), split(k), split(v), attn_mask=bias, scale=scale)
        results.append(y.transpose(0, 1).reshape(len(q), -1))
    return torch.cat(results)


def pool2d(x, i):
    kind, kernel, stride, padding = i[:4]
    return (F.max_pool2d if kind == MAX else F.avg_pool2d)(x, kernel, stride, padding)


def patches(pixels, images, size):
    rows = []
    for height, width, offset in images:
        image = pixels[offset:offset + 3 * height * width].reshape(1, 3, height, width)
        rows.append(F.unfold(image, size, stride=size)[0].T)
    return torch.cat(rows)


def resample_grid(table, i):
    h, w, to_h, to_w, kind = i[:5]
    grid = table.reshape(1, h, w, -1).permute(0, 3, 1, 2)
    how = {"mode": "bilinear", "align_corners": True} if kind == 1 else {"mode": "bicubic", "align_corners": False}
    return F.interpolate(grid, (to_h, to_w), **how).permute(0, 2, 3, 1).reshape(to_h * to_w, -1)


def binary_cross_entropy(ins):
    weights = ins[2].x if ins[2] else None
    return F.binary_cross_entropy_with_logits(ins[0].x, ins[1].x, pos_weight=weights, reduction="none").mean(1)


def cross_entropy(ins):
    return F.cross_entropy(ins[0].x, ins[1].x, weight=ins[2].x if ins[2] else None, reduction="none")


def adamw(ins, f):
    """One step of torch's AdamW with moments as given; the step number follows from 1 - beta1^t."""
    p, m, v, g = (operand.x.clone() for operand in ins[:4])
    lr, decay, beta1, beta2, eps, correction1 = f[:6]
    ids = ins[4].x if ins[4] else torch.arange(len(p))
    if ins[5]:
        g = picked(g, ins[5].x)
    rows = torch.nn.Parameter(p[ids])
    rows.grad = g
    optimizer = torch.optim.AdamW([rows], lr, (beta1, beta2), eps, decay, foreach=False)
    step = next(t for t in range(1, 100) if abs(1 - beta1**t - correction1) < 1e-9)
    optimizer.state[rows] = {"step": torch.tensor(float(step - 1)), "exp_avg": m, "exp_avg_sq": v}
    optimizer.step()
    p[ids] = rows.detach()
    return {"0": p, "1": m, "2": v}


def batch_norm(ins, i, f):
    mean, variance = ins[3].x.clone(), ins[4].x.clone()
    y = F.batch_norm(ins[0].x, mean, variance, ins[1].x, ins[2].x, bool(i[0]), f[1], f[0])
    return {"out": y, "3": mean, "4": variance}


def matmul(ins, i, f):
    a, b = (operand.x.transpose(-1, -2) if flag else operand.x for operand, flag in zip(ins[:2], i))
    return f[0] * a @ b


def concat_rows(ins):
    parts = [operand.posts() for operand in ins if operand]
    return torch.cat([torch.cat(post) for post in zip(*parts)])


OPS = {
    "LINEAR": lambda ins, i, f, case: ACTIVATIONS[i[0]](F.linear(ins[0].used(), ins[1].x, ins[2] and ins[2].x)),
    "MATMUL": lambda ins, i, f, case: matmul(ins, i, f),
    "EMBEDDING": lambda ins, i, f, case: picked(ins[0].x, ins[1].x),
    "GATHER_ROWS": lambda ins, i, f, case: picked(ins[0].x, ins[1].x),
    "SCATTER_ROWS": lambda ins, i, f, case: scatter_rows(ins, case["out"]["shape"][0]),
    "CONCAT_COLUMNS": lambda ins, i, f, case: torch.cat([operand.used() for operand in ins if operand], 1),
    "SLICE_COLUMNS": lambda ins, i, f, case: ins[0].used()[:, i[0]:i[0] + case["out"]["shape"][1]],
    "CONCAT_ROWS": lambda ins, i, f, case: concat_rows(ins),
    "BINARY": lambda ins, i, f, case: binary(ins, i),
    "SCALE": lambda ins, i, f, case: f[0] * ins[0].used() + f[1],
    "UNARY": lambda ins, i, f, case: ACTIVATIONS[i[0]](ins[0].used()),
    "LAYER_NORM": lambda ins, i, f, case: F.layer_norm(ins[0].used(), ins[0].x.shape[1:], ins[1].x, ins[2].x, f[0]),
    "BATCH_NORM": lambda ins, i, f, case: batch_norm(ins, i, f),
    "L2_NORMALIZE": lambda ins, i, f, case: ins[0].used() / ins[0].used().norm(dim=1, keepdim=True),
    "SOFTMAX": lambda ins, i, f, case: ins[0].used().softmax(1),
    "POOL_ROWS": lambda ins, i, f, case: pool_rows(ins[0], i),
    "ATTENTION": lambda ins, i, f, case: attention(ins, i[0], f[0]),
    "CONV2D": lambda ins, i, f, case: F.conv2d(ins[0].x, ins[1].x, ins[2] and ins[2].x, i[0], i[1]),
    "POOL2D": lambda ins, i, f, case: pool2d(ins[0].x, i),
    "IMAGE_ROWS": lambda ins, i, f, case: ins[0].x.permute(0, 2, 3, 1).reshape(-1, ins[0].x.shape[1]),
    "PATCHES": lambda ins, i, f, case: patches(ins[0].x, case["images"], i[0]),
    "RESAMPLE_GRID": lambda ins, i, f, case: resample_grid(ins[0].x, i),
    "CROSS_ENTROPY": lambda ins, i, f, case: cross_entropy(ins),
    "BINARY_CROSS_ENTROPY": lambda ins, i, f, case: binary_cross_entropy(ins),
    "SUM": lambda ins, i, f, case: f[0] * ins[0].used().sum(),
    "ADAMW": lambda ins, i, f, case: adamw(ins, f),
    "ACCUMULATE": lambda ins, i, f, case: {"0": ins[0].x + f[0] * ins[1].x},
    "SQUARE_SUM": lambda ins, i, f, case: ins[0].x.square().sum(),
}


def golden(case):
    operands = [Operand(operand) if operand else None for operand in case["in"]]
    result = OPS[case["op"]](operands, case["i"], case["f"], case)
    if not isinstance(result, dict):
        result = {"out": result.reshape(-1)[:case["out"]["used"]]}
    return {key: [float(f"{value:.10g}") for value in tensor.reshape(-1).tolist()] for key, tensor in result.items()}


def main():
    cases = [case for case in json.load(sys.stdin) if case["golden"]]
    lines = [f"{json.dumps(case['name'])}: {json.dumps(golden(case), separators=(',', ':'))}" for case in cases]
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{OUT.name}: {len(lines)} cases", file=sys.stderr)


if __name__ == "__main__":
    main()
