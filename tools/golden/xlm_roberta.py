#!/usr/bin/env python3
"""Make tests/golden/xlm_roberta/{unigram,bpe}/: small SentencePiece models, and XLM-R's ids of the texts of
tests/golden/tokens.

sentencepiece.bpe.model   trained here; unigram with the nmt_nfkc rules, bpe with RULES (a map of 240 KB less to store)
config.json               of a model that is just large enough
cases.jsonl               one case a line: length (max_length), ids, and text; a case without text takes that of the same
                          line of ../../tokens/cases.jsonl: its "tweet" on odd lines (from 0) for unigram and on even ones
                          for bpe, its "text" on the others

Needs the same packages as tokens.py, and sentencepiece.
"""
import json
import re
import sys
import tempfile
from pathlib import Path

from sentencepiece import SentencePieceTrainer, sentencepiece_model_pb2

# The copy of transformers 4.25.1 is of an older protobuf.
sys.modules["transformers.utils.sentencepiece_model_pb2"] = sentencepiece_model_pb2
from transformers import XLMRobertaTokenizerFast  # noqa: E402

GOLDEN = Path(__file__).parents[2] / "tests/golden"
CONFIG = {"model_type": "xlm-roberta", "hidden_size": 4, "num_attention_heads": 1, "num_hidden_layers": 1,
          "intermediate_size": 4, "max_position_embeddings": 2050, "pad_token_id": 1}
FOLDER = GOLDEN / "xlm_roberta"
RULES = {"\uff21": "A", "\u2122": "TM", "\u00bd": "1/2", "a\u0308": "\u00e4", "e\u0301": "\u00e9", "\u200b": " ", "\u3000": " ",
         "\n": " ", "\t": " ", "\ufe0f": "", "\u2026": "...", "\u2019": "'", "\u0308": "", "\u00a0": " ", "\u00df": "ss"}
MORE = ["<s>", "x</s>y", "a <mask> b", "a  \t\u3000<mask>  b", "<mask><mask>", " <mask> <mask>", "<pad><unk>", "<S>", "< s>",
        "a</s", "a </s> b", "a  </s>  b", "<<s>>", "  ", "a  ", "  a", "\u2581a\u2581 \u2581b", "\u2581", "a\u0308\u0301", "a\u0308",
        "xa\u0308\u0301y", "e\u0301\u0308", "end\u200b", "\u200bfront", "a\u200b\u200b b", "a \u200b b", "a\u3000 b", "ab" * 700,
        "東" * 300, "\u0e33\u0e33", "각\u1100\u1161", "½\u0301 ™\ufe0f ﬁ\u0301", "\u00a0\u0301x", "\r\n", "a\r\nb", "a\u0000b", "\ufffd",
        "Å\u0323", "ǆ", "①②", "㍿", "ﷺ", "\U0001F468\u200d\U0001F469\u200d\U0001F467", "🇬🇧🇬", "1️⃣", "\u2003<mask>", "\u00ada"]


def cases(odd):
    with open(GOLDEN / "tokens/cases.jsonl", encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            case = json.loads(line)
            yield case["length"], case["tweet" if i % 2 == odd else "text"]


def train(kind, rules, size):
    texts = [re.sub("<(/?s|pad|unk|mask)>|[\\x00\\n\\r\u2581]", " ", text)[:400] for _, text in cases(1)]
    folder = FOLDER / kind
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "texts")
        source.write_text("\n".join(t for t in texts if t.strip()) + "\n", encoding="utf-8")
        if isinstance(rules, dict):
            tsv = Path(temporary, "rules.tsv")
            hexes = lambda text: " ".join(f"{ord(c):X}" for c in text)
            tsv.write_text("".join(f"{hexes(a)}\t{hexes(b)}\n" for a, b in rules.items()))
            rules = {"normalization_rule_tsv": str(tsv)}
        else:
            rules = {"normalization_rule_name": rules}
        SentencePieceTrainer.train(input=str(source), model_prefix=f"{temporary}/m", vocab_size=size, model_type=kind,
                                   character_coverage=0.985, num_threads=1, minloglevel=2, **rules)
        # without the paths of this machine
        model = sentencepiece_model_pb2.ModelProto.FromString(Path(temporary, "m.model").read_bytes())
        for field in ("input", "model_prefix"):
            model.trainer_spec.ClearField(field)
        model.normalizer_spec.ClearField("normalization_rule_tsv")
        (folder / "sentencepiece.bpe.model").write_bytes(model.SerializeToString(deterministic=True))


def make(kind, rules, size, odd):
    train(kind, rules, size)
    config = {**CONFIG, "vocab_size": size + 2}
    (FOLDER / kind / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n")
    tokenizer = XLMRobertaTokenizerFast.from_pretrained(FOLDER / kind)
    texts = list(cases(odd))
    with open(FOLDER / kind / "cases.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for i, (length, text) in enumerate(texts + [(2048, text) for text in MORE]):
            case = {"length": length, "ids": tokenizer(text, truncation=True, max_length=length)["input_ids"]}
            if i >= len(texts):
                case["text"] = text
            out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(kind, len(texts) + len(MORE), "cases,", len(tokenizer), "tokens")


if __name__ == "__main__":
    make("unigram", "nmt_nfkc", 900, 1)
    make("bpe", RULES, 900, 0)
