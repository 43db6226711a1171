#!/usr/bin/env python3
"""Make tests/golden/tokens/slow.jsonl: where BertTokenizer differs from BertTokenizerFast on the texts of cases.jsonl.

The slow tokenizer has the Unicode tables of its Python, so this needs the reference's Python 3.8. A line for each case in
which the ids differ, both tokenizers uncased with their defaults: `case` (line of cases.jsonl, from 0), `ids` of `tweet`
and `plain` of `text`, truncated to `length`. In every other case they are those of the fast one.

    python3.8 -m venv v && v/bin/pip install transformers==4.25.1 tokenizers==0.13.3
    v/bin/python tools/golden/slow_tokens.py
"""
import json
import sys
from pathlib import Path

import tokenizers
import transformers

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/tokens"


def main():
    if sys.version_info[:2] != (3, 8) or transformers.__version__ != "4.25.1" or tokenizers.__version__ != "0.13.3":
        sys.exit("Python 3.8 with transformers 4.25.1 and tokenizers 0.13.3 is needed")
    slow = transformers.BertTokenizer.from_pretrained(FOLDER)
    fast = transformers.BertTokenizerFast.from_pretrained(FOLDER)
    cases = [json.loads(line) for line in (FOLDER / "cases.jsonl").open(encoding="utf-8", newline="\n")]
    assert len(cases) >= 3000
    with open(FOLDER / "slow.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for i, case in enumerate(cases):
            def encode(tokenizer):
                return [tokenizer(case[key], truncation=True, max_length=case["length"])["input_ids"]
                        for key in ("tweet", "text")]

            ids, plain = encode(slow)
            if [ids, plain] != encode(fast):
                out.write(json.dumps({"case": i, "ids": ids, "plain": plain}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
