#!/usr/bin/env python3
"""The reference recipe as it is: what the published program computes in a training step.

Texts are padded to 128 tokens; the frozen image tower runs in every step; the dual encoder's own contrastive loss is
computed and thrown away; ITM is a second complete pass of both towers; the attention computes all 128 queries; AdamW
is torch's default. Decoding and resizing of the images is left out, in its favour.
"""

import sys
from pathlib import Path

import torch_common as common
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import late_fusion  # noqa: E402

MAX_LENGTH = 128


def image_tower(kind):
    if kind == "dinov2-small":
        from transformers import Dinov2Config, Dinov2Model
        return Dinov2Model(Dinov2Config(image_size=518, patch_size=14, hidden_size=384, num_hidden_layers=12,
                                        num_attention_heads=6, attn_implementation="eager"))
    from transformers import ViTConfig, ViTModel
    return ViTModel(ViTConfig(attn_implementation="eager"))


def main():
    options = common.arguments(__doc__, ["fp32"])
    started = common.process_age()
    size = common.SIZES[options.size]
    ids, targets = common.posts(options)
    model = late_fusion.LateFusion(
        common.text_tower(options, "eager"), image_tower(size["image"]).requires_grad_(False), "attention",
        common.CLASSES, ["itc", "itm"], size["width"], size["width"], common.ITC_WIDTH,
        {"itc": common.BETA, "itm": common.BETA}).train()
    class_weights = torch.ones(common.CLASSES)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-5, weight_decay=2.5e-4)
    order, generator = common.batches(options, len(ids)), torch.Generator().manual_seed(2)
    pixels = torch.randn(options.batch, 3, 224, 224)

    def towers(batch, mask):
        text, image = model.text(input_ids=batch, attention_mask=mask), model.image(pixel_values=pixels)
        own_loss = model.losses["itc"](text.pooler_output, image.pooler_output)  # what the dual encoder always does
        return text, image, own_loss

    def step():
        posts = next(order)
        batch = torch.zeros(len(posts), MAX_LENGTH, dtype=torch.long)
        mask = torch.zeros_like(batch)
        for row, post in enumerate(posts.tolist()):
            batch[row, :len(ids[post])], mask[row, :len(ids[post])] = ids[post], 1
        texts, match = common.draw_pairs(len(posts), generator)
        optimiser.zero_grad()
        text, image, itc = towers(batch, mask)
        fused = model.fusion(text.last_hidden_state, image.last_hidden_state)
        objective = late_fusion.cross_entropy(model.head(F.dropout(fused, 0.05)), targets[posts], class_weights)
        text, image, _ = towers(batch[texts], mask[texts])
        again = model.fusion(text.last_hidden_state, image.last_hidden_state)
        itm = model.losses["itm"](again, match)
        loss = (1 - 2 * common.BETA) * objective + common.BETA * (itc + itm)
        loss.backward()
        optimiser.step()
        return loss.item()

    common.measure(options, step, started)


if __name__ == "__main__":
    main()
