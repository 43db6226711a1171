#!/usr/bin/env python3
"""Make tests/golden/bpe/: a small fastBPE vocabulary and BERTweet's ids of generated tweets (those of tokens.py).

vocab.txt, bpe.codes    learnt here from the tweets
cases.jsonl             one case a line: text (normalised, then some as they are), length (max_length), ids

Needs the same packages as tokens.py.
"""
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

import tokens
from transformers.models.bertweet.tokenization_bertweet import BertweetTokenizer

FOLDER = Path(__file__).parents[2] / "tests/golden/bpe"
MERGES = 900
LEARNT = 1200  # texts
SPECIALS = ["<s>", "x</s>y", "a <mask> b", "<pad><unk>", " ", "<S>", "< s>", "a</s"]
SPACES = ["a\n", "a\nb", "a \nb", "a\n\nb", "a\r\nb", "ab\n<s>", "ab\n <s>\n\nb", "<s>\n", "\n a", "\u2003", "a\u2003b\u3000c",
          "a\x1cb\x85c\xa0d", "ab\n\u2028<mask>\u2028\nb\n", "a\u200bb", "a\x0bb\x0cc", "a\x00b\n", "ab\n\n<s", "a\ufeff\n"]


def merge(word, pair):
    out, i = [], 0
    while i < len(word):
        both = tuple(word[i:i + 2]) == pair
        out.append("".join(word[i:i + 1 + both]))
        i += 1 + both
    return out


def learn(texts):
    counts = Counter(word for text in texts for word in text.split(" ")
                     if 0 < len(word) < 30 and not re.search("<(/?s|pad|unk|mask)>", word))
    words = [(list(w[:-1]) + [w[-1] + "</w>"], n) for w, n in sorted(counts.items())]
    merges = []
    for _ in range(MERGES):
        pairs = Counter()
        for word, n in words:
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append((best, pairs[best]))
        words = [(merge(word, best), n) for word, n in words]
    pieces = Counter()
    for word, n in words:
        for piece in [p + "@@" for p in word[:-1]] + [word[-1][:-len("</w>")]]:
            pieces[piece] += n
    return merges, sorted(pieces.items(), key=lambda item: (-item[1], item[0]))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:
        Path(empty, "v").write_text("a 1\n")
        normaliser = BertweetTokenizer(f"{empty}/v", f"{empty}/v")
    plain = tokens.texts()
    texts = [re.sub("[\ud800-\udfff]", "\ufffd", normaliser.normalizeTweet(t)) for t in plain]
    texts = [t for t in texts if not re.search("[\\x00-\\x1f]", t)]
    merges, pieces = learn(texts[:LEARNT:2])
    write = dict(encoding="utf-8", newline="\n")
    (FOLDER / "bpe.codes").write_text("".join(f"{a} {b} {n}\n" for (a, b), n in merges), **write)
    (FOLDER / "vocab.txt").write_text("".join(f"{p} {n}\n" for p, n in pieces[:1500]), **write)
    tokenizer = BertweetTokenizer.from_pretrained(FOLDER)
    with open(FOLDER / "cases.jsonl", "w", **write) as out:
        for i, text in enumerate(texts + SPECIALS + SPACES + plain[1::10]):
            length = (128, 32, 8)[i % 3]
            ids = tokenizer(text, truncation=True, max_length=length)["input_ids"]
            out.write(json.dumps({"text": text, "length": length, "ids": ids}, ensure_ascii=False,
                                 separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
