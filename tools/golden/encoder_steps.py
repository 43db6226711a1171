#!/usr/bin/env python3
"""Make steps.safetensors in the folders of tests/golden/models and tests/golden/text_encoders: loss, outputs, gradients
and three steps of AdamW of the models whose checkpoints lie there, by the names of tests/golden/wide (wide.py).

    python tools/golden/encoder_steps.py bert roberta bertweet bernice vit    (transformers 4.25.1, torchvision)
    python tools/golden/encoder_steps.py dinov2                               (a transformers that has DINOv2; 5.24)

Texts are of one token, of as many as the model has positions for, and between; pixels are of the model's own size.
"""
import sys

import torch
import transformers
from safetensors.torch import load_file

from models import ROOT, late_fusion, noise, offsets, unpad
from wide import case

NOISE = {"bert": 2e-4}  # as in wide.py, 3e-5 elsewhere; its three layers add more rounding to small gradients
GOLDEN = ROOT / "tests" / "golden"
TEXTS = {"bert": ("models/bert", "BertModel", ""), "roberta": ("text_encoders/roberta", "RobertaModel", "roberta."),
         "bertweet": ("text_encoders/bertweet", "RobertaModel", ""),
         "bernice": ("text_encoders/bernice", "XLMRobertaModel", "roberta.")}
IMAGES = {"vit": ("models/vit", "ViTModel", 2), "dinov2": ("models/dinov2", "Dinov2Model", 1)}  # and the batch's size


def load(folder, kind, prefix, **options):
    """The committed checkpoint in float64, which must be whole."""
    config = getattr(transformers, kind).config_class.from_pretrained(GOLDEN / folder)
    model = getattr(transformers, kind)(config, **options)
    stored = load_file(GOLDEN / folder / "model.safetensors")
    names = late_fusion.named_parameters(model)
    values = {name[len(prefix):] if name.startswith(prefix) else name: value for name, value in stored.items()}
    assert names.keys() <= values.keys(), names.keys() - values.keys()
    for name, parameter in names.items():
        parameter.data = values[name].reshape(parameter.shape).double()
    return model.double().eval()


def make_text(name):
    folder, kind, prefix = TEXTS[name]
    pooler = name != "bertweet"
    model = load(folder, kind, prefix, add_pooling_layer=pooler)
    pad = model.config.pad_token_id
    longest = model.config.max_position_embeddings - (2 if pad == 1 else 0)
    texts = [torch.randint(4, 99, (length,)) for length in (longest, 1, 7, longest - 1)]
    texts[2][3] = pad  # written in the text
    types = [torch.randint(0, model.config.type_vocab_size, text.shape) for text in texts]
    fill = lambda rows, value: torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)
    mask = fill([torch.ones_like(text) for text in texts], 0)
    upstream = {"upstream.rows": noise(sum(map(len, texts)), model.config.hidden_size)}
    if pooler:
        upstream["upstream.pooled"] = noise(len(texts), model.config.hidden_size)

    def run():
        out = model(input_ids=fill(texts, pad), attention_mask=mask, token_type_ids=fill(types, 0))
        outputs = {"rows": unpad(out.last_hidden_state, texts)}
        if pooler:
            outputs["pooled"] = out.pooler_output
        return sum((value * upstream[f"upstream.{key}"]).sum() for key, value in outputs.items()), outputs

    case(GOLDEN / folder / "steps.safetensors", late_fusion.named_parameters(model), {},
         {"ids": torch.cat(texts), "types": torch.cat(types), "offsets": torch.tensor(offsets(texts)), **upstream}, run,
         initial=False, noise=NOISE.get(name, 3e-5))


def make_image(name):
    folder, kind, posts = IMAGES[name]
    model = load(folder, kind, "")
    pixels = noise(posts, 3, model.config.image_size, model.config.image_size)
    shape = model(pixel_values=pixels).last_hidden_state.shape
    upstream = {"upstream.rows": noise(*shape), "upstream.pooled": noise(shape[0], shape[2])}

    def run():
        out = model(pixel_values=pixels)
        outputs = {"rows": out.last_hidden_state, "pooled": out.pooler_output}
        return sum((value * upstream[f"upstream.{key}"]).sum() for key, value in outputs.items()), outputs

    case(GOLDEN / folder / "steps.safetensors", late_fusion.named_parameters(model), {}, {"pixels": pixels, **upstream},
         run, initial=False, noise=NOISE.get(name, 3e-5))


def main():
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or [*TEXTS, "vit"]:
        torch.manual_seed(sum(map(ord, name)))
        (make_text if name in TEXTS else make_image)(name)


if __name__ == "__main__":
    main()
