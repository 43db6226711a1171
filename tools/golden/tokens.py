#!/usr/bin/env python3
"""Make tests/golden/tokens/: a small WordPiece vocabulary, generated texts, and what the reference makes of them.

vocab.txt     made from texts of the same kind
cases.jsonl   one case a line:
    text    the text as it is
    tweet   normalizeTweet(text) of BERTweet, a lone surrogate in it as U+FFFD
    mode    index into MODES: the options of the tokenizer
    length  max_length
    ids     BertTokenizerFast(tweet), truncated
    plain   BertTokenizerFast(text), truncated

    python -m venv v
    v/bin/pip install transformers==4.25.1 tokenizers==0.13.3 regex==2022.10.31 emoji==2.2.0
    v/bin/python tools/golden/tokens.py
"""
import json
import random
import re
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import BertTokenizerFast
from transformers.models.bertweet.tokenization_bertweet import BertweetTokenizer

FOLDER = Path(__file__).parents[2] / "tests/golden/tokens"
PINS = {"transformers": "4.25.1", "tokenizers": "0.13.3", "regex": "2022.10.31", "emoji": "2.2.0"}
MODES = [(True, True, True), (False, False, True), (True, False, True), (False, True, True), (True, True, False)]
CASES = 3200

WORDS = """the a this that my our new old cat dog city morning coffee game tonight love hate what why when never always
people market goal team music song photo sun rain light street happy sad great awful best worst going gonna want need
can't won't don't isn't it's we're they've I'm she'll he'd cannot America Paris naïve café über señor Zürich İstanbul
STRASSE Straße ΣΊΣΥΦΟΣ привет Москва שלום عالم مرحبا 東京 猫 北京大学 한국어 안녕 ไทย हिन्दी தமிழ் ĳsland ﬁne ½ ２０２０
COVID19 MP3s 4th 50% $AAPL AT&T 8:30 1,000,000 12-25-2020 555-1234 +1(555)555-1234 x__y o_O""".split()
TAGS = ["#love", "#NoFilter", "#a", "#2020", "#it's", "#été", "##wow", "#東京", "@someone", "@a_b", "@", "@user:"]
LINKS = ["http://t.co/aBc1", "https://example.org/x_(y)?z=1&q=2.", "www.example.com", "example.com/b", "word.Another",
         "foo.co.uk", "me@example.com", "x@y.z", "http://a", "http:/", "https://t.co/abc…"]
MARKS = ["!!!!!", "...", ". . .", "…", "?", ",,,,,", ":)", ":-(", "=D", "xD", "<3", "</3", "->", "<--", "<b>hi</b>",
         "</s>", "-_-", "“quoted”", "l’été", "—", "#", "&amp;", "&lt;3", "&#39;", "&#x1F600;", "&#128;", "&apos;",
         "&rsquo;", "&nbsp;", "&unknown;", "&#xD800;", "&", ";", "p.m.", "a.m.", "9 p.m. ok", "[CLS]", "[SEP]",
         "[MASK]", "[PAD]x", "x[UNK]y", "[sep]", "[", "]"]
EMOJI = ["😀", "❤️", "👍🏽", "👨‍👩‍👧", "🇬🇧", "1️⃣", "☺️", "™", "©", "🅰🅱", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🫠", "🪅", "✔︎", "👩🏿‍🚀", "🙃🙃🙃🙃🙃"]
ODD = ["\u200b", "\u200d", "\u00ad", "\u00a0", "\u3000", "\u2028", "\ufeff", "\u202e", "\x00", "\x07", "\x1c", "\x7f",
       "\x85", "\t", "\n", "\r\n", "\x0b", "e\u0301", "a\u0323\u0307", "o\u0307\u0323", "\u0301", "\u0345\u0323",
       "\U0001D15E\U0001D165", "\U0001D16D\U0001D165", "\U0001D16D\u302f", "\U0001D16D\u034f\u302f",
       "\u302f\u302e", "\u1ab0", "\u1dfb", "\u1dfa", "\U0001E944", "각", "\u1100\u1161",
       "\uf900", "\U0002B825", "\U0002B920", "\ue000", "\ufffd", "\U000F0000", "\u0378", "ǅ", "ẞ", "K", "ſ", "Å", "؟",
       "\u061c", "፨", "⸮", "\u2e4f", "𝒳", "ꭰ", "\u1c80", "Ა", "٣٤", "\U00011F50", "¿", "»", "·", "‿", "҈"]
PIECES = ["http:", "https:/", "/", "(", ")", "()", "(a)", "a.com/", "[", "]", "<", ">", ".", "-", "_", "'", "+", "1",
          "0", "555", "4567",
          "8", "d", "p", "o", ":", "=", ";", "|", "\\", "*", "@", "#", "a", "b", "é", " ", "  ", "&", "&#", "x", "X",
          "41;", "n't ", "'s ", "ca", "ai", "cannot ", ",", "!", "~", "^", "\"", "`", "$", "%", "com", "“"]


def words(r):
    parts = [r.choice(r.choice([WORDS] * 6 + [TAGS, LINKS, MARKS, MARKS, EMOJI])) for _ in range(r.randrange(1, 14))]
    return "".join(p + r.choice([" ", " ", " ", "", "  ", "\n"]) for p in parts)


def soup(r):
    return "".join(r.choice(r.choice([PIECES, PIECES, ODD, MARKS, EMOJI])) for _ in range(r.randrange(1, 16)))


def code_points(r):
    blocks = [(0x20, 0x7F), (0x80, 0x250), (0x300, 0x600), (0x600, 0x1100), (0x1100, 0x2000), (0x2000, 0x3100),
              (0xA000, 0xD800), (0xF900, 0x10000), (0x10000, 0x12000), (0x1D000, 0x1E000), (0x1F000, 0x1FB00)]
    return "".join(chr(r.randrange(*r.choice(blocks))) + r.choice(["", "", " ", "a"]) for _ in range(r.randrange(12)))


def long_words(r):
    word = r.choice(["a", "ab", "é", "東", "o\u0308", "z1", "#", "a'", "x-"])
    times = r.choice([33, 50, 99, 100, 101, 300, 1000 // len(word)])
    return r.choice(["", "so "]) + word * times + r.choice(["", " x"])


def texts():
    r = random.Random(20240613)
    out = ["", " ", "\n", "a", "@", "’", "…", "😀", "[CLS]", "\x00", "\ufe0f", "\ufe0f p.m. x"]
    while len(out) < CASES:
        out.append(r.choice([words] * 12 + [soup] * 8 + [code_points] * 4 + [long_words] if len(out) % 50 else
                            [long_words])(r))
    return out


def make_vocabulary(normalise):
    """Frequent characters, words, and beginnings and later parts of words. (The library's own trainer gives another
    vocabulary each time it runs.)"""
    r = random.Random(7)
    lines = [words(r) for _ in range(4000)] + [soup(r) for _ in range(400)]
    lines += [normalise(line) for line in lines]
    clean, split = BertNormalizer(strip_accents=False, lowercase=False), BertPreTokenizer()
    characters, pieces = Counter(), Counter()
    for line in lines + [line.lower() for line in lines]:
        for word, _ in split.pre_tokenize_str(clean.normalize_str(line)):
            characters.update([word[0]] + ["##" + c for c in word[1:]])
            for begin in range(min(len(word), 12)):
                for end in range(begin + 2, min(len(word), 12) + 1):
                    pieces["##" * (begin > 0) + word[begin:end]] += end - begin
    rank = lambda counter: [t for t, _ in sorted(counter.items(), key=lambda item: (-item[1], item[0]))]
    return ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + rank(characters)[:600] + rank(pieces)[:1400]


def main():
    for package, wanted in PINS.items():
        if version(package) != wanted:
            sys.exit(f"{package} {version(package)} is installed, {wanted} is needed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:  # the normaliser needs no vocabulary, its constructor does
        Path(empty, "v").write_text("a 1\n")
        bertweet = BertweetTokenizer(f"{empty}/v", f"{empty}/v")

    def normalise(text):
        return re.sub("[\ud800-\udfff]", "\ufffd", bertweet.normalizeTweet(text))

    cases = texts()
    tweets = [normalise(t) for t in cases]
    vocabulary = make_vocabulary(normalise)
    (FOLDER / "vocab.txt").write_text("".join(t + "\n" for t in vocabulary), encoding="utf-8", newline="\n")
    encoders = [BertTokenizerFast.from_pretrained(FOLDER, do_lower_case=lower, strip_accents=strip,
                                  tokenize_chinese_chars=chinese) for lower, strip, chinese in MODES]
    with open(FOLDER / "cases.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for i, (text, tweet) in enumerate(zip(cases, tweets)):
            mode = 0 if i % 2 == 0 else i // 2 % len(MODES)
            length = (128, 32, 8)[i % 3]
            encode = lambda t: encoders[mode](t, truncation=True, max_length=length)["input_ids"]
            case = {"text": text, "tweet": tweet, "mode": mode, "length": length, "ids": encode(tweet),
                    "plain": encode(text)}
            out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
