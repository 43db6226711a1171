"""Makes tests/fuzz/seeds: a few small inputs a target, from the golden files and by hand. Standard library alone."""
import json
import shutil
import struct
import zipfile
from pathlib import Path

root = Path(__file__).resolve().parents[2] / "tests"
golden, seeds = root / "golden", root / "fuzz" / "seeds"


def put(target, name, content):
    folder = seeds / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def copies(target, folder, pattern, largest=4096):
    for path in sorted((golden / folder).glob(pattern)):
        if path.is_file() and path.stat().st_size <= largest:
            put(target, path.name, path.read_bytes())


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def sentencepiece(kind, charsmap=b""):
    pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("\u2581lower", -3, 1), ("\u2581", -2, 1), ("low", -4, 1),
              ("er", -5, 1), ("l", -6, 1), ("o", -6, 1), ("w", -6, 1), ("e", -6, 1), ("r", -6, 1), ("#", -7, 1)]
    model = b""
    for text, score, what in pieces:
        model += field(1, field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + b"\x18" + bytes([what]))
    trainer = b"\x18" + bytes([kind]) + b"\x20" + varint(len(pieces))
    return model + field(2, trainer) + field(3, field(1, b"nmt_nfkc") + (field(2, charsmap) if charsmap else b""))


shutil.rmtree(seeds, ignore_errors=True)
copies("torch", "torch", "*.pt")
for path in sorted((golden / "torch").glob("*.pt")):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            put("pickle", path.stem + ".pkl", archive.read(name)[:4096])
copies("safetensors", "torch", "*.safetensors", 1024)
copies("npy", "torch", "*.npy")
put("index", "two.json", json.dumps({"metadata": {"total_size": 4}, "weight_map": {"t": "a.safetensors"}}))
put("index", "absent.json", json.dumps({"weight_map": {"t": "a.safetensors", "u": "b.safetensors"}}))
put("index", "outside.json", json.dumps({"weight_map": {"t": "../a.safetensors"}}))
copies("image", "images/files", "*.jpg")
copies("image", "images/files", "*.png")
for path in sorted(golden.glob("*/**/*config.json")):
    put("config", "-".join(path.relative_to(golden).with_suffix("").parts) + ".json", path.read_bytes())
put("wordpiece", "vocab", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nun\n##believ\n##able\n,\n1\n##2\n##3\ne\n##te\n\u4f60\n#\nx\n"
    "\0Hello, unbelievable 12 \u00e9t\u00e9 [MASK]")
put("wordpiece", "crlf", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nhello\r\nhello\r\n\r\n##\r\n")
put("bpe", "small", "hel@@ 10\nlo 9\nworld, 8\nlow@@ 7\ner 6\n<mask> 1\n\0h e 20\nhe l 10\nl o</w> 9\nw o 4\no w 3\nlo w 2\n")
bpe = golden / "bpe"
put("bpe", "golden", b"\n".join((bpe / "vocab.txt").read_bytes().split(b"\n")[:80]) + b"\n\0"
    + b"\n".join((bpe / "bpe.codes").read_bytes().split(b"\n")[:120]) + b"\n")
words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "H", "e", "l", "o", "w", "r", "d", "\u0120", "\u0120w", "lo", "low", "er",
         "lower", "!", "\u00c3", "\u00a9"]
put("byte_bpe", "small", json.dumps({word: i for i, word in enumerate(words)})
    + "\0#version: 0.2\nl o\nlo w\ne r\nlow er\n\u0120 w\n")
put("byte_bpe", "escapes", '{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"\\u0120a":4,"a":5,"\\u0120":6}\0#version\n\u0120 a\n')
put("sentencepiece", "unigram", sentencepiece(1))
put("sentencepiece", "bpe", sentencepiece(2))
put("sentencepiece", "charsmap", sentencepiece(1, struct.pack("<III", 8, 0x1000, 0x2000) + b"a\0bc\0"))
put("yaml", "spec", "name: a\nmodel:\n  text: {bert: {weights: random, config: &c ../x}}\n  image: *c\ndata: [1, 2.5e3, 'a b', null, ~]\n"
    "sweep:\n  seed: [1, 2, 3]\n  \"odd key\": |\n    two\n    lines\n")
put("yaml", "anchors", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: *c\n")
put("yaml", "refused", "--- !!tag\n? [a]\n: <<\n...\n")
smallest = sorted((root.parent / "experiments").glob("**/*.yml"), key=lambda p: (p.stat().st_size, p))[:3]
for path in smallest:
    put("yaml", path.name, path.read_bytes()[:4096])
put("csv", "table.csv", 'id,text,label,split,image\n1,"a ""quoted"", text",pos|neg,train,a.jpg\n2,"two\nlines",neg,test,\n')
put("csv", "backslash.csv", 'tweet,label\n"a \\"b\\" c",1\r\n"d"e,0.0\n"open')
put("csv", "posts.jsonl", '{"id":"1","text":"a\\u00e9","label":"pos","split":"dev","image":"1.jpg"}\n{"id":2,"text":null,"label":1}\n')
