#!/usr/bin/env python3
"""Make the golden values of tests/golden/joint/lxmert: whole models with LXMERT as joint encoder.

    python tools/golden/lxmert.py     (transformers 4.25.1)

As tools/golden/joint.py, but that the posts have region features instead of images: in one file, features.safetensors,
and in a file a post as torch.save writes them, feats/feat_ID and boxes/nbox_ID. The ids of step 1 are 10, 11, ….
"""

import json
import shutil

import torch
import transformers
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from joint import CLASSES, OUT, PAIRS, case
from models import balanced, draw, noise, offsets, padded, ragged_ids, vocabulary, write, write_folder

WIDTH, REGIONS, FEATURES, WORDS, LONGEST = 12, 5, 10, 30, 12


class Lxmert(nn.Module):
    """Contrast reads the largest of each column, its text side without gradient; matching the first row as it is."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.linear_fusion = draw(nn.Linear(WIDTH, WIDTH))

    def forward(self, batch, contrast, match):
        def run(texts):
            mask = batch["mask"][texts]
            out = self.encoder(input_ids=batch["ids"][texts], attention_mask=mask,
                               token_type_ids=torch.zeros_like(batch["ids"]), visual_feats=batch["features"],
                               visual_pos=batch["boxes"])
            return out.language_output, out.vision_output, mask

        words, regions, mask = run(torch.arange(len(batch["ids"])))
        out = {"fused": F.relu(self.linear_fusion(words[:, 0]))}
        if contrast:
            out["contrast_text"] = words.masked_fill(mask[:, :, None] == 0, -1e9).max(dim=1).values.detach()
            out["contrast_image"] = regions.max(dim=1).values
        if match:
            out["match"] = run(batch["pairs"])[0][:, 0]
        return out


def encoder_folder(folder):
    model = draw(transformers.LxmertModel(transformers.LxmertConfig(
        vocab_size=WORDS, hidden_size=WIDTH, num_attention_heads=2, intermediate_size=16, l_layers=2, r_layers=1,
        x_layers=2, max_position_embeddings=LONGEST, visual_feat_dim=FEATURES, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0)))
    write_folder(folder, model, {"vocab.txt": vocabulary(WORDS)})
    config = json.loads((folder / "config.json").read_text())
    config["num_hidden_layers"] = model.config.num_hidden_layers  # an object, as in the published file
    config["layer_norm_eps"] = 1e-3  # which the model does not read
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    write(folder / "model.safetensors", {
        **{f"lxmert.{name}": value for name, value in model.named_parameters()}, "cls.predictions.bias": noise(WORDS),
        "obj_predict_head.decoder_dict.obj.bias": noise(4), "answer_head.logit_fc.3.bias": noise(4)})
    return model


def make_batch(step, lengths):
    texts = ragged_ids(lengths, WORDS)
    ids, mask = padded(texts)
    donors, match = PAIRS[step]
    posts = len(texts)
    return {"texts": texts, "ids": ids, "mask": mask, "features": noise(posts, REGIONS, FEATURES).double(),
            "boxes": torch.rand(posts, REGIONS, 4).double(), "targets": torch.randint(0, CLASSES, (posts,)),
            "pairs": torch.tensor(donors), "match": torch.tensor(match)}


def write_regions(folder, batches):
    ids = [f"{step}{post}" for step, batch in enumerate(batches) for post in range(len(batch["texts"]))]
    features, boxes = (torch.cat([batch[key] for batch in batches]) for key in ("features", "boxes"))
    save_file({"features": features.float(), "boxes": boxes.float()}, str(folder / "features.safetensors"),
              metadata={"ids": "\n".join(ids)})
    for name, values in (("feats/feat", features), ("boxes/nbox", boxes)):
        (folder / name).parent.mkdir()
        for post, value in zip(ids, values):
            # half of them with the dim of the batch that the reference's tool leaves
            torch.save(value.float()[None].clone() if post[-1] in "02" else value.float().clone(),
                       folder / f"{name}_{post}")


def main():
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(sum(map(ord, "lxmert")))
    folder = OUT / "lxmert"
    shutil.rmtree(folder, ignore_errors=True)
    encoder = encoder_folder(folder)
    batches = [make_batch(step, lengths) for step, lengths in enumerate(([7, 1, 12, 5], [6, 6, 6], [12]))]
    class_weights = balanced([7, 2, 11])
    inputs = {"class_weights": class_weights}
    for step, batch in enumerate(batches):
        inputs.update({f"step{step}.ids": torch.cat(batch["texts"]), f"step{step}.offsets": offsets(batch["texts"]),
                       **{f"step{step}.{key}": batch[key] for key in ("targets", "pairs", "match")}})
    write(folder / "inputs.safetensors", inputs)
    write_regions(folder, batches)
    model = Lxmert(encoder)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    for tag, losses in {"none": [], "M": ["itm"], "CM": ["itc", "itm"]}.items():
        model.load_state_dict(start)
        names = {name: (value, True) for name, value in encoder.named_parameters() if not name.startswith("pooler.")}
        names.update({f"linear_fusion.{name}": (value, False) for name, value in model.linear_fusion.named_parameters()})
        case(folder / f"{tag}.safetensors", model, WIDTH, names, losses, batches, class_weights, dict)


if __name__ == "__main__":
    main()
