#!/usr/bin/env python3
"""Make the golden values of tests/golden/joint: whole models with ViLT and MMBT as joint encoders.

    python tools/golden/joint.py [vilt mmbt]     (transformers 4.25.1, torchvision)

Each folder holds the checkpoints, inputs.safetensors (three batches, one a step) and a file a case: initial.* of what is
in no checkpoint, output.* and grad.* of the first step, loss.PART [3] of each, and after.*, parameters and running
statistics after three steps of AdamW. Parameters have auxfuse's names. Numbers as in tests/golden/wide.
"""

import json
import sys

import torch
import transformers
from torch import nn
from torch.nn import functional as F

from models import (BETAS, ROOT, balanced, bert_config, draw, late_fusion, noise, offsets, padded, ragged_ids, vocabulary,
                    write, write_folder)
import wide
from wide import running, small_resnet, three_steps, write_resnet

wide.NOISE = 1e-4  # the ResNet in training form is deep, and a batch of one post leaves its last norms four values
OUT = ROOT / "tests" / "golden" / "joint"
CLASSES = 3
# Texts a post may get instead of its own, and the labels: four posts, three of them of one length, a batch of one.
PAIRS = [([0, 3, 2, 0], [1, 0, 1, 0]), ([1, 1, 0], [0, 1, 0]), ([0], [1])]


class Itc(nn.Module):
    """CLIP's loss between vectors as they are."""

    def __init__(self):
        super().__init__()
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))

    def forward(self, text, image):
        similarity = self.logit_scale.exp() * F.normalize(text, dim=1, eps=0) @ F.normalize(image, dim=1, eps=0).T
        own = torch.arange(len(similarity))
        return (F.cross_entropy(similarity, own) + F.cross_entropy(similarity.T, own)) / 2


class Vilt(nn.Module):
    """Classifier and matching read the text's first row, contrast that and the row of the image's class token."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, batch, contrast, match):
        def run(texts):
            out = self.encoder(input_ids=batch["ids"][texts], attention_mask=batch["mask"][texts],
                               token_type_ids=torch.zeros_like(batch["ids"]), pixel_values=batch["pixels"],
                               pixel_mask=batch["pixel_mask"]).last_hidden_state
            return out[:, 0], out[:, batch["ids"].shape[1]]

        first, image = run(torch.arange(len(batch["ids"])))
        out = {"fused": first}
        if contrast:
            out.update(contrast_text=first, contrast_image=image)
        if match:
            out["match"] = run(batch["pairs"])[0]
        return out


class Given(nn.Module):
    """In the place of MMBT's image encoder: vectors that were computed before."""

    def forward(self, vectors):
        return vectors[:, None]


class Mmbt(nn.Module):
    def __init__(self, bert, resnet, defects):
        super().__init__()
        self.bert, self.resnet, self.defects = bert, resnet, defects
        config = transformers.MMBTConfig(bert.config, modal_hidden_size=64)
        self.mmbt = transformers.MMBTModel(config, bert, Given())
        self.image_projection = nn.Linear(64, bert.config.hidden_size)

    def vectors(self, pixels):
        return self.resnet.both(pixels)[1]

    def forward(self, batch, contrast, match):
        posts = len(batch["ids"])

        def run(texts, vectors):
            return self.mmbt(vectors, batch["ids"][texts], modal_start_tokens=torch.full((posts,), 2),
                             modal_end_tokens=torch.full((posts,), 3), attention_mask=batch["mask"][texts],
                             token_type_ids=torch.ones_like(batch["ids"]), output_attentions=False,
                             output_hidden_states=False, return_dict=True).pooler_output

        vectors = self.vectors(batch["pixels"])
        out = {"fused": run(torch.arange(posts), vectors)}
        if contrast:
            alone = self.bert(input_ids=batch["ids"], attention_mask=batch["mask"],
                              token_type_ids=torch.zeros_like(batch["ids"])).last_hidden_state[:, 0]
            again = self.vectors(batch["pixels"]) if self.defects else vectors
            out.update(contrast_text=alone, contrast_image=self.image_projection(again))
        if match:
            again = self.vectors(batch["pixels"]) if self.defects else vectors
            out["match"] = out["fused"] if self.defects else run(batch["pairs"], again)
        return out


def total_loss(model, head, losses, batch, class_weights):
    out = model(batch, "itc" in losses, "itm" in losses)
    out["logits"] = head(out["fused"])
    parts = {"cross_entropy": late_fusion.cross_entropy(out["logits"], batch["targets"], class_weights)}
    if "itc" in losses:
        parts["itc"] = losses["itc"](out["contrast_text"], out["contrast_image"])
    if "itm" in losses:
        parts["itm"] = losses["itm"](out["match"], batch["match"])
    betas = {name: BETAS[name] for name in losses}
    total = (1 - sum(betas.values())) * parts["cross_entropy"]
    for name, beta in betas.items():
        total = total + beta * parts[name]
    return total, parts, out


def case(path, model, width, encoder_names, losses, batches, class_weights, buffers):
    """`encoder_names`: parameters of the joint encoder by auxfuse's names, and whether each is in a checkpoint."""
    head = draw(nn.Linear(width, CLASSES))
    modules = {"itc": Itc, "itm": lambda: late_fusion.ItmLoss(width)}
    losses = {name: draw(modules[name]()) for name in losses}
    values = {f".joint.{name}": value for name, (value, _) in encoder_names.items()}
    values.update({f".head.{name}": value for name, value in head.named_parameters()})
    for loss, module in losses.items():
        values.update({f".losses.{loss}.{name}": value for name, value in module.named_parameters()})
    stored = {f".joint.{name}" for name, (_, there) in encoder_names.items() if there}
    tensors = {f"initial{name}": value.detach().clone() for name, value in values.items() if name not in stored}
    history, left = {}, iter(batches)

    def run():
        total, parts, out = total_loss(model, head, losses, next(left), class_weights)
        for name, value in {"total": total, **parts}.items():
            history.setdefault(name, []).append(value.item())
        return total, out

    (_, outputs), grads, after = three_steps(values, run)
    write(path, {**tensors, **{f"output.{name}": value for name, value in outputs.items()},
                 **{f"loss.{name}": torch.tensor(value) for name, value in history.items()},
                 **{f"grad{name}": value for name, value in grads.items()},
                 **{f"after{name}": value for name, value in after.items()},
                 **{f"after.joint.{name}": value for name, value in buffers().items()}})


def write_inputs(folder, batches, class_weights):
    inputs = {"class_weights": class_weights}
    for step, batch in enumerate(batches):
        inputs.update({f"step{step}.ids": torch.cat(batch["texts"]), f"step{step}.offsets": offsets(batch["texts"]),
                       f"step{step}.pixels": torch.cat([image.flatten() for image in batch["images"]]),
                       f"step{step}.height": torch.tensor([image.shape[1] for image in batch["images"]]),
                       f"step{step}.width": torch.tensor([image.shape[2] for image in batch["images"]]),
                       **{f"step{step}.{key}": batch[key] for key in ("targets", "pairs", "match")}})
    write(folder / "inputs.safetensors", inputs)


def make_batch(step, texts, sizes):
    """Images padded below and to the right, as the reference's collate step does."""
    images = [noise(3, *size) for size in sizes]
    height, width = (max(size[side] for size in sizes) for side in (0, 1))
    pixels, pixel_mask = torch.zeros(len(sizes), 3, height, width, dtype=torch.float64), []
    for post, image in enumerate(images):
        pixels[post, :, :image.shape[1], :image.shape[2]] = image
        mask = torch.zeros(height, width, dtype=torch.long)
        mask[:image.shape[1], :image.shape[2]] = 1
        pixel_mask.append(mask)
    ids, mask = padded(texts)
    donors, match = PAIRS[step]
    return {"texts": texts, "images": images, "ids": ids, "mask": mask, "pixels": pixels,
            "pixel_mask": torch.stack(pixel_mask), "targets": torch.randint(0, CLASSES, (len(texts),)),
            "pairs": torch.tensor(donors), "match": torch.tensor(match)}


def make_vilt():
    """Grids of patches beside the table's 3 x 3: 3x2, 1x4, 3x3, 2x1; 4x3, 3x5, 2x2; 1x1."""
    folder = OUT / "vilt"
    model = draw(transformers.ViltModel(transformers.ViltConfig(
        vocab_size=30, hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=12, image_size=24, patch_size=8, pad_token_id=0), add_pooling_layer=False))
    write_folder(folder, model, {"vocab.txt": vocabulary(30), "preprocessor_config.json": json.dumps(
        {"size": 24, "size_divisor": 8, "resample": 3, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, indent=2) + "\n"})
    names = dict(model.named_parameters())
    whole = {f"vilt.{name}": value for name, value in names.items()}
    write(folder / "model.safetensors", {
        **whole, "vilt.pooler.dense.weight": noise(12, 12), "mlm_score.bias": noise(30),
        "vilt.embeddings.text_embeddings.position_ids": torch.arange(12)[None]})
    sizes = [[(24, 16), (8, 32), (24, 24), (16, 8)], [(32, 24), (24, 40), (16, 16)], [(8, 8)]]
    lengths = [[7, 1, 12, 5], [6, 6, 6], [12]]
    batches = [make_batch(step, ragged_ids(lengths[step], 30), sizes[step]) for step in range(3)]
    class_weights = balanced([7, 2, 11])
    write_inputs(folder, batches, class_weights)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    for tag, losses in {"none": [], "CM": ["itc", "itm"]}.items():
        model.load_state_dict(start)
        case(folder / f"{tag}.safetensors", Vilt(model), 12, {name: (value, True) for name, value in names.items()},
             losses, batches, class_weights, dict)


def make_mmbt():
    """ResNet in training form, as the reference trains it."""
    folder = OUT / "mmbt"
    bert = draw(transformers.BertModel(bert_config(
        vocab_size=30, hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=14, type_vocab_size=2)))
    write_folder(folder / "bert", bert, {"vocab.txt": vocabulary(30)})
    resnet, _ = small_resnet()
    write_resnet(folder / "resnet", resnet.state_dict())
    lengths = [[7, 1, 12, 5], [6, 6, 6], [12]]
    batches = [make_batch(step, [torch.randint(4, 30, (length,)) for length in lengths[step]],
                          [(48, 48)] * len(lengths[step])) for step in range(3)]
    batches[0]["texts"][0][2] = 0  # a [PAD] that somebody wrote
    batches[0]["ids"][0, 2] = 0
    class_weights = balanced([7, 2, 11])
    write_inputs(folder, batches, class_weights)
    for tag, losses, defects in (("none", [], False), ("CM", ["itc", "itm"], False), ("defects", ["itc", "itm"], True)):
        torch.manual_seed(7)
        model = Mmbt(bert, resnet, defects)
        draw(model.mmbt.modal_encoder.proj_embeddings)
        draw(model.image_projection)
        start = {name: value.clone() for name, value in model.state_dict().items()}
        resnet.train()
        names = {name: (value, True) for part in (bert, resnet) for name, value in part.named_parameters()
                 if not name.startswith("fc.")}
        new = {"modal_encoder.proj_embeddings": model.mmbt.modal_encoder.proj_embeddings}
        if losses:
            new["image_projection"] = model.image_projection
        for layer, module in new.items():
            names.update({f"{layer}.{name}": (value, False) for name, value in module.named_parameters()})
        case(folder / f"{tag}.safetensors", model, 12, names, losses, batches, class_weights, lambda: running(resnet))
        model.load_state_dict(start)


MAKERS = {"vilt": make_vilt, "mmbt": make_mmbt}


def main():
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or MAKERS:
        torch.manual_seed(sum(map(ord, name)))
        MAKERS[name]()


if __name__ == "__main__":
    main()
