"""What tools/same-results lets both builds do: a table of runs, and functions for all that is more than a run."""

import csv
import json
import random
import shutil
import signal
import struct
import time
from pathlib import Path

BOTH = "losses={itc: {beta: 0.1, projection_width: 16}, itm: {beta: 0.1}}"
HARD = "losses={itc: {beta: 0.1, projection_width: 16}, itm: {beta: 0.2, negatives: hard}}"
AGAIN = "losses={itc: {beta: 0.1, temperature: fixed}, itm: {beta: 0.2, second_pass: true}}"
NONE = "data.file=posts/none.csv"
RESNET = "model.image={encoder: resnet50, weights: random, config: $TINY/resnet50}"
IMAGES = {"deit": "wide/deit", "beit": "beit", "dinov2": "models/dinov2", "resnet50": "wide/resnet", "vit": "models/vit"}
TEXTS = {"bert": "models/bert", "roberta": "text_encoders/roberta", "bertweet": "text_encoders/bertweet", "bernice": "text_encoders/bernice"}


def joint(options):
    return f"model={{text: null, image: null, fusion: null, joint: {{weights: random, max_length: 24, {options}}}}}"


VILT = joint("encoder: vilt, config: $TINY/vilt")
MMBT = joint("encoder: mmbt, config: $TINY/mmbt, image_weights: random, image_config: $TINY/mmbt-image")
LXMERT = joint("encoder: lxmert, config: $TINY/lxmert, features: posts/regions.safetensors")
LABELS = ["data={file: posts/labels.csv, label_columns: [adds, long, rare]}", "objective=bce"]

# Runs of the base spec (see BASE) with further settings. Each is followed by predict, extract and export.
RUNS = {
    **{f"fusion-{name}": [f"model.fusion={name}", BOTH] for name in ("attention", "concat", "gmu", "aspect-att")},
    **{f"fusion-{name}": [f"model.fusion={name}", RESNET, BOTH] for name in ("xatt", "concat_cnn")},
    "fusion-aspect-att-defects": ["model.fusion={strategy: aspect-att, reference_defects: true}"],
    "fusion-xatt-defects": ["model.fusion={strategy: xatt, bottleneck: 4, reference_defects: true}", RESNET, AGAIN],
    "reference-attention": ["backend=reference", BOTH],
    "reference-concat": ["backend=reference", "model.fusion=concat", HARD],
    "reference-xatt": ["backend=reference", "model.fusion=xatt", RESNET, "data.subset=20"],
    "reference-fp64": ["backend=reference", "precision=fp64", BOTH, "data.subset=20"],
    "reference-vilt": ["backend=reference", VILT, BOTH, "data.subset=20"],
    "bf16": ["precision=bf16", BOTH], "bf16-frozen": ["precision=bf16", "model.image.frozen=true"],
    "threads-2": ["threads=2", BOTH, "train.batch=24"],
    "loss-bce": [*LABELS, "train.metric=f1_micro", "train.select=best", "losses={itc: {beta: 0.1, projection_width: 8}}"],
    "loss-bce-unweighted": [*LABELS, "objective.class_weights=none"],
    "loss-bce-words": ["data={file: posts/words.jsonl, label_separator: ;, labels: [adds, long, rare]}", "objective=bce"],
    "loss-correction": ["data.file=posts/binary.csv", "objective=loss_correction", BOTH],
    "loss-cross_entropy-weights": ["objective.average=weights"],
    "loss-cross_entropy-none": ["objective.class_weights=none"],
    "loss-itc": ["losses={itc: {beta: 0.3}}"], "loss-itc-fixed": ["losses={itc: {temperature: fixed}}"],
    "loss-itm": ["losses={itm: {beta: 0.3}}"], "loss-itm-hard": [HARD], "loss-itm-again": [AGAIN],
    "loss-iadds": ["data={loader: tir, root: posts/raw/tir, file: null, images: null, task: text_is_represented}",
                   "losses={iadds: {beta: 0.25}, itc: {projection_width: 8}, itm: {negatives: hard}}"],
    "joint-vilt": [VILT, BOTH], "joint-mmbt": [MMBT, BOTH], "joint-lxmert": [LXMERT, BOTH],
    "joint-vilt-again": [VILT, AGAIN], "joint-vilt-parts": [VILT, "train.micro_batch=4"],
    "joint-vilt-frozen": [VILT, "model.joint.frozen=true"], "joint-lxmert-parts": [LXMERT, "train.micro_batch=4"],
    "joint-mmbt-defects": [MMBT, "model.joint.reference_defects=true", AGAIN],
    "joint-mmbt-freeze": [MMBT, "model.joint.freeze_until=layer4"],
    **{f"joint-missing-{name}": [spec, NONE, "data.missing_image=learned", BOTH, "train.image_dropout=0.2"]
       for name, spec in (("vilt", VILT), ("mmbt", MMBT), ("lxmert", LXMERT))},
    "joint-missing-blank": [VILT, NONE, "data.missing_image=blank"],
    "joint-weights-vilt": [joint("encoder: vilt").replace("random", "$GOLDEN/joint/vilt").replace("24", "12")],
    "joint-weights-mmbt": [joint("encoder: mmbt, image_weights: $GOLDEN/joint/mmbt/resnet")
                           .replace("random", "$GOLDEN/joint/mmbt/bert").replace("24", "12")],
    **{f"text-{name}": [f"model.text={{encoder: {name}, weights: $GOLDEN/{folder}, config: null}}", BOTH] for name, folder in TEXTS.items()},
    **{f"image-{name}": [f"model.image={{encoder: {name}, weights: $GOLDEN/{folder}, config: null}}", "losses={itm: {}}", "train.epochs=1",
                         f"model.fusion={'concat_cnn' if name == 'resnet50' else 'attention'}"]
       for name, folder in IMAGES.items() if name != "beit"},
    "image-beit": ["model.image={encoder: beit, config: $TINY/beit}"],
    "image-resnet152": ["model.image={encoder: resnet152, config: $TINY/resnet152}", "model.fusion=concat_cnn", "train.epochs=1"],
    "image-file": ["model.image={encoder: resnet50, weights: $GOLDEN/torch/models/resnet.pth, config: $GOLDEN/wide/resnet}",
                   "model.fusion=concat_cnn"],
    "alone-text": ["model={image: null, fusion: null}"], "alone-image": ["model={text: null, fusion: null}"],
    "alone-attends": ["model={text: null, fusion: null}", "model.image={encoder: resnet50, config: $TINY/resnet50, conv_attention: true}"],
    "two-pass": ["train.micro_batch=3", BOTH], "two-pass-hard": ["train.micro_batch=4", "model.fusion=concat", HARD],
    "two-pass-again": ["train.micro_batch=1", "model.fusion=gmu", AGAIN, "train.clip=0.05"],
    "two-pass-frozen": ["train.micro_batch=4", "model={text: {freeze_until: encoder.layer.0}, image: {frozen: true}}", BOTH],
    "two-pass-missing": ["train.micro_batch=3", NONE, "data.missing_image=learned", "train.image_dropout=0.3", BOTH],
    "two-pass-defects": ["train.micro_batch=4", "model.fusion={strategy: xatt, reference_defects: true}",
                         RESNET.replace("}", ", frozen: true}"), AGAIN],
    "parts": ["train.micro_batch=3"], "parts-reference": ["train.micro_batch=3", "backend=reference", BOTH],
    **{f"missing-{how}": [NONE, f"data.missing_image={how}", BOTH] for how in ("skip", "blank", "learned")},
    "missing-picture": [NONE, "data={missing_image: blank, empty_image: posts/empty.jpg}"],
    "missing-picture-frozen": [NONE, "data={missing_image: blank, empty_image: posts/empty.jpg}", "model.image.frozen=true"],
    "missing-learned-frozen": [NONE, "data.missing_image=learned", "model.image.frozen=true"],
    "missing-learned-dropped": ["data.missing_image=learned", "train.image_dropout=0.3"],
    **{f"bad-image-{how}": ["data.file=posts/bad.csv", f"data.on_bad_image={how}", BOTH] for how in ("skip", "blank", "learned")},
    "bad-image-mixed": ["data={file: posts/bad.csv, on_bad_image: skip, missing_image: learned}", "model.image.frozen=true"],
    "frozen": ["model.image.frozen=true", BOTH], "frozen-uncached": ["model.image.frozen=true", "cache.features=false", BOTH],
    "frozen-both": ["model={text: {frozen: true}, image: {frozen: true}, fusion: concat}", BOTH],
    "freeze-until": ["model.text.freeze_until=encoder.layer.0", "model.image.freeze_until=embeddings", BOTH],
    "groups": ['train={epochs: 3, groups: [{match: "text.*", frozen: 2 epochs, learning_rate: 1e-4}, {match: "image.embeddings.*", '
               'frozen: yes}, {match: "head.*", weight_decay: 0.1}]}', "checkpoint.keep=all"],
    "averaging-ema": ["train={averaging: ema, averaging_decay: 0.9, select: best}", BOTH],
    "averaging-mean": ["train={averaging: mean, averaging_from: 2, epochs: 3}", "checkpoint.keep=all"],
    **{f"defects-{name}": [f"train.reference_defects=[{name}]", "model.image.frozen=true", BOTH]
       for name in ("train_mode_once", "frozen_in_train_mode", "unshuffled", "batch_mean_loss")},
    "defects-resnet": ["train.reference_defects=[train_mode_once, frozen_in_train_mode]", RESNET.replace("}", ", frozen: true}"),
                       "model.fusion=concat_cnn"],
    "schedule-linear": ["train={schedule: linear, warmup: 0.2, clip: 0.5, decay_exclusions: true, weight_decay: 0.1}",
                        "outputs=reference", "reference_task=2"],
    "schedule-cosine": ["train={schedule: cosine, epochs: 4, patience: 1, select: best, metric: f1_macro}", "evaluate.batch=5"],
    "evaluate-every": ["train.epochs=3", "evaluate={every: 2, splits: [val]}", "checkpoint.keep=best"],
    "splits-drawn": ["data={file: posts/accounts.csv, account: account, split_column: null, split: {group: account, seed: 3}}"],
    "splits-fractions": ["data={file: posts/accounts.csv, split_column: null, subset: 30, split: {fractions: [0.6, 0.2, 0.2], stratify: false}}"],
    "labels-shuffled": ["data.shuffle_labels=all", "data.subset=40"],
    "texts-as-they-are": ["model.text.normalise=none"], "other-seeds": ["seeds=[3, 4]", BOTH],
    **{f"loader-{form}": [f"data={{loader: {form.split('-')[0]}, root: posts/raw/{form}, file: null, images: null}}", "train.epochs=1"]
       for form in ("mvsa", "mvsa-multiple", "tir", "mhp", "micd", "msd", "mvsa-key", "tir-key", "mhp-key", "msd-key")},
    "loader-synthetic": ["data={loader: synthetic, count: 80, seed: 2, file: null, images: null}", "train.epochs=1"],
}
BASE = """name: base
data: {{loader: table, file: posts/posts.csv, images: posts/images}}
model:
  text: {{encoder: bert, weights: random, config: {0}/quickstart/tiny-bert, max_length: 16, hidden_dropout: 0.1, attention_dropout: 0.1}}
  image: {{encoder: vit, weights: random, config: {0}/quickstart/tiny-vit}}
  fusion: attention
train: {{epochs: 2, batch: 8, learning_rate: 1e-3}}
evaluate: {{splits: [train, val, test]}}
backend: cpu
threads: 1
"""
SWEEP = """extends: base.yml
name: grid
seeds: [0, 1]
train: {epochs: 1}
sweep:
  axes:
    model.fusion: [concat, attention]
    losses: {none: {}, C+M: {itc: {}, itm: {}}}
  exclude: [{model.fusion: concat, losses: none}]
"""


def draw_posts(side, case):
    """Posts of every layout, and tables made from them: without images, with bad ones, other labels, accounts, regions."""
    (side.folder / "base.yml").write_text(BASE.format(side.checkout / "experiments"))
    (side.folder / "grid.yml").write_text(SWEEP)
    side.auxfuse("data", "synth", "posts", "--count", "84", "--seed", "1")
    for form in ("mvsa", "mvsa-multiple", "tir", "mhp", "micd", "msd", "mvsa-key", "tir-key", "mhp-key", "msd-key"):
        side.auxfuse("data", "synth", f"posts/raw/{form}", "--count", "80", "--seed", "3", "--format", form)
    posts = side.folder / "posts"
    rows = list(csv.DictReader((posts / "posts.csv").open(newline="")))
    first = sorted({row["label"] for row in rows})[0]

    def table(name, change, leave=()):
        with (posts / name).open("w", newline="") as file:
            changed = [{k: v for k, v in {**row, **change(i, row)}.items() if k not in leave} for i, row in enumerate(rows)]
            writer = csv.DictWriter(file, changed[0])
            writer.writeheader()
            writer.writerows(changed)

    marks = [{"adds": int(row["label"] == first), "long": int(len(row["text"]) > 60), "rare": int(i % 7 == 0)} for i, row in enumerate(rows)]
    shutil.copy(posts / "images" / rows[5]["image"], posts / "empty.jpg")
    (posts / "images/broken.jpg").write_text("not an image")
    table("none.csv", lambda i, row: {"image": "" if i % 3 == 0 else row["image"]})
    table("bad.csv", lambda i, row: {"image": "broken.jpg" if i % 5 == 1 else "gone.jpg" if i % 11 == 2 else "" if i % 13 == 4 else row["image"]})
    table("labels.csv", lambda i, row: marks[i], ["label"])
    table("binary.csv", lambda i, row: {"label": marks[i]["adds"]})
    table("accounts.csv", lambda i, row: {"account": f"@{i * i % 17}"})
    table("test.csv", lambda i, row: {}, ["split", "label"])
    with (posts / "words.jsonl").open("w") as file:
        file.writelines(json.dumps({**row, "label": ";".join(k for k in marks[i] if marks[i][k])}) + "\n" for i, row in enumerate(rows))
    files = sorted(path.name for path in (side.old / "tests/golden/images/files").iterdir())
    with (posts / "images.csv").open("w") as file:
        file.write("id,text,label,split,image\n" + "".join(f"{i},t,{i % 2},train,{name}\n" for i, name in enumerate(files)))
    ids, dice = [row["id"] for row in rows], random.Random(1)
    header, data = {"__metadata__": {"ids": "\n".join(ids)}}, b""
    for name, width in (("features", 16), ("boxes", 4)):
        block = struct.pack(f"<{len(ids) * 4 * width}f", *(dice.uniform(0, 1) for _ in range(len(ids) * 4 * width)))
        header[name] = {"dtype": "F32", "shape": [len(ids), 4, width], "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    (posts / "regions.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def run_and_apply(settings):
    def case(side, case):
        side.apply(case, side.run(case, *settings, more=("--trace", f"{case}/trace")))
    return case


def two_inputs(path):
    return path.stem not in ("bernice", "bert", "vit", "resnet152", "minilm-text")


def tiny(folder):
    """Every experiment of a folder, in its tiny version."""
    def case(side, case):
        for path in sorted((side.checkout / "experiments" / folder).glob("*.yml")):
            if "\nsweep:" not in path.read_text():
                losses = ["$EXP/losses/itc-itm.yml"] if two_inputs(path) else []
                side.run(case, "outputs=reference", spec=[str(path), *losses], more=["--tiny"])
    return case


def quickstart(spec, *settings):
    def case(side, case):
        side.apply(case, side.run(case, *settings, spec=[f"$EXP/quickstart/{spec}.yml"]))
    return case


def mvsa(data):
    def case(side, case):
        side.apply(case, side.run(case, f"data.root={data}/mvsa-single", "data.subset=240", "train.epochs=2",
                                  spec=["$EXP/mvsa/minilm-dinov2-attention.yml"]))
    return case


def real_data(data):
    """The published folders, as far as they are there: what is read, and what is found in it."""
    def case(side, case):
        for name, *settings in (("mvsa",), ("tir",), ("tir", "reference_defects=true"), ("micd", "missing_text=empty"), ("msd",)):
            changes = [word for setting in settings for word in ("-s", setting)]
            root = f"{data}/{'mvsa-single' if name == 'mvsa' else name}"
            side.auxfuse("data", "prepare", name, root, f"{case}/{'-'.join((name, *settings))}", *changes)
        side.auxfuse("data", "check", "--loader", "mvsa", "-s", f"data.root={data}/mvsa-single", "--json", output=f"{case}/check.json")
        for name, folder in TEXTS.items():
            for how in ("tweet", "none"):
                side.auxfuse("extract", "base.yml", "--what", "first", "--side", "text", "--output", f"{case}/{name}-{how}.safetensors", "-s",
                             f"data={{loader: mvsa, root: {data}/mvsa-single, file: null, images: null}}", "-s",
                             f"model.text={{encoder: {name}, weights: $GOLDEN/{folder}, config: null, normalise: {how}}}")
    return case


def layouts(side, case):
    """data prepare and data check of each layout."""
    for folder in sorted((side.folder / "posts/raw").iterdir()):
        name, root = folder.name.split("-")[0], f"posts/raw/{folder.name}"
        side.auxfuse("data", "prepare", name, root, f"{case}/{folder.name}", "--seed", "5")
        side.auxfuse("data", "check", "--loader", name, "-s", f"data.root={root}", "--json", output=f"{case}/{folder.name}.json")
    side.auxfuse("data", "prepare", "tir", "posts/raw/tir", f"{case}/task", "-s", "task=image_adds", "--stratify")
    side.auxfuse("data", "check", "base.yml", "-s", "data.file=posts/bad.csv", "--json", output=f"{case}/bad.json")
    side.auxfuse("data", "check", "base.yml", "-s", "data.file=posts/bad.csv", "--strict", "--no-images", code=0)


def images(side, case):
    """Odd and broken pictures: what the image encoders make of each."""
    table = ["-s", "data={file: posts/images.csv, images: $GOLDEN/images/files, on_bad_image: blank}"]
    for name, setting in (("vit", "threads=1"), ("resnet", RESNET), ("crop", RESNET.replace("}", ", transform: crop}")),
                          ("dinov2", "model.image={encoder: dinov2, config: $TINY/dinov2}")):
        side.auxfuse("extract", "base.yml", "--what", "pooled", "--output", f"{case}/{name}.safetensors", *table, "-s", setting)
    side.auxfuse("data", "check", "base.yml", *table, "--json", output=f"{case}/check.json")


def features(side, case):
    """Features of another program in an image's place: extract writes them, an encoder reads them."""
    side.auxfuse("extract", "base.yml", "--what", "rows,pooled", "--output", f"{case}/rows.safetensors", "--seed", "3")
    read = f"model.image={{encoder: features, features: {case}/rows.safetensors, weights: null, config: null}}"
    run = side.run(case, read, BOTH)
    side.apply(case, run)
    side.auxfuse("extract", run, "--what", "pooled", "--side", "text", "--split", "val,train", "--output", f"{case}/text.safetensors")
    side.auxfuse("extract", run, "--what", "first", "--data", "posts/test.csv", "--images", "posts/images", "--output", f"{case}/first.safetensors")
    words = [f"{id},post {id},{i % 2},{'train' if i < 5 else 'test'}\n" for i, id in enumerate(("00", "01", "02", "03", "10", "11", "12", "20"))]
    (side.folder / case / "eight.csv").write_text("id,text,label,split\n" + "".join(words))
    side.run(case, f"data={{file: {case}/eight.csv, images: null}}", read.replace(f"{case}/rows.safetensors", "$GOLDEN/joint/lxmert/feats"),
             "name=files", "evaluate.splits=[test]")


def cached(side, case):
    """Features of a frozen tower: the first run writes the cache, the others read it."""
    for rate in ("1e-3", "2e-3"):
        side.run(case, f"cache.folder={case}/cache", "model.image.frozen=true", f"train.learning_rate={rate}")
    side.run(case, f"cache.folder={case}/cache", "model.image.frozen=true", "model.fusion=concat")


def weights(side, case):
    folders = [*(f"$GOLDEN/{folder}" for folder in (*TEXTS.values(), "joint/vilt", "joint/lxmert", "models/vit", "wide/resnet")),
               *(str(path) for path in sorted((side.old / "models").glob("*")))]
    for i, folder in enumerate(folders):
        side.auxfuse("weights", folder, "--json", output=f"{case}/{i}.json")


LONG = ("train.epochs=6", "checkpoint.every=2 steps", "train.averaging=ema", "train.select=best", BOTH)


def stopped(old_begins):
    """Stopped at a step, which leaves a state, and finished; begun by OLD's build, where that is asked for."""
    def case(side, case):
        build = side.old / "build/release/bin/auxfuse" if old_begins else None
        run = side.run(case, *LONG, more=("--stop-after", "13"), build=build)
        if not old_begins:
            shutil.copytree(side.folder / run, side.folder / case / "state")
        side.apply(case, side.run(case, *LONG))
        side.auxfuse("predict", f"{case}/export", "--data", "posts/test.csv", "--images", "posts/images", output=f"{case}/export.csv")
        with (side.folder / "posts/test.csv").open(newline="") as table:
            lines = "".join(json.dumps(row) + "\n" for row in csv.DictReader(table))
        side.auxfuse("predict", run, "-", "--images", "posts/images", lines=lines, output=f"{case}/lines.jsonl")
    return case


def ended_by(number):
    """Ended by a signal in its second epoch or later, and finished by the same command."""
    def case(side, case):
        process = side.start("run", "base.yml", "-q", "-s", f"output={case}/runs", *(w for s in LONG for w in ("-s", s)))
        runs, end = side.folder / case / "runs", time.monotonic() + 600
        while not any("\n2,train" in path.read_text() for path in runs.glob("*/*/*/metrics.csv")):
            if process.poll() is not None or time.monotonic() > end:
                break
            time.sleep(0.01)
        process.send_signal(number)
        said = process.communicate()[1]
        if process.returncode != (130 if number == signal.SIGINT else -number):
            side.fail(f"exit code {process.returncode} after signal {number}: {said}")
        side.run(case, *LONG)
        for path in runs.glob("*/*/*/events*"):  # these tell of two starts
            path.unlink()
    return case


def sweep(side, case):
    where = ("-s", f"output={case}/runs")
    side.auxfuse("sweep", "grid.yml", *where, "--dry-run", output=f"{case}/plan.txt")
    side.auxfuse("sweep", "grid.yml", *where, "-j", "2", output=f"{case}/first.txt")
    side.auxfuse("sweep", "grid.yml", *where, "--json", output=f"{case}/again.json")
    side.auxfuse("sweep", "base.yml", *where, "-s", "name=curve", "-s", "sweep.axes.data.subset=[20, 40, null]", output=f"{case}/curve.txt")
    runs = f"{case}/runs/grid"
    for name, *words in (("table.txt",), ("table.csv", "--csv"), ("table.tex", "--latex"), ("table.json", "--json"),
                         ("macro.txt", "--metric", "f1_macro"), ("val.txt", "--split", "val", "--metric", "accuracy"), ("safe.csv", "--safe-csv"),
                         ("two.txt", "--rows", "model.fusion", "--cols", "losses"), ("baseline.txt", "--baseline", "concat C+M")):
        side.auxfuse("compare", runs, *words, output=f"{case}/{name}")
    side.auxfuse("runs", f"{case}/runs", "--json", output=f"{case}/runs.json")
    side.auxfuse("sweep", "$EXP/mvsa/bernice-vit-attention.yml", "$EXP/losses/all.yml", *where, "--tiny", "-j", "2", output=f"{case}/tiny.txt")


def all_cases(data, models, quick, experiments):
    """(name, function of side and name) of each case; the first draws the posts of the others."""
    yield "posts", draw_posts
    short = ("data.count=200", "train.epochs=1") if quick else ()
    for spec in ("attention", "attention-itc-itm"):
        yield f"quickstart-{spec}", quickstart(spec, *short)
    if not quick and models:
        yield "mvsa-minilm-dinov2", mvsa(data)
    bf16 = "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    for name, settings in RUNS.items():
        if bf16 or not name.startswith("bf16"):
            yield name, run_and_apply(settings)
    for folder in sorted({path.parent.name for path in experiments.glob("*/*.yml") if "\nname:" in path.read_text()} - {"quickstart"}):
        if not quick or folder in ("mvsa", "tir"):
            yield f"tiny-{folder}", tiny(folder)
    yield from (("layouts", layouts), ("images", images), ("features", features), ("cached", cached), ("weights", weights),
                ("stopped", stopped(False)), ("begun-by-old", stopped(True)), ("killed", ended_by(signal.SIGKILL)),
                ("interrupted", ended_by(signal.SIGINT)), ("sweep", sweep))
    if not quick:
        yield "real-data", real_data(data)
