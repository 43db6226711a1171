"""Posts for PyTorch: tables, pixels, towers from Hugging Face folders, and a frozen image tower's features in a file."""

import csv
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

FEATURE_FORMAT = 1


def read_posts(path):
    """{id: row} of the table, with the label as a class index in the order of the sorted labels; -> (posts, classes)."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    key = "id" if "id" in rows[0] else "tweet_id"
    numeric = all(row["label"].lstrip("-").isdigit() for row in rows)
    labels = sorted({row["label"] for row in rows}, key=int if numeric else str)
    for row in rows:
        row["class"] = labels.index(row["label"])
    return {row[key]: row for row in rows}, len(labels)


def balanced_weights(posts, classes):
    """n / (K * count) of each class over the train posts."""
    counts = np.bincount([row["class"] for row in posts.values() if row["split"] == "train"], minlength=classes)
    return torch.tensor(counts.sum() / (classes * counts), dtype=torch.float32)


def pixels(path, recipe):
    """Shortest side to a size, centre crop, scale, normalise: [3, H, W]; as the encoder's preprocessor_config.json says."""
    image = Image.open(path).convert("RGB")
    width, height = image.size
    if "shortest_edge" in recipe["size"]:
        short = recipe["size"]["shortest_edge"]
        size = (short, int(short * height / width)) if width <= height else (int(short * width / height), short)
    else:
        size = (recipe["size"]["width"], recipe["size"]["height"])
    image = image.resize(size, recipe["resample"])
    if recipe.get("do_center_crop"):
        crop_width, crop_height = recipe["crop_size"]["width"], recipe["crop_size"]["height"]
        left, top = (size[0] - crop_width) // 2, (size[1] - crop_height) // 2
        image = image.crop((left, top, left + crop_width, top + crop_height))
    array = np.asarray(image, dtype=np.float32) * np.float32(recipe["rescale_factor"])
    array = (array - np.float32(recipe["image_mean"])) / np.float32(recipe["image_std"])
    return torch.from_numpy(array).permute(2, 0, 1)


def load_tower(folder, **options):
    """The encoder in `folder` in fp32; options change its configuration. (Eager attention: never slower on short texts.)"""
    from transformers import AutoModel
    return AutoModel.from_pretrained(folder, attn_implementation="eager", **options).float()


def tokenise(folder, texts, max_length=128, normalise=True):
    """Token ids of each text with the tokenizer in `folder`, normalised as tweets before, as BERTweet does it."""
    from transformers import AutoTokenizer, BertweetTokenizer
    if normalise:
        with tempfile.TemporaryDirectory() as empty:  # the normaliser needs no vocabulary, its class wants files
            vocabulary, merges = Path(empty, "vocab.txt"), Path(empty, "bpe.codes")
            vocabulary.write_text("")
            merges.write_text("#version\n")
            tweets = BertweetTokenizer(str(vocabulary), str(merges))
        if tweets.demojizer is None:
            raise SystemExit("the package emoji is missing: pip install -r tools/reference/requirements.txt")
        texts = [tweets.normalizeTweet(text) for text in texts]
    return AutoTokenizer.from_pretrained(folder)(texts, truncation=True, max_length=max_length)["input_ids"]


def pad(tokens):
    """Lists of ids, padded to the longest: (ids, mask)."""
    ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in tokens], batch_first=True)
    lengths = torch.tensor([len(row) for row in tokens])
    return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).long()


class Features:
    """Rows and pooled vector of each post's image from an image tower in evaluation mode; computed when first asked for.

    `pattern` is the path of an image with {id} in it. `fill` computes all of a list at once and keeps them in a file.
    """

    def __init__(self, tower, pattern, batch=16):
        self.tower, self.pattern, self.batch = tower, str(Path(pattern).resolve()), batch
        self.known, self.model = {}, None
        self.recipe = json.loads((tower / "preprocessor_config.json").read_text())

    def __call__(self, ids):
        """-> rows [B, R, D], pooled [B, D]"""
        missing = [post for post in dict.fromkeys(ids) if post not in self.known]
        for start in range(0, len(missing), self.batch):
            self.compute(missing[start:start + self.batch])
        rows, pooled = zip(*(self.known[post] for post in ids))
        return torch.stack(rows), torch.stack(pooled)

    def compute(self, ids):
        if self.model is None:
            self.model = load_tower(self.tower).eval()
        with torch.inference_mode():
            out = self.model(pixel_values=torch.stack([pixels(self.pattern.format(id=post), self.recipe) for post in ids]))
        with torch.no_grad():  # clones made outside inference mode may take part in a backward pass
            rows, pooled = out.last_hidden_state.clone(), out.pooler_output.clone()
        self.known.update(zip(ids, zip(rows, pooled)))

    def fill(self, ids, path):
        """All of `ids`, from the file `path` where it fits them and the tower; otherwise computed, and written there."""
        ids, key = list(dict.fromkeys(ids)), self.key()
        if path.exists():
            stored = torch.load(path, mmap=True)
            if stored["key"] == key and set(ids) <= set(stored["ids"]):
                self.known.update(zip(stored["ids"], zip(stored["rows"], stored["pooled"])))
                return
        for start in range(0, len(ids), self.batch):
            self(ids[start:start + self.batch])
            if sys.stderr.isatty():
                print(f"\rimage features {min(start + self.batch, len(ids))}/{len(ids)}", end="", file=sys.stderr, flush=True)
        print(f"\rimage features of {len(ids)} posts computed", file=sys.stderr)
        rows, pooled = self(ids)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        torch.save({"key": key, "ids": ids, "rows": rows, "pooled": pooled}, part)
        part.replace(path)

    def key(self):
        """What the features depend on, but for the pictures themselves."""
        digest = hashlib.sha256(f"{FEATURE_FORMAT} {self.pattern}".encode())
        for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
            digest.update((self.tower / name).read_bytes())
        return digest.hexdigest()
