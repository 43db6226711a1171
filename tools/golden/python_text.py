#!/usr/bin/env python3
"""Make tests/golden/python_text.json: what Python's csv.reader makes of files that break the rules, what its string
literals stand for, how it prints bytes, and what str.split() takes for words."""

import ast
import csv
import io
import json
import random
import warnings
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "python_text.json"
warnings.simplefilter("ignore")  # of unknown escapes, which stand for themselves
random.seed(20240317)


def draw(alphabet, most):
    return "".join(random.choice(alphabet) for _ in range(random.randint(0, most)))


def csv_cases():
    for _ in range(60):
        text = draw(['"', '"', ",", "a", "\\", "\n", "é"], 14)
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row not in ([], [""])]
        yield {"in": text, "rows": rows}


def literal_cases(prefix, alphabet):
    for _ in range(60):
        quote = random.choice("'\"")
        text = quote + draw(alphabet, 6) + quote
        try:
            value = ast.literal_eval(prefix + text)
        except (SyntaxError, ValueError):
            yield {"in": text, "out": None}
            continue
        if isinstance(value, str) and "\x00" not in value and not any(0xD800 <= ord(c) < 0xE000 for c in value):
            yield {"in": text, "out": value}
        elif isinstance(value, bytes):
            yield {"in": text, "out": value.hex()}


escapes = ["a", "'", '"', "\\\\", "\\n", "\\'", '\\"', "\\x41", "\\xe9", "\\q", "\\101", "\\x4", "\\"]
cases = {
    "csv": list(csv_cases()),
    "strings": list(literal_cases("", escapes + ["é", "\\u00e9", "\\U0001f600", "\\u12"])),
    "bytes": list(literal_cases("b", escapes)),
    "printed": [{"hex": b.hex(), "out": repr(b)} for b in (bytes(random.choice([9, 10, 13, 34, 39, 65, 92, 127, 200]) for _ in range(random.randint(0, 8))) for _ in range(40))],
    "split": [{"in": t, "words": t.split()} for t in (draw(["a", "b", " ", "\t", "\x1c", "\u00a0", "\u3000", "\u200b", "\u0085"], 8) for _ in range(40))],
}
OUT.write_text(json.dumps(cases, indent=0, ensure_ascii=True) + "\n")
