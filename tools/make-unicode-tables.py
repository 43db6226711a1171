#!/usr/bin/env python3
"""Write the code-point tables of plugins/common by asking the reference libraries about every code point.

The classes are those of regex 2022.10.31 (for the tweet normaliser) and of tokenizers 0.13.3 (for WordPiece and byte-level
BPE). Those of another Unicode library would differ, since tokenizers has tables of several Unicode versions at once.

    python -m venv v && v/bin/pip install transformers==4.25.1 tokenizers==0.13.3 regex==2022.10.31
    v/bin/python tools/make-unicode-tables.py text > plugins/common/text/classes.inc
    v/bin/python tools/make-unicode-tables.py wordpiece > plugins/common/tokenizers/wordpiece_tables.inc
    v/bin/python tools/make-unicode-tables.py bytes > plugins/common/tokenizers/byte_bpe_classes.inc

The slow WordPiece tokenizer has the tables of its Python. Make them with such an environment of Python 3.8, on which the
reference program ran.

    v38/bin/python tools/make-unicode-tables.py slow > plugins/common/tokenizers/wordpiece_slow_tables.inc
"""
import sys
import unicodedata
from importlib.metadata import version

import regex
from tokenizers import normalizers, pre_tokenizers

EVERY = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def need(package, wanted):
    found = version(package)
    if found != wanted:
        sys.exit(f"{package} {found} is installed, {wanted} is needed")


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def print_rows(rows):
    line = "   "
    for row in rows:
        text = " " + row + ","
        if len(line) + len(text) > 118:
            print(line)
            line = "   "
        line += text
    print(line)


def print_ranges(name, comment, points):
    rows = [f"{{0x{a:X}, 0x{b:X}}}" for a, b in ranges(points)]
    print(f"\n/* {comment} */\nstatic const axf_code_range {name}[] = {{")
    print_rows(rows)
    print("};")


def print_maps(name, comment, maps):
    width = max(len(to) for to in maps.values())
    rows = ["{" + ", ".join([f"0x{c:X}"] + [f"0x{t:X}" for t in to] + ["0"] * (width - len(to))) + "}"
            for c, to in sorted(maps.items())]
    print(f"\n/* {comment} */\nstatic const uint32_t {name}[][{width + 1}] = {{")
    print_rows(rows)
    print("};")


def bert(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **on}).normalize_str


def combining_classes():
    """The NFD order as tokenizers sees it: which marks change places with a mark of each class."""
    nfd = normalizers.NFD().normalize_str
    examples = {}
    old = unicodedata.ucd_3_2_0  # marks that every later version knows
    for c in range(0x300, 0x20000):
        if old.combining(chr(c)) and old.decomposition(chr(c)) == "":
            examples.setdefault(old.combining(chr(c)), chr(c))
    classes = {0x345: 240}
    for c in EVERY:
        s = chr(c)
        if nfd("\u0345" + s) != s + "\u0345" or nfd(s) != s:
            continue  # class 0 or 240, or decomposed first
        lower = [k for k, e in examples.items() if nfd(e + s) == e + s]
        classes[c] = max(lower, default=1)  # the largest class that s may follow
    return classes


def text():
    need("regex", "2022.10.31")
    print(HEADER.format("regex 2022.10.31"))
    word, digit, space = (regex.compile(p, regex.I | regex.UNICODE) for p in (r"\w", r"\d", r"\s"))
    print_ranges("CODE_WORD", "\\w", [c for c in EVERY if word.match(chr(c))])
    digits = [c for c in EVERY if digit.match(chr(c))]
    print_ranges("CODE_DIGIT", "\\d; every range begins with a zero", digits)
    assert all((b - a + 1) % 10 == 0 for a, b in ranges(digits))
    spaces = [c for c in EVERY if space.match(chr(c))]
    print_ranges("CODE_SPACE", "\\s", spaces)
    assert set(spaces) | set(range(0x1C, 0x20)) == {c for c in EVERY if chr(c).isspace()}


def wordpiece():
    need("tokenizers", "0.13.3")
    print(HEADER.format("tokenizers 0.13.3"))
    clean, chinese = bert(clean_text=True), bert(handle_chinese_chars=True)
    strip, lower = bert(strip_accents=True), bert(lowercase=True)
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    dropped = [c for c in EVERY if clean(chr(c)) == ""]
    blanks = [c for c in EVERY if clean(chr(c)) == " "]
    assert all(clean(chr(c)) == chr(c) for c in set(EVERY) - set(dropped) - set(blanks))
    print_ranges("PIECE_DROPPED", "cleaned away", dropped)
    print_ranges("PIECE_BLANK", "cleaned to a blank", blanks)
    print_ranges("PIECE_CHINESE", "gets blanks around it", [c for c in EVERY if len(chinese(chr(c))) == 3])
    kept = set(EVERY) - set(dropped) - set(blanks)
    print_ranges("PIECE_PUNCTUATION", "a word of its own",
                 [c for c in EVERY if c in kept and len(split("a" + chr(c) + "a")) == 3])
    marks = [c for c in EVERY if strip("a" + chr(c)) == "a"]
    print_ranges("PIECE_MARK", "dropped with the accents", marks)
    syllables = range(0xAC00, 0xD7A4)
    parts = {c: [ord(t) for t in strip(chr(c))] for c in EVERY if strip(chr(c)) != chr(c) and c not in syllables}
    print_maps("PIECE_PARTS", "canonical decomposition without marks, filled up with 0; Hangul syllables are computed",
               {c: to for c, to in parts.items() if c not in set(marks)})
    for c in syllables:
        i = c - 0xAC00
        want = [0x1100 + i // 588, 0x1161 + i % 588 // 28] + ([0x11A7 + i % 28] if i % 28 else [])
        assert [ord(t) for t in strip(chr(c))] == want
    lowered = {c: [ord(t) for t in lower(chr(c))] for c in EVERY if lower(chr(c)) != chr(c)}
    print_maps("PIECE_LOWER", "lower case", lowered)
    classes = combining_classes()
    print_ranges("PIECE_MARK_STARTER", "dropped with the accents, and of combining class 0",
                 [c for c in marks if c not in classes and normalizers.NFD().normalize_str(chr(c)) == chr(c)])
    print_maps("PIECE_CLASS", "combining class of what is above class 0 and not dropped with the accents",
               {c: [k] for c, k in classes.items() if c not in set(marks)})


def slow():
    """Python 3.8's tables, as BertTokenizer of transformers 4.25.1 uses them."""
    need("transformers", "4.25.1")
    if sys.version_info[:2] != (3, 8):
        sys.exit("Python 3.8 is needed: unassigned characters and marks are those of Unicode 12.1")
    from transformers import tokenization_utils as utils
    from transformers.models.bert.tokenization_bert import BasicTokenizer
    print(HEADER.format("Python 3.8 (Unicode " + unicodedata.unidata_version + ")"))
    basic = BasicTokenizer()
    dropped = [c for c in EVERY if c in (0, 0xFFFD) or utils._is_control(chr(c))]
    gone = set(dropped)
    blanks = [c for c in EVERY if c not in gone and (utils._is_whitespace(chr(c)) or chr(c).isspace())]
    print_ranges("SLOW_DROPPED", "cleaned away", dropped)
    print_ranges("SLOW_BLANK", "cleaned to a blank, or what split() cuts at", blanks)
    print_ranges("SLOW_CHINESE", "gets blanks around it", [c for c in EVERY if basic._is_chinese_char(c)])
    print_ranges("SLOW_PUNCTUATION", "a word of its own", [c for c in EVERY if utils._is_punctuation(chr(c))])
    marks = [c for c in EVERY if unicodedata.category(chr(c)) == "Mn"]
    marked = set(marks)
    print_ranges("SLOW_MARK", "dropped with the accents", marks)
    syllables = range(0xAC00, 0xD7A4)
    parts = {c: [ord(t) for t in basic._run_strip_accents(chr(c))] for c in EVERY if c not in syllables}
    print_maps("SLOW_PARTS", "canonical decomposition without marks, filled up with 0; Hangul syllables are computed",
               {c: to for c, to in parts.items() if to != [c] and c not in marked})
    lowered = {c: [ord(t) for t in chr(c).lower()] for c in EVERY if chr(c).lower() != chr(c)}
    assert all("".join(map(chr, to)).lower() == "".join(map(chr, to)) for to in lowered.values())
    print_maps("SLOW_LOWER", "lower case", lowered)
    print_ranges("SLOW_MARK_STARTER", "dropped with the accents, and of combining class 0",
                 [c for c in marks if not unicodedata.combining(chr(c)) and unicodedata.normalize("NFD", chr(c)) == chr(c)])
    print_maps("SLOW_CLASS", "combining class of what is above class 0 and not dropped with the accents",
               {c: [unicodedata.combining(chr(c))] for c in EVERY
                if unicodedata.combining(chr(c)) and c not in marked})


def byte_level():
    need("tokenizers", "0.13.3")
    print(HEADER.format("tokenizers 0.13.3"))
    split = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    joins = lambda first: [c for c in EVERY if len(split(first + chr(c))) == 1]
    letters, numbers, others = joins("a"), joins("1"), joins("!")
    print_ranges("BYTE_LETTER", "\\p{L}", letters)
    print_ranges("BYTE_NUMBER", "\\p{N}", numbers)
    print_ranges("BYTE_SPACE", "\\s", sorted(set(EVERY) - set(letters) - set(numbers) - set(others)))
    assert len(set(letters) | set(numbers) | set(others)) == len(letters) + len(numbers) + len(others)


HEADER = "/* Made by tools/make-unicode-tables.py from {}: do not edit. Ranges are inclusive and ascending. */"
{"text": text, "wordpiece": wordpiece, "bytes": byte_level, "slow": slow}[sys.argv[1]]()
