#!/usr/bin/env python3
"""Make the golden values of tests/golden/wide: further fusions, losses and image encoders, against torch 1.13-era APIs.

    python tools/golden/wide.py [fusions losses deit beit resnet]     (transformers 4.25.1, torchvision)

Each file holds one component: initial.* parameters, input.* tensors (those of floats are trained too), output.*, the
gradients grad.* and grad_input.*, and after.* and after_input.*, the values after three steps of AdamW on the same
inputs. The parameters of an encoder are in a checkpoint folder, its model.safetensors. Forward and backward run in float64 from float32 values, the steps in float32. An element of after.* is NaN
where a gradient is nothing but rounding: AdamW makes a full step of it.
"""

import json
import sys

import torch
import torchvision
import transformers
from torch import nn
from torch.nn import functional as F

from models import (IMAGENET, LEARNING_RATE, ROOT, STEPS, WEIGHT_DECAY, balanced, draw, late_fusion, noise, preprocessor,
                    write, write_folder)

NOISE = 1e-5  # of the largest gradient: below it float32 gradients are rounding for the most part
OUT = ROOT / "tests" / "golden" / "wide"


def three_steps(values, run, noise=NOISE):
    """Three steps of AdamW over the float64 tensors `values`, kept in float32 -> the first step's results and the
    values after the last step."""
    masters = {name: nn.Parameter(value.detach().float()) for name, value in values.items()}
    optimiser = torch.optim.AdamW(masters.values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, eps=1e-8)
    history = []
    for step in range(STEPS):
        for value in values.values():
            value.grad = None
        loss, outputs = run()
        loss.backward()
        history.append({name: value.grad.clone() for name, value in values.items() if value.grad is not None})
        first = (loss.detach(), {name: value.detach() for name, value in outputs.items()}) if step == 0 else first
        for name, grad in history[-1].items():
            masters[name].grad = grad.float()
        optimiser.step()
        for name, value in values.items():
            value.data = masters[name].detach().double()
    scale = max(grad.abs().max() for grad in history[0].values())
    after = {}
    for name in history[0]:
        noisy = sum((grads[name].abs() < noise * scale) & (grads[name] != 0) for grads in history) > 0
        after[name] = torch.where(noisy, torch.nan, masters[name].detach())
    return first, history[0], after


def case(path, named, inputs, plain, run, buffers=None, initial=True, noise=NOISE):
    """`named` parameters by the names of auxfuse, `inputs` that get gradients, `plain` ones that do not; `buffers` that
    the steps change."""
    values = {**{f".{name}": value for name, value in named.items()},
              **{f"_input.{name}": value.requires_grad_() for name, value in inputs.items()}}
    start = {f"initial.{name}": value.detach().clone() for name, value in named.items() if initial}
    start.update({f"input.{name}": value.detach().clone() for name, value in {**inputs, **plain}.items()})
    (loss, outputs), grads, after = three_steps(values, run, noise)
    write(path, {**start, "output.loss": loss, **{f"output.{name}": value for name, value in outputs.items()},
                 **{f"grad{name}": value for name, value in grads.items()},
                 **{f"after{name}": value for name, value in after.items()},
                 **{f"after.{name}": value for name, value in (buffers or {}).items()}})


class Gmu(nn.Module):
    def __init__(self, text, image):
        super().__init__()
        self.text = nn.Linear(text, text + image)
        self.image = nn.Linear(image, text + image)
        self.linear = nn.Linear(text + image, text)

    def forward(self, x):
        text, image = x["text_rows"][:, 0], x["image_rows"][:, 0]
        z = torch.sigmoid(torch.cat([text, image], dim=1))
        return F.relu(self.linear(z * self.text(text) + (1 - z) * self.image(image)))


class AspectAttention(nn.Module):
    def __init__(self, text, image):
        super().__init__()
        assert text == image
        self.score = nn.Linear(text, 1)
        self.mixed = False

    def forward(self, x):
        text, image = x["text_pooled"], x["image_pooled"]
        posts, width = text.shape
        pairs = torch.cat([text, image]).view(posts, 2, width) if self.mixed else torch.stack([text, image], dim=1)
        weights = torch.softmax(torch.tanh(self.score(pairs)), dim=1)
        return F.relu((weights * pairs).sum(dim=1))


class ConcatCnn(nn.Module):
    def __init__(self, text, image):
        super().__init__()
        self.image = nn.Linear(image, text)
        self.linear = nn.Linear(2 * text, text)

    def forward(self, x):
        return self.linear(torch.cat([x["text_pooled"], self.image(x["image_pooled"])], dim=1))


class Xatt(nn.Module):
    """Convolutions and torch's attention as the reference has them; pads of the text masked, or not, as there."""

    masked = True

    def __init__(self, text, image, few=4):
        super().__init__()
        self.text_query, self.text_key = nn.Linear(text, text), nn.Linear(few, text)
        self.text_key_conv, self.text_value_conv = nn.Conv2d(image, few, 1), nn.Conv2d(image, image, 1)
        self.text_value = nn.Linear(image, text)
        self.text_attention = nn.MultiheadAttention(text, 1, batch_first=True)
        self.image_query_conv, self.image_query = nn.Conv2d(image, few, 1), nn.Linear(few, text)
        self.image_key_value = nn.Linear(text, text)
        self.image_attention = nn.MultiheadAttention(text, 1, batch_first=True)

    def forward(self, x):
        text, image = x["text_rows"], x["image_map"]
        flat = [conv(image).flatten(2).transpose(1, 2)
                for conv in (self.text_key_conv, self.text_value_conv, self.image_query_conv)]
        by_text, _ = self.text_attention(self.text_query(text), self.text_key(flat[0]), self.text_value(flat[1]))
        keys = self.image_key_value(text)
        mask = x["padding"] if self.masked else None
        by_image, _ = self.image_attention(self.image_query(flat[2]), keys, keys, key_padding_mask=mask)
        return by_text[:, 0] + by_image.mean(dim=1)

    def split(self):
        """Parameters under auxfuse's names: one [D, D] each for query, key and value; a convolution is a matrix. They
        are leaves of their own, from which torch's are put together again."""
        leaves = {}
        for name, value in self.named_parameters():
            branch, rest = name.split("_", 1)
            if "in_proj" in rest:
                kind = rest.rsplit("_", 1)[1]
                for part, piece in zip(("query", "key", "value"), value.detach().chunk(3)):
                    leaves[f"{branch}.attention.{part}.{kind}"] = piece.clone().requires_grad_()
            else:
                flat = value.detach().flatten(1) if value.dim() == 4 else value.detach()
                leaves[f"{branch}.{rest.replace('out_proj', 'output')}"] = flat.clone().requires_grad_()
        return leaves

    def join(self, leaves):
        whole = {}
        for name, value in self.named_parameters():
            branch, rest = name.split("_", 1)
            if "in_proj" in rest:
                kind = rest.rsplit("_", 1)[1]
                whole[name] = torch.cat([leaves[f"{branch}.attention.{part}.{kind}"]
                                         for part in ("query", "key", "value")])
            else:
                whole[name] = leaves[f"{branch}.{rest.replace('out_proj', 'output')}"].view(value.shape)
        return whole


def fusion_case(name, kind, reads, text=12, image=20, mixed=False):
    module = draw(kind(text, image))
    module.mixed = mixed
    lengths = [7, 1, 12, 5]
    every = {"text_rows": noise(sum(lengths), text), "text_pooled": noise(4, text), "image_rows": noise(4 * 10, image),
             "image_pooled": noise(4, image)}
    inputs = {key: every[key] for key in reads}
    starts = [0, 7, 8, 20, 25]
    upstream = noise(4, text)

    if kind is Xatt:
        leaves = module.split()
    else:
        leaves = dict(module.named_parameters())

    def run():
        x = dict(inputs)
        if "text_rows" in x:
            texts = [x["text_rows"][a:b] for a, b in zip(starts, starts[1:])]
            x["text_rows"] = nn.utils.rnn.pad_sequence(texts, batch_first=True)
            x["padding"] = torch.arange(12)[None] >= torch.tensor(lengths)[:, None]
        if "image_rows" in x:
            x["image_rows"] = x["image_rows"].view(4, 10, image)
            x["image_map"] = x["image_rows"].transpose(1, 2).reshape(4, image, 2, 5)
        if kind is Xatt:
            fused = torch.func.functional_call(module, module.join(leaves), (x,))
        else:
            fused = module(x)
        return (fused * upstream).sum(), {"fused": fused}

    case(OUT / f"fusion-{name}.safetensors", leaves, inputs,
         {"offsets": torch.tensor(starts), "upstream": upstream}, run)


def make_fusions():
    fusion_case("gmu", Gmu, ("text_rows", "image_rows"))
    fusion_case("aspect-att", AspectAttention, ("text_pooled", "image_pooled"), 12, 12)
    fusion_case("aspect-att-mixed", AspectAttention, ("text_pooled", "image_pooled"), 12, 12, mixed=True)
    fusion_case("concat_cnn", ConcatCnn, ("text_pooled", "image_pooled"))
    fusion_case("xatt", Xatt, ("text_rows", "image_rows"))


def loss_case(name, named, inputs, plain, loss):
    case(OUT / f"loss-{name}.safetensors", named, inputs, plain, lambda: (loss(), {}))


def corrected(logits, seen, weights, e0, e1):
    """Both labels' weighted cross entropies of each post, put together by the label that was seen."""
    one_hot = torch.eye(2, dtype=torch.float64)
    l0, l1 = (F.cross_entropy(logits, one_hot[k].expand(len(seen), 2), weight=weights, reduction="none")
              for k in (0, 1))
    per_post = torch.where(seen == 0, (1 - e1) * l0 - e0 * l1, (1 - e0) * l1 - e1 * l0) / (1 - e0 - e1)
    return per_post.mean()


def make_losses():
    head, fused, labels = draw(nn.Linear(12, 2)), noise(6, 12), torch.tensor([0, 1, 1, 0, 1, 1])
    loss_case("iadds", {f"head.{name}": value for name, value in head.named_parameters()}, {"fused": fused},
              {"labels": labels}, lambda: F.cross_entropy(head(fused), labels))
    logits = 3 * noise(6, 5)
    targets = (torch.rand(6, 5) < 0.4).double()
    counts = torch.tensor([3.0, 11, 20, 1, 9])
    weights = ((21 - counts) / counts).float().double()
    loss_case("bce", {}, {"logits": logits}, {"targets": targets, "positive_weights": weights},
              lambda: F.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights))
    plain_logits = 3 * noise(6, 5)
    loss_case("bce-plain", {}, {"logits": plain_logits}, {"targets": targets, "positive_weights": weights},
              lambda: F.binary_cross_entropy_with_logits(plain_logits, targets))
    for name, e0, e1 in (("loss_correction", 0.17851959, 0.092827), ("loss_correction-rates", 0.3, 0.05)):
        two, seen, balance = 2 * noise(6, 2), torch.tensor([0, 1, 1, 0, 1, 0]), balanced([7, 2])
        loss_case(name, {}, {"logits": two}, {"targets": seen, "class_weights": balance},
                  lambda: corrected(two, seen, balance, e0, e1))


def encoder_case(path, model, posts, side, forward, start=None):
    """`forward` of pixels gives rows [posts, n, D] and pooled [posts, D]. Parameters lie in the model's folder. `start`:
    the state that a look at the shapes must not change."""
    pixels = noise(posts, 3, side, side)
    rows, pooled = forward(pixels)
    up = {"upstream.rows": noise(*rows.shape), "upstream.pooled": noise(*pooled.shape)}

    def run():
        rows, pooled = forward(pixels)
        loss = (rows * up["upstream.rows"]).sum() + (pooled * up["upstream.pooled"]).sum()
        return loss, {"rows": rows, "pooled": pooled}

    names = late_fusion.named_parameters(model)
    if start is not None:
        model.load_state_dict(start)
    buffers = running(model) if start is not None else None
    case(path, {name: value for name, value in names.items() if not name.startswith("fc.")}, {},
         {"pixels": pixels, **up}, run, buffers, initial=False)


def whole(folder, prefix, model, extra):
    """The checkpoint as a whole model's: the trunk under a prefix, a head, and tensors that are no parameters."""
    names = {prefix + name: value for name, value in late_fusion.named_parameters(model).items()}
    write(folder / "model.safetensors", {**names, **extra})


def transformers_forward(model):
    def forward(pixels):
        out = model(pixel_values=pixels)
        return out.last_hidden_state, out.pooler_output
    return forward


SMALL = {"image_size": 24, "patch_size": 8, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 24}


def make_deit():
    model = draw(transformers.DeiTModel(transformers.DeiTConfig(
        num_hidden_layers=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **SMALL)))
    recipe = json.loads(preprocessor("DeiTImageProcessor", 27, 3))
    recipe["crop_size"] = {"height": 24, "width": 24}
    write_folder(OUT / "deit", model, {"preprocessor_config.json": json.dumps(recipe, indent=2, sort_keys=True) + "\n"})
    whole(OUT / "deit", "deit.", model, {"cls_classifier.weight": noise(2, 16),
                                         "distillation_classifier.weight": noise(2, 16)})
    encoder_case(OUT / "deit" / "golden.safetensors", model, 3, 24, transformers_forward(model))


def make_beit():
    """drop_path_rate is so high that a test can tell the layers apart; in evaluation it is off."""
    model = draw(transformers.BeitModel(transformers.BeitConfig(
        num_hidden_layers=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, use_relative_position_bias=True,
        drop_path_rate=0.999, use_mask_token=False, **SMALL)))
    recipe = json.loads(preprocessor("BeitImageProcessor", 24, 2))
    recipe.update(size=24, crop_size=24, do_center_crop=False)
    write_folder(OUT / "beit", model, {"preprocessor_config.json": json.dumps(recipe, indent=2, sort_keys=True) + "\n"})
    index = {f"beit.{name}": value for name, value in model.named_buffers()}
    assert len(index) == 2, index.keys()
    whole(OUT / "beit", "beit.", model, {"classifier.weight": noise(2, 16), **index})
    encoder_case(OUT / "beit" / "golden.safetensors", model, 3, 24, transformers_forward(model))


class PositionAttention(nn.Module):
    """Convolutions of 1x1, their weights as matrices; no scale; gamma, which starts at 0, away from it."""

    def __init__(self, channels, few):
        super().__init__()
        self.query, self.key, self.value = nn.Linear(channels, few), nn.Linear(channels, few), nn.Linear(channels, channels)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = (F.conv2d(x, layer.weight[:, :, None, None], layer.bias).flatten(2)
                   for layer in (self.query, self.key, self.value))
        weights = torch.softmax(torch.bmm(q.transpose(1, 2), k), dim=-1)
        return self.gamma * torch.bmm(v, weights.transpose(1, 2)).view(x.shape) + x


def attended(model):
    def forward(pixels):
        x = model.maxpool(model.relu(model.bn1(model.conv1(pixels))))
        x = model.attention(model.layer4(model.layer3(model.layer2(model.layer1(x)))))
        return x.flatten(2).transpose(1, 2), model.avgpool(x).flatten(1)
    return forward


class SmallResNet(torchvision.models.ResNet):
    """torchvision's with 1/32 of the channels."""

    def _make_layer(self, block, planes, *args, **kwargs):
        if planes == 64:
            self.inplanes = 2
            self.conv1 = nn.Conv2d(3, 2, kernel_size=7, stride=2, padding=3, bias=False)
            self.bn1 = nn.BatchNorm2d(2)
        return super()._make_layer(block, planes // 32, *args, **kwargs)

    def both(self, pixels):
        x = self.maxpool(self.relu(self.bn1(self.conv1(pixels))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return x.flatten(2).transpose(1, 2), self.avgpool(x).flatten(1)


def running(model):
    return {name: value for name, value in model.named_buffers() if "running" in name}


def small_resnet(kind=SmallResNet):
    """A model that a gradient can be compared on, and its state."""
    model = kind(torchvision.models.resnet.Bottleneck, [2, 1, 1, 1], num_classes=2)
    draw(model)
    for name, value in running(model).items():
        value.copy_((torch.rand_like(value) + (0.5 if name.endswith("var") else -0.5)).float())
    for name, parameter in model.named_parameters():
        if "bn" in name or "downsample.1" in name:  # their names do not say "norm": around 0.8 and 0
            parameter.data += 0.8 if name.endswith("weight") else 0.0
            parameter.data = parameter.data.float().double()
    # Where the first ReLU cuts nothing off, the next norms take the shift out again: a gradient of rounding alone.
    model.bn1.bias.data -= 1.5
    return model, {name: value.clone() for name, value in model.state_dict().items()}


def write_resnet(folder, state):
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "torchvision_resnet", "width": 2, "layer1": 2, "layer2": 1, "layer3": 1, "layer4": 1,
              "image_size": 64}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write(folder / "model.safetensors", state)


def make_resnet():
    folder = OUT / "resnet"
    model, start = small_resnet()
    write_resnet(folder, start)
    encoder_case(folder / "frozen.safetensors", model, 3, 64, model.both)
    model.load_state_dict(start)
    model.train()
    encoder_case(folder / "training.safetensors", model, 3, 64, model.both, start)
    model.load_state_dict(start)
    model.eval()
    model.attention = draw(PositionAttention(64, 4))
    model.attention.gamma.data += 0.7
    model.attention.gamma.data = model.attention.gamma.data.float().double()
    other = OUT / "resnet-attention"
    other.mkdir(parents=True, exist_ok=True)
    (other / "config.json").write_text((folder / "config.json").read_text())
    write(other / "model.safetensors", model.state_dict())
    encoder_case(other / "golden.safetensors", model, 3, 64, attended(model))


MAKERS = {"fusions": make_fusions, "losses": make_losses, "deit": make_deit, "beit": make_beit, "resnet": make_resnet}


def main():
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or MAKERS:
        torch.manual_seed(sum(map(ord, name)))
        MAKERS[name]()


if __name__ == "__main__":
    main()
