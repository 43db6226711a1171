"""The late-fusion model, its fusions and losses in plain PyTorch: what auxfuse is compared with.

Written from the reference program's definitions: fusions concat and attention, losses cross entropy, ITC, ITM. Module
names give the parameter names of auxfuse: text.*, image.*, fusion.*, head.*, losses.itc.*, losses.itm.*.
Dropout is left to the encoders' configurations; everything here is deterministic.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Concat(nn.Module):
    """ReLU(L([t0; v0])): [B, Dt]."""

    def __init__(self, text_width, image_width):
        super().__init__()
        self.linear = nn.Linear(text_width + image_width, text_width)

    def forward(self, text_rows, image_rows):
        return F.relu(self.linear(torch.cat([text_rows[:, 0], image_rows[:, 0]], dim=1)))


class Attention(nn.Module):
    """One head, text queries image rows, no mask, no output projection; ReLU(L([t0; c0])): [B, Dt]."""

    def __init__(self, text_width, image_width):
        super().__init__()
        self.query = nn.Linear(text_width, text_width)
        self.key = nn.Linear(image_width, text_width)
        self.value = nn.Linear(image_width, text_width)
        self.linear = nn.Linear(2 * text_width, text_width)

    def forward(self, text_rows, image_rows):
        scale = text_rows.shape[-1] ** -0.5
        scores = self.query(text_rows) @ self.key(image_rows).transpose(1, 2) * scale
        context = torch.softmax(scores, dim=-1) @ self.value(image_rows)
        return F.relu(self.linear(torch.cat([text_rows[:, 0], context[:, 0]], dim=1)))


FUSIONS = {"concat": Concat, "attention": Attention}


def cross_entropy(logits, targets, class_weights):
    """Weighted by class, averaged over the batch size, not over the sum of weights."""
    one_hot = F.one_hot(targets, logits.shape[1]).to(logits.dtype)
    return F.cross_entropy(logits, one_hot, weight=class_weights)


class ItcLoss(nn.Module):
    """CLIP's loss between projections of the pooled vectors."""

    def __init__(self, text_width, image_width, width):
        super().__init__()
        self.text_projection = nn.Linear(text_width, width, bias=False)
        self.image_projection = nn.Linear(image_width, width, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6592))

    def forward(self, text_pooled, image_pooled):
        text = self.text_projection(text_pooled)
        image = self.image_projection(image_pooled)
        text = text / text.norm(dim=1, keepdim=True)
        image = image / image.norm(dim=1, keepdim=True)
        similarity = self.logit_scale.exp() * text @ image.T
        own = torch.arange(len(similarity))
        return (F.cross_entropy(similarity, own) + F.cross_entropy(similarity.T, own)) / 2


class ItmLoss(nn.Module):
    """Does this text belong to this image? (1: it does)"""

    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, 2)

    def forward(self, match_vectors, match):
        return F.cross_entropy(self.head(match_vectors), match)


class LateFusion(nn.Module):
    """Text and image encoders (image None: features are given), a fusion, a head, auxiliary losses by name."""

    def __init__(self, text, image, fusion, classes, losses, text_width, image_width, itc_width=512, betas=None):
        super().__init__()
        self.text, self.image, self.betas = text, image, betas or {}
        self.fusion = FUSIONS[fusion](text_width, image_width)
        self.head = nn.Linear(text_width, classes)
        make = {"itc": lambda: ItcLoss(text_width, image_width, itc_width), "itm": lambda: ItmLoss(text_width)}
        self.losses = nn.ModuleDict({name: make[name]() for name in losses})

    def forward(self, batch):
        """batch: ids, mask [B, T]; pixels or image_rows + image_pooled; pairs [B, 2], match [B] -> named tensors."""
        text = self.text(input_ids=batch["ids"], attention_mask=batch["mask"])
        out = {"text_rows": text.last_hidden_state, "text_pooled": text.pooler_output}
        if self.image is not None:
            image = self.image(pixel_values=batch["pixels"])
            out.update(image_rows=image.last_hidden_state, image_pooled=image.pooler_output)
        else:
            out.update(image_rows=batch["image_rows"], image_pooled=batch["image_pooled"])
        out["fused"] = self.fusion(out["text_rows"], out["image_rows"])
        out["logits"] = self.head(out["fused"])
        if "itm" in self.losses:
            texts, images = batch["pairs"].T
            out["match_vectors"] = self.fusion(out["text_rows"][texts], out["image_rows"][images])
        return out

    def loss(self, out, batch, class_weights):
        """-> (total, {part: loss}); total = (1 - sum of betas) * cross entropy + sum of beta * loss."""
        parts = {"cross_entropy": cross_entropy(out["logits"], batch["targets"], class_weights)}
        if "itc" in self.losses:
            parts["itc"] = self.losses["itc"](out["text_pooled"], out["image_pooled"])
        if "itm" in self.losses:
            parts["itm"] = self.losses["itm"](out["match_vectors"], batch["match"])
        betas = {name: self.betas[name] for name in parts if name != "cross_entropy"}
        total = (1 - sum(betas.values())) * parts["cross_entropy"]
        for name, beta in betas.items():
            total = total + beta * parts[name]
        return total, parts


HUB_NAMES = ((".attention.q_proj.", ".attention.attention.query."), (".attention.k_proj.", ".attention.attention.key."),
             (".attention.v_proj.", ".attention.attention.value."), (".attention.o_proj.", ".attention.output.dense."))


def hub_name(name):
    """transformers 5 renames Dinov2's attention in memory; files, and auxfuse, keep the names of the hub."""
    for new, old in HUB_NAMES:
        name = name.replace(new, old)
    return name


def named_parameters(module):
    """{name as in files and in auxfuse: parameter}"""
    return {hub_name(name): parameter for name, parameter in module.named_parameters()}
