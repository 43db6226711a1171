#!/usr/bin/env python3
"""make_models.py SIZE FOLDER: random towers of a benchmark size as Hugging Face folders FOLDER/text and FOLDER/image."""

import json
import sys
from pathlib import Path

import torch_common as common
import torch
from transformers import BertConfig, BertModel

import torch_reference
import workload

PREPROCESSOR = {"do_resize": True, "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255, "resample": 3,
                "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
PIXELS = {
    "dinov2-small": {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 256}, "do_center_crop": True,
                     "crop_size": {"height": 224, "width": 224}},
    "vit-base": {"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}},
}


def main():
    size, folder = common.SIZES[sys.argv[1]], Path(sys.argv[2])
    torch.manual_seed(0)
    BertModel(BertConfig(**size["text"])).save_pretrained(folder / "text")
    (folder / "text" / "vocab.txt").write_text("".join(f"{word}\n" for word in workload.vocabulary()))
    torch_reference.image_tower(size["image"]).save_pretrained(folder / "image")
    recipe = json.dumps({**PREPROCESSOR, **PIXELS[size["image"]]}, indent=2, sort_keys=True)
    (folder / "image" / "preprocessor_config.json").write_text(recipe + "\n")


if __name__ == "__main__":
    main()
