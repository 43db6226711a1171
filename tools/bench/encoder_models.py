"""Encoders of published sizes with random weights, as transformers (ResNets: torchvision) has them.

A line of ENCODERS adds one: its kind, the component that computes it in auxfuse, the trunk's class and configuration, and
the tokenizer's files it needs. Every function imports what it needs, so that a Python without torch can list the names.
A folder of a model is `model` in a folder of work, MMBT's ResNet `model-image` beside it (as `auxfuse export` has joint
and joint-image); what is in no checkpoint goes into new.safetensors there.
"""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_TOKENS = {"vilt": 40, "mmbt": 128, "lxmert": 128}  # of a text, as the reference cuts it
BERT_FILES = ROOT / "tests" / "golden" / "models" / "bert"
TINY_TEXT = ROOT / "tests" / "golden" / "text_encoders"  # vocabularies in each tokenizer's form
DROPOUT = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
ROBERTA = {"max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1,
           "bos_token_id": 0, "eos_token_id": 2, **DROPOUT}

ENCODERS = {
    "bert-base": {"kind": "text", "encoder": "bert", "model": "Bert", "config": {**DROPOUT},
                  "files": BERT_FILES},
    "roberta-base": {"kind": "text", "encoder": "roberta", "model": "Roberta",
                     "config": {**ROBERTA, "vocab_size": 50265}, "files": TINY_TEXT / "roberta"},
    "bertweet-base": {"kind": "text", "encoder": "bertweet", "model": "Roberta",
                      "config": {**ROBERTA, "vocab_size": 64001, "max_position_embeddings": 130},
                      "files": TINY_TEXT / "bertweet"},
    "bernice": {"kind": "text", "encoder": "bernice", "model": "XLMRoberta",
                "config": {**ROBERTA, "vocab_size": 250000, "max_position_embeddings": 130},
                "files": TINY_TEXT / "bernice"},
    "vit-base": {"kind": "image", "encoder": "vit", "model": "ViT", "config": {}, "side": 224},
    "beit-base": {"kind": "image", "encoder": "beit", "model": "Beit", "side": 224,
                  "config": {"use_relative_position_bias": True, "use_absolute_position_embeddings": False,
                             "use_shared_relative_position_bias": False, "use_mean_pooling": True,
                             "layer_scale_init_value": 0.1, "drop_path_rate": 0.1}},
    "deit-base": {"kind": "image", "encoder": "deit", "model": "DeiT", "config": {}, "side": 224},
    "dinov2-small": {"kind": "image", "encoder": "dinov2", "model": "Dinov2", "side": 224,
                     "config": {"image_size": 518, "patch_size": 14, "hidden_size": 384, "num_attention_heads": 6}},
    "resnet50": {"kind": "image", "encoder": "resnet50", "blocks": [3, 4, 6, 3], "side": 224},
    "resnet152": {"kind": "image", "encoder": "resnet152", "blocks": [3, 8, 36, 3], "side": 224},
    "mmbt": {"kind": "joint", "encoder": "mmbt", "model": "Bert", "config": {**DROPOUT}, "blocks": [3, 8, 36, 3],
             "side": 224, "files": BERT_FILES},
    "vilt-b32": {"kind": "joint", "encoder": "vilt", "model": "Vilt", "config": {}, "side": 384, "files": BERT_FILES},
    "lxmert-base": {"kind": "joint", "encoder": "lxmert", "model": "Lxmert", "config": {**DROPOUT},
                    "files": BERT_FILES},
}


class Absent(Exception):
    """A library or version of it lacks this model."""


def torchvision_resnet(blocks, width=64):
    """torchvision's ResNet without its classifier; `width` channels after the first layer."""
    try:
        import torchvision
    except ImportError as error:
        raise Absent("torchvision is not installed") from error
    from torch import nn

    class ResNet(torchvision.models.ResNet):
        def _make_layer(self, block, planes, *args, **kwargs):
            if planes == 64 and width != 64:
                self.inplanes = width
                self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
                self.bn1 = nn.BatchNorm2d(width)
            return super()._make_layer(block, planes * width // 64, *args, **kwargs)

        def forward(self, pixel_values):
            x = self.maxpool(self.relu(self.bn1(self.conv1(pixel_values))))
            return self.layer4(self.layer3(self.layer2(self.layer1(x))))

    model = ResNet(torchvision.models.resnet.Bottleneck, blocks)
    model.fc = nn.Identity()
    return model


def transformers_class(name):
    import transformers
    if not hasattr(transformers, name):
        raise Absent(f"transformers {transformers.__version__} has no {name}")
    return getattr(transformers, name)


def build_resnet(blocks):
    import torch
    model = torchvision_resnet(blocks)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # as after training: maps neither grow nor fade
            module.running_var.uniform_(0.5, 1.5)
            module.running_mean.normal_(0, 0.1)
            if module.num_features > 4 * 64:
                module.weight.data.fill_(0.5)
    return model


def build_trunk(case):
    config = transformers_class(case["model"] + "Config")(**case["config"])
    unread = {"add_pooling_layer": False} if case["model"] == "Vilt" else {}
    model = transformers_class(case["model"] + "Model")(config, **unread)
    for parameter in model.parameters():
        if parameter.abs().max() == 0:
            parameter.data.normal_(0, 0.02)
    return model


def joint(folder, encoder, trunk):
    """A joint encoder on a trunk (MMBT: its BERT, and its ResNet from the folder beside); what is new in it is random."""
    import joint_models
    if encoder == "mmbt":
        ends = joint_models.special_ids(folder / "vocab.txt")
        return joint_models.Mmbt(trunk, load_resnet(Path(f"{folder}-image"), "resnet152"), *ends)
    return {"vilt": joint_models.Vilt, "lxmert": joint_models.Lxmert}[encoder](trunk)


def build(name):
    """The model of published size, its weights random and by no means small where they start at zero."""
    import torch
    case = ENCODERS[name]
    torch.manual_seed(0)
    if case["kind"] != "joint":
        return build_resnet(case["blocks"]) if "blocks" in case else build_trunk(case)
    import joint_models
    trunk = build_trunk(case)
    if case["encoder"] == "mmbt":
        ends = joint_models.special_ids(case["files"] / "vocab.txt")
        return joint_models.Mmbt(trunk, build_resnet(case["blocks"]), *ends)
    return {"vilt": joint_models.Vilt, "lxmert": joint_models.Lxmert}[case["encoder"]](trunk)


def save_resnet(model, folder):
    from safetensors.torch import save_file
    folder.mkdir(parents=True, exist_ok=True)
    state = {key: value.contiguous() for key, value in model.state_dict().items() if value.is_floating_point()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def save(name, model, work):
    """As the hub has it: config.json, model.safetensors and the tokenizer's files."""
    from safetensors.torch import save_file
    case, folder = ENCODERS[name], work / "model"
    folder.mkdir(parents=True, exist_ok=True)
    trunk = model
    if case["kind"] == "joint":
        import joint_models
        trunk = joint_models.trunk(model)
        new = model.new_values()
        if new:
            save_file(new, work / "new.safetensors")
        if case["encoder"] == "mmbt":
            save_resnet(model.resnet, work / "model-image")
    if case["kind"] == "image" and "blocks" in case:
        save_resnet(model, folder)
    else:  # newer versions have other names in memory than in files
        trunk.save_pretrained(folder, safe_serialization=True)
    for file in case["files"].iterdir() if "files" in case else []:
        if file.suffix != ".safetensors" and file.name != "config.json":
            shutil.copy(file, folder / file.name)


def save_inputs(inputs, path):
    """The metadata names the posts of region features."""
    from safetensors.torch import save_file
    posts = len(inputs["features"]) if "features" in inputs else 0
    save_file(inputs, path, metadata={"ids": "\n".join(map(str, range(posts)))})


def encode_arguments(kind, encoder, folder, inputs, max_length=None):
    """KIND NAME OPTIONS INPUT of tests/tools/encode.c"""
    options = {"weights": str(folder)}
    if kind != "image":
        options["max_length"] = max_length or MOST_TOKENS.get(encoder, 128)
    if encoder == "mmbt":
        options["image_weights"] = f"{folder}-image"
    if encoder == "lxmert":
        options["features"] = str(inputs)
    return [kind, encoder, json.dumps(options), str(inputs)]


def load_resnet(folder, encoder):
    from safetensors.torch import load_file
    path = folder / "config.json"
    config = json.loads(path.read_text()) if path.is_file() else {}
    published = ENCODERS[encoder]["blocks"]
    blocks = [config.get(f"layer{i + 1}", published[i]) for i in range(4)]
    model = torchvision_resnet(blocks, config.get("width", 64))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model


def load(folder, encoder):
    """The trunk in a folder (MMBT: its BERT), and what its library says of names: missing_keys, unexpected_keys,
    mismatched_keys."""
    if encoder.startswith("resnet"):
        return load_resnet(folder, encoder), {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}
    import transformers
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    if kind not in transformers.CONFIG_MAPPING:
        raise Absent(f"transformers {transformers.__version__} does not know {kind}")
    transformers.logging.set_verbosity_error()
    return transformers.AutoModel.from_pretrained(folder, output_loading_info=True)


def random_texts(config, lengths, room, generator):
    import torch
    offsets = torch.tensor([0, *(min(room, length) for length in lengths)]).cumsum(0)
    ids = torch.randint(3, config.vocab_size, (int(offsets[-1]),), generator=generator)
    return {"ids": ids.int(), "offsets": offsets.int()}


def image_side(folder):
    path = folder / "config.json"
    return json.loads(path.read_text()).get("image_size", 224) if path.is_file() else 224


def random_inputs(kind, encoder, model, folder=None, posts=3, side=None, lengths=None):
    """ids and offsets of ragged texts; pixels, or features and boxes; the same for every call with the same arguments.
    Without `side`, images are as large as the folder says, and ViLT's of several sizes."""
    import torch
    generator = torch.Generator().manual_seed(1)
    lengths = lengths or [3 + 5 * post for post in range(posts)]
    if kind == "text":
        return random_texts(model.config, lengths, model.config.max_position_embeddings - 2, generator)
    if kind == "image":
        return {"pixels": torch.randn(posts, 3, *[side or image_side(folder)] * 2, generator=generator)}
    import joint_models
    config = joint_models.trunk(model).config
    room = min(MOST_TOKENS[encoder], config.max_position_embeddings)
    texts = random_texts(config, lengths, room, generator)
    if encoder == "lxmert":
        return {**texts, **joint_models.random_regions(config, posts, generator)}
    if encoder == "vilt" and side is None:
        return {**texts, **joint_models.random_images(config, posts, generator)}
    side = side or image_side(Path(f"{folder}-image"))
    return {**texts, "pixels": torch.randn(posts, 3, side, side, generator=generator)}


def padded(inputs):
    """Ragged texts as a batch with its mask; what pads is masked."""
    import torch
    lengths = inputs["offsets"].diff().long()
    texts = inputs["ids"].long().split(lengths.tolist())
    batch = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=1)
    return batch, (torch.arange(batch.shape[1]) < lengths[:, None]).long()


def prepare(kind, inputs):
    """Adds what a program would make outside the model: padded batches."""
    if kind != "image":
        inputs["batch"], inputs["mask"] = padded(inputs)
    if kind == "joint" and "pixels" in inputs:
        import joint_models
        inputs["images"], inputs["pixel_mask"] = joint_models.padded_images(inputs)


def forward(kind, encoder, model, inputs):
    """Of prepared inputs -> (rows as the model gives them, pooled); joint ones: (fused, None)"""
    if kind == "joint":
        return model(inputs, False)["fused"], None
    if kind == "text":
        batch, mask = inputs["batch"], inputs["mask"]
        out = model(input_ids=batch, attention_mask=mask)
        return out.last_hidden_state, out.pooler_output
    if encoder.startswith("resnet"):
        rows = model(inputs["pixels"]).flatten(2).transpose(1, 2)
        return rows, rows.mean(dim=1)
    out = model(pixel_values=inputs["pixels"])
    return out.last_hidden_state, out.pooler_output


def outputs(kind, encoder, model, inputs):
    """What auxfuse calls them, of prepared inputs: rows of all posts one after the other, first rows, pooled; or a joint
    encoder's."""
    if kind == "joint":
        return model(inputs, True)
    rows, pooled = forward(kind, encoder, model, inputs)
    result = {"rows": rows[inputs["mask"].bool()] if kind == "text" else rows.flatten(0, 1), "pooled": pooled}
    if not encoder.startswith("resnet"):
        result["first"] = rows[:, 0]
    return result
