#!/usr/bin/env python3
"""Make the golden values of whole late models with the further fusions, and with a pooler that the checkpoint lacks.

    python tools/golden/late_wide.py          (transformers 4.25.1, torchvision; after models.py late and wide.py resnet)

Adds gmu-CMI, aspect-att-CM, concat_cnn-CM, xatt-CM, xatt-pads-CM, xatt-pads-roberta-M, deit-CM, and with other objectives
than cross entropy concat-bce-CM (several labels) and gmu-correction-CMI (two classes; C = ITC, M = ITM, I = IADDS) to tests/golden/models/late, and the folder deit/. tests/golden/models/README.md explains the names. Text tower,
texts, targets and pairs are those of the models that lie there, the ResNet is tests/golden/wide/resnet, the RoBERTa
tests/golden/text_encoders/roberta. Re-paired posts are fused again from the states of the one pass. For xatt-pads texts are
filled up to PADDED tokens, as the reference's tokenizer does with its 128, and nothing masks them in xatt's image branch.
"""

import json

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file
from torch import nn
from torch.nn import functional as F

import wide
from models import BETAS, OUT, ROOT, STEPS, draw, late_fusion, preprocessor, write, write_folder

LATE = OUT / "late"
POSTS, SIDE, WIDTH = 4, 64, 12
PADDED = 14
BETAS = {**BETAS, "iadds": 0.1}


class ResNet(wide.SmallResNet):
    def forward(self, pixels):
        return self.both(pixels)


class Concat(late_fusion.Concat):
    def forward(self, x):
        return super().forward(x["text_rows"], x["image_rows"])


def drawn_pixels(step):
    """A batch that the test draws for itself; every value is exact in float32."""
    b, c, y, x = np.mgrid[:POSTS, :3, :SIDE, :SIDE]
    return torch.from_numpy(((x * (3 + c + b) + y * (5 + 2 * c + step) + x * y // 16 + 7 * b * step) % 32 - 16) / 8.0)


def batches(pixels, padded, pad):
    inputs = load_file(str(LATE / "inputs.safetensors"))
    for step in range(STEPS):
        own = {key.split(".")[1]: torch.from_numpy(value) for key, value in inputs.items()
               if key.startswith(f"step{step}.")}
        starts = own["offsets"].tolist()
        texts = [own["ids"][a:b].long() for a, b in zip(starts, starts[1:])]
        own["ids"] = nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=pad)
        if padded:
            own["ids"] = F.pad(own["ids"], (0, padded - own["ids"].shape[1]), value=pad)
        own["mask"] = (torch.arange(own["ids"].shape[1])[None] < torch.tensor([len(t) for t in texts])[:, None]).long()
        own["pixels"] = pixels(step) if pixels else own["pixels"].double()
        own["labels"] = torch.tensor([[(b * (k + 2) + step + k) // 2 % 2 for k in range(3)] for b in range(POSTS)]).double()
        own["image_adds"] = torch.tensor([(slot * slot + step) % 2 for slot in range(POSTS)])
        yield own, torch.from_numpy(inputs["class_weights"]).double()


class Model:
    """Modules by auxfuse's prefixes, and every parameter as a leaf under auxfuse's name."""

    def __init__(self, text, image, fusion, losses, objective):
        width = text.config.hidden_size
        heads = {"head": nn.Linear(width, 2 if objective == "loss_correction" else 3)}
        image_width = 64 if isinstance(image, ResNet) else WIDTH
        make = {"itc": lambda: late_fusion.ItcLoss(width, image_width, 8), "itm": lambda: late_fusion.ItmLoss(width),
                "iadds": lambda: nn.ModuleDict({"head": nn.Linear(width, 2)})}
        heads.update({f"losses.{name}": make[name]() for name in losses})
        self.losses, self.image_width, self.objective = losses, image_width, objective
        self.modules = {"text": text, "image": image, "fusion": draw(fusion(width, image_width)),
                        **{name: draw(module) for name, module in heads.items()}}
        self.leaves = {}
        for prefix, module in self.modules.items():
            own = module.split() if isinstance(module, wide.Xatt) else dict(module.named_parameters())
            self.leaves.update({f"{prefix}.{name}": value for name, value in own.items() if not name.startswith("fc.")})

    def call(self, prefix, *args, **kwargs):
        module = self.modules[prefix]
        own = {name[len(prefix) + 1:]: value for name, value in self.leaves.items() if name.startswith(prefix + ".")}
        own = module.join(own) if isinstance(module, wide.Xatt) else own
        return torch.func.functional_call(module, own, args, kwargs)

    def states(self, batch):
        text = self.call("text", input_ids=batch["ids"], attention_mask=batch["mask"])
        x = {"text_rows": text.last_hidden_state, "text_pooled": text.pooler_output, "padding": batch["mask"] == 0}
        if isinstance(self.modules["image"], ResNet):
            x["image_rows"], x["image_pooled"] = self.call("image", batch["pixels"])
        else:
            image = self.call("image", pixel_values=batch["pixels"])
            x["image_rows"], x["image_pooled"] = image.last_hidden_state, image.pooler_output
        return x

    def fuse(self, x):
        if isinstance(self.modules["image"], ResNet):
            side = int(x["image_rows"].shape[1] ** 0.5)
            x = {**x, "image_map": x["image_rows"].transpose(1, 2).reshape(-1, self.image_width, side, side)}
        return self.call("fusion", x)

    def judge(self, logits, batch, class_weights):
        """The objective. bce: some labels of each post; loss_correction: the targets' parities are the classes seen."""
        if self.objective == "bce":
            return F.binary_cross_entropy_with_logits(logits, batch["labels"], pos_weight=class_weights)
        if self.objective == "loss_correction":
            return wide.corrected(logits, batch["targets"].long() % 2, class_weights[:2], 0.17851959, 0.092827)
        return late_fusion.cross_entropy(logits, batch["targets"].long(), class_weights)

    def run(self, batch, class_weights):
        x = self.states(batch)
        fused = self.fuse(x)
        logits = self.call("head", fused)
        parts = {self.objective: self.judge(logits, batch, class_weights)}
        texts, images = batch["pairs"].long().T
        again = {key: value[texts if key in ("text_rows", "text_pooled", "padding") else images] for key, value in x.items()}
        for name in self.losses:
            if name == "itc":
                parts[name] = self.call("losses.itc", x["text_pooled"], x["image_pooled"])
            elif name == "itm":
                parts[name] = self.call("losses.itm", self.fuse(again), batch["match"].long())
            else:
                head = self.leaves["losses.iadds.head.weight"], self.leaves["losses.iadds.head.bias"]
                parts[name] = F.cross_entropy(F.linear(fused, *head), batch["image_adds"])
        total = (1 - sum(BETAS[name] for name in self.losses)) * parts[self.objective]
        total = total + sum(BETAS[name] * parts[name] for name in self.losses)
        return total, parts, {"fused": fused, "logits": logits}


def write_late(name, image, fusion, losses, trained, mode, pixels=None, missing=(), text=None, padded=None,
               objective="cross_entropy"):
    """`trained(NAME)`: whether a parameter is; `missing`: parameters of a tower that its folder lacks; `padded`: tokens
    that every text is filled up to."""
    torch.manual_seed(sum(map(ord, name)))
    text = text or transformers.BertModel.from_pretrained(LATE / "text").double().eval()
    model = Model(text, image, fusion, losses, objective)
    start = {f"initial.{key}": value.detach().clone() for key, value in model.leaves.items()
             if not key.startswith(("text.", "image.")) or key in missing}
    for key, value in model.leaves.items():
        value.requires_grad_(trained(key))
    values = {key: value for key, value in model.leaves.items() if trained(key)}
    steps, history = iter(list(batches(pixels, padded, text.config.pad_token_id))), {}

    def run():
        total, parts, outputs = model.run(*next(steps))
        for part, value in {"total": total, **parts}.items():
            history.setdefault(part, []).append(value.item())
        return total, outputs

    noise = 3 * wide.NOISE if image.training else wide.NOISE  # rounding goes through batch statistics
    (_, outputs), grads, after = wide.three_steps(values, run, noise)
    buffers = wide.running(image) if image.training else {}
    write(LATE / f"{name}.safetensors", {
        **start, **{f"output.{key}": value for key, value in outputs.items()},
        **{f"grad.{key}": value for key, value in grads.items()},
        **{f"{mode}.loss.{key}": np.array(value) for key, value in history.items()},
        **{f"{mode}.after.{key}": value for key, value in after.items()},
        **{f"{mode}.after.image.{key}": value for key, value in buffers.items()}})


def vit():
    return transformers.ViTModel.from_pretrained(LATE / "image").double().eval()


def resnet():
    model, _ = wide.small_resnet(ResNet)
    model.load_state_dict({key: torch.from_numpy(value) for key, value in
                           load_file(str(wide.OUT / "resnet" / "model.safetensors")).items()})
    return model


class XattUnmasked(wide.Xatt):
    masked = False


def roberta():
    folder = ROOT / "tests" / "golden" / "text_encoders" / "roberta"
    return transformers.RobertaModel.from_pretrained(folder).double().eval()


def deit():
    """Its pooler is drawn, and left out of the folder."""
    torch.manual_seed(8)
    model = draw(transformers.DeiTModel(transformers.DeiTConfig(
        image_size=8, patch_size=4, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)))
    recipe = json.loads(preprocessor("DeiTImageProcessor", 8, 2))
    recipe["crop_size"] = {"height": 8, "width": 8}
    write_folder(LATE / "deit", model, {"preprocessor_config.json": json.dumps(recipe, indent=2, sort_keys=True) + "\n"})
    write(LATE / "deit" / "model.safetensors",
          {name: value for name, value in model.named_parameters() if not name.startswith("pooler.")})
    return model


def main():
    torch.use_deterministic_algorithms(True)
    write_late("gmu-CMI", vit(), wide.Gmu, ("itc", "itm", "iadds"), lambda name: True, "trained")
    write_late("concat-bce-CM", vit(), Concat, ("itc", "itm"), lambda name: True, "trained", objective="bce")
    write_late("gmu-correction-CMI", vit(), wide.Gmu, ("itc", "itm", "iadds"), lambda name: True, "trained",
               objective="loss_correction")
    write_late("aspect-att-CM", vit(), wide.AspectAttention, ("itc", "itm"), lambda name: True, "trained")
    write_late("concat_cnn-CM", resnet(), wide.ConcatCnn, ("itc", "itm"),
               lambda name: not name.startswith(("text.", "image.")), "frozen", drawn_pixels)
    write_late("xatt-CM", resnet().train(), wide.Xatt, ("itc", "itm"), lambda name: True, "trained", drawn_pixels)
    towers = {"trained": lambda name: not name.startswith("image."), "mode": "frozen", "pixels": drawn_pixels}
    write_late("xatt-pads-CM", resnet(), XattUnmasked, ("itc", "itm"), padded=PADDED, **towers)
    write_late("xatt-pads-roberta-M", resnet(), XattUnmasked, ("itm",), text=roberta(), padded=PADDED, **towers)
    poolers = ("image.pooler.dense.weight", "image.pooler.dense.bias")
    write_late("deit-CM", deit(), Concat, ("itc", "itm"),
               lambda name: not name.startswith("image.") or name in poolers, "frozen", None, poolers)


if __name__ == "__main__":
    main()
