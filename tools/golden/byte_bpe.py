#!/usr/bin/env python3
"""Make tests/golden/byte_bpe/: a small byte-level BPE vocabulary, and RoBERTa's ids of the texts of tests/golden/tokens.

vocab.json, merges.txt    learnt here over the library's pieces (its own trainer gives other merges each time it runs)
config.json               of a model that is just large enough
cases.jsonl               one case a line: length (max_length), ids, and text; a case without text takes that of the same
                          line of ../tokens/cases.jsonl: its "tweet" on odd lines (from 0), its "text" on even ones

Needs the same packages as tokens.py.
"""
import json
import re
from collections import Counter
from pathlib import Path

from bpe import merge
from tokenizers import pre_tokenizers
from transformers import RobertaTokenizerFast

GOLDEN = Path(__file__).parents[2] / "tests/golden"
FOLDER = GOLDEN / "byte_bpe"
MERGES = 700
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
CONFIG = {"model_type": "roberta", "hidden_size": 4, "num_attention_heads": 1, "num_hidden_layers": 1,
          "intermediate_size": 4, "max_position_embeddings": 2050, "pad_token_id": 1}
MORE = ["<s>", "x</s>y", "a <mask> b", "a  \t\u3000<mask>  b", "<mask><mask>", " <mask> <mask>", "<pad><unk>", "<S>", "< s>",
        "a</s", "a </s> b", "a  </s>  b", "<<s>>", "<ma<mask>sk>", "  ", "a  ", "  a", "\n\na", "a \n b", "It's 'S 's''s 'll",
        "we'RE we're", " 's", "½1x2", "٣٤", "e\u0301a", "a\u200bb", "a\u0085b", "\x1c \x1f", "!?!  ?'d", "\u00e9" * 400,
        "ab" * 700, "😀" * 200, "a\u0000b", "\ufffd", "<mask", "é<mask>", "\u2003<mask>"]


def cases():
    with open(GOLDEN / "tokens/cases.jsonl", encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            case = json.loads(line)
            yield case["length"], case["tweet" if i % 2 else "text"]


def learn(texts):
    split = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    counts = Counter(word for text in texts for word, _ in split(text) if len(word) < 40)
    words = [(list(w), n) for w, n in sorted(counts.items())]
    merges = []
    for _ in range(MERGES):
        pairs = Counter()
        for word, n in words:
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        words = [(merge(word, best) if best[0] in word else word, n) for word, n in words]
    return merges


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = list(cases())
    merges = learn([re.sub("<(/?s|pad|unk|mask)>", " ", text) for _, text in texts[::2]])
    tokens = SPECIALS + sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens += [t for t in dict.fromkeys(a + b for a, b in merges) if t not in tokens] + ["<mask>"]
    write = dict(encoding="utf-8", newline="\n")
    (FOLDER / "vocab.json").write_text(
        json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False, separators=(",", ":")) + "\n", **write)
    (FOLDER / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), **write)
    (FOLDER / "config.json").write_text(json.dumps({**CONFIG, "vocab_size": len(tokens)}, indent=2) + "\n", **write)
    tokenizer = RobertaTokenizerFast.from_pretrained(FOLDER)
    with open(FOLDER / "cases.jsonl", "w", **write) as out:
        for i, (length, text) in enumerate(texts + [(2048, text) for text in MORE]):
            case = {"length": length, "ids": tokenizer(text, truncation=True, max_length=length)["input_ids"]}
            if i >= len(texts):
                case["text"] = text
            out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(texts) + len(MORE), "cases,", len(tokens), "tokens")


if __name__ == "__main__":
    main()
