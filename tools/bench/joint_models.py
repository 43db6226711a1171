"""Joint encoders as PyTorch computes them: ViLT and LXMERT of transformers, and MMBT of its BERT and torchvision's ResNet.

MMBT is not transformers' own class, which newer versions lack: [CLS], the projected image vector and [SEP] stand before
the word pieces, each block with positions from 0 and through the BERT's embeddings by itself, then BERT's layers and
pooler over both. Each model gives what its classifier reads, `fused`, and with contrast=True all that losses read.
"""

import torch
from torch import nn
from torch.nn import functional as F

REGIONS = 36


class Joint(nn.Module):
    NEW = ()  # layers that are in no checkpoint, by the names that auxfuse has

    def new_values(self):
        return {name: value.detach().clone() for name, value in self.state_dict().items()
                if name.split(".")[0] in self.NEW}

    def set_new(self, values):
        """A run without contrast has no values for that."""
        unknown = values.keys() - self.new_values()
        if unknown:
            raise ValueError(f"{type(self).__name__} has no {sorted(unknown)}")
        self.load_state_dict(values, strict=False)


class Vilt(Joint):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, batch, contrast):
        # without a mask where no image is padded: all ones
        out = self.encoder(input_ids=batch["batch"], attention_mask=batch["mask"], pixel_values=batch["images"],
                           pixel_mask=batch["pixel_mask"]).last_hidden_state
        first = out[:, 0]
        return {"fused": first, **({"match": first, "contrast_text": first,
                                    "contrast_image": out[:, batch["batch"].shape[1]]} if contrast else {})}


class Lxmert(Joint):
    NEW = ("linear_fusion",)

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.linear_fusion = nn.Linear(encoder.config.hidden_size, encoder.config.hidden_size)

    def forward(self, batch, contrast):
        out = self.encoder(input_ids=batch["batch"], attention_mask=batch["mask"], visual_feats=batch["features"],
                           visual_pos=batch["boxes"])
        words, regions = out.language_output, out.vision_output
        result = {"fused": F.relu(self.linear_fusion(words[:, 0]))}
        if contrast:
            own = batch["mask"][:, :, None] == 1
            result.update(match=words[:, 0], contrast_text=words.masked_fill(~own, -1e9).max(dim=1).values,
                          contrast_image=regions.max(dim=1).values)
        return result


class Passed(nn.Module):
    """In the place of a BERT's embeddings: rows that are made already."""

    def forward(self, inputs_embeds, **_):
        return inputs_embeds


class Mmbt(Joint):
    NEW = ("modal_encoder", "image_projection")

    def __init__(self, bert, resnet, first_id, last_id):
        super().__init__()
        channels = resnet.layer4[-1].bn3.num_features
        self.bert, self.resnet, self.ends = bert, resnet, (first_id, last_id)
        self.modal_encoder = nn.ModuleDict({"proj_embeddings": nn.Linear(channels, bert.config.hidden_size)})
        self.image_projection = nn.Linear(channels, bert.config.hidden_size)
        self.__dict__["embeddings"], self.passed = bert.embeddings, Passed()  # in __dict__: it has its name already

    def layers(self, rows, mask):
        """BERT's layers and pooler over rows that went through its embeddings."""
        self.bert.embeddings = self.passed
        try:
            return self.bert(inputs_embeds=rows, attention_mask=mask)
        finally:
            self.bert.embeddings = self.embeddings

    def forward(self, batch, contrast):
        ids, mask = batch["batch"], batch["mask"]
        vectors = self.resnet(batch["images"]).mean(dim=(2, 3))
        ends = self.embeddings.word_embeddings(torch.tensor(self.ends))
        modal = self.modal_encoder["proj_embeddings"](vectors).unsqueeze(1)
        modal = torch.cat([ends[:1].expand(len(ids), 1, -1), modal, ends[1:].expand(len(ids), 1, -1)], dim=1)
        modal = self.embeddings(inputs_embeds=modal, token_type_ids=torch.zeros(modal.shape[:2], dtype=torch.long))
        rows = torch.cat([modal, self.embeddings(input_ids=ids, token_type_ids=torch.ones_like(ids))], dim=1)
        fused = self.layers(rows, torch.cat([torch.ones(modal.shape[:2], dtype=mask.dtype), mask], dim=1)).pooler_output
        if not contrast:
            return {"fused": fused}
        alone = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        return {"fused": fused, "match": fused, "contrast_text": alone, "contrast_image": self.image_projection(vectors)}


def special_ids(vocabulary):
    """[CLS] and [SEP]"""
    words = vocabulary.read_text(encoding="utf-8").split("\n")
    return words.index("[CLS]"), words.index("[SEP]")


def trunk(model):
    """transformers' part of it."""
    return model.bert if isinstance(model, Mmbt) else model.encoder


def random_images(config, posts, generator):
    """ViLT's, of several sizes: wider and taller ones, and a square."""
    patch, grid = config.patch_size, config.image_size // config.patch_size
    grids = [((grid, grid + grid // 3), (grid + grid // 2, grid), (grid, grid))[post % 3] for post in range(posts)]
    sizes = torch.tensor(grids, dtype=torch.int32) * patch
    return {"pixels": torch.randn(int(3 * sizes.prod(dim=1).sum()), generator=generator),
            "height": sizes[:, 0].contiguous(), "width": sizes[:, 1].contiguous()}


def random_regions(config, posts, generator):
    return {"features": torch.randn(posts, REGIONS, config.visual_feat_dim, generator=generator),
            "boxes": torch.rand(posts, REGIONS, config.visual_pos_dim, generator=generator)}


def padded_images(inputs):
    """-> (a batch filled up below and to the right, its mask or None where nothing had to be filled)"""
    pixels = inputs["pixels"]
    if pixels.ndim == 4:
        return pixels, None
    sizes = list(zip(inputs["height"].tolist(), inputs["width"].tolist()))
    batch = torch.zeros(len(sizes), 3, max(h for h, _ in sizes), max(w for _, w in sizes))
    mask = torch.zeros(batch.shape[0], *batch.shape[2:], dtype=torch.long)
    for post, image in enumerate(pixels.split([3 * h * w for h, w in sizes])):
        height, width = sizes[post]
        batch[post, :, :height, :width] = image.view(3, height, width)
        mask[post, :height, :width] = 1
    return batch, mask
