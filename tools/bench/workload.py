"""The posts and models of the benchmark: token lengths like those of real posts, pictures, random weights.

Lengths follow a log-normal distribution with median 30, mean 32, 95th percentile 54 and longest 111, which is what 1,200
real posts have under a WordPiece vocabulary, [CLS] and [SEP] counted. Standard library only.
"""

import csv
import json
import random
import struct
import zlib
from statistics import NormalDist

MEDIAN, SIGMA, SHORTEST, LONGEST = 30, 0.357, 4, 111
WORDS, FIRST_WORD = 30522, 104
CLASSES = ("negative", "neutral", "positive")
HELD_OUT = 16


def lengths(count, seed=0):
    """Evenly spaced quantiles in a random order, so that every seed has the same lengths."""
    normal = NormalDist()
    values = [round(MEDIAN * 2.718281828 ** (SIGMA * normal.inv_cdf((i + 0.5) / count))) for i in range(count)]
    values[-1] = LONGEST
    random.Random(seed).shuffle(values)
    return [max(SHORTEST, min(LONGEST, value)) for value in values]


def vocabulary():
    """BERT's size and special places; every other line is a word the tokenizer takes whole."""
    special = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return special + [f"w{i}" for i in range(FIRST_WORD, WORDS)]


def png(rng, side=64, block=8):
    """A picture of random blocks, no two alike."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = []
    for _ in range(side // block):
        line = b"".join(rng.randbytes(3) * block for _ in range(side // block))
        rows += [b"\0" + line] * block
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


def write_posts(folder, count):
    """posts.csv, images/ and lengths.json (the training posts' token lengths)."""
    rng, words = random.Random(1), vocabulary()[FIRST_WORD:]
    train = lengths(count)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "lengths.json").write_text(json.dumps(train))
    with open(folder / "posts.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "text", "label", "split"])
        splits = [("train", length) for length in train] + [(s, MEDIAN) for s in ("val", "test") for _ in range(HELD_OUT)]
        for number, (split, length) in enumerate(splits):
            out.writerow([number, " ".join(rng.choices(words, k=length - 2)), CLASSES[number % len(CLASSES)], split])
            (folder / "images" / f"{number}.png").write_bytes(png(rng))
