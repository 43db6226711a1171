#!/usr/bin/env python3
"""Make tests/golden/text_encoders/: tiny random RoBERTa and XLM-R models, their outputs and gradients (as models.py does,
whose README explains the tensors), each with a vocabulary just large enough.

roberta     as a checkpoint with a head and a pooler: keys "roberta." and "lm_head.", and the position_ids of old ones
bertweet    without prefix and without pooler
bernice     XLM-R, keys "roberta."

Needs the same packages as models.py, and sentencepiece.
"""
import json
import shutil
import tempfile
from pathlib import Path

import models
import torch
import transformers
from sentencepiece import SentencePieceTrainer, sentencepiece_model_pb2

OUT = models.ROOT / "tests/golden/text_encoders"
SIZES = dict(vocab_size=99, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
             max_position_embeddings=22, type_vocab_size=1, layer_norm_eps=1e-5, hidden_dropout_prob=0.0,
             attention_probs_dropout_prob=0.0)
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def texts():
    """Of 7, 2, 20 (the longest), 1 and 6 tokens; two hold a <pad> that is written in the text."""
    out = [torch.randint(4, 99, (length,)) for length in (7, 2, 20, 1, 6)]
    for text in out:
        text[0] = 0
        text[-1] = 2 if len(text) > 1 else 0
    out[0][2] = out[4][3] = out[4][4] = 1
    return out


def padded(rows):
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=1)
    mask = torch.zeros_like(ids)
    for row, text in zip(mask, rows):
        row[:len(text)] = 1
    return ids, mask


def roberta_files():
    tokens = SPECIALS + [chr(c) for c in range(33, 127)] + ["<mask>"]
    return {"vocab.json": json.dumps({t: i for i, t in enumerate(tokens)}) + "\n", "merges.txt": "#version: 0.2\n"}


def bertweet_files():
    return {"vocab.txt": "".join(f"w{i} 1\n" for i in range(94)), "bpe.codes": "a b</w> 1\n"}


def bernice_files():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t").write_text("the cat sat on the mat\na dog ran in the park\n" * 3)
        SentencePieceTrainer.train(input=f"{folder}/t", model_prefix=f"{folder}/m", vocab_size=20, num_threads=1,
                                   normalization_rule_name="identity", minloglevel=2)
        model = sentencepiece_model_pb2.ModelProto.FromString(Path(folder, "m.model").read_bytes())
    for field in ("input", "model_prefix"):
        model.trainer_spec.ClearField(field)
    return {"sentencepiece.bpe.model": model.SerializeToString(deterministic=True)}


def make(name, model, files, prefix, pooler):
    models.draw(model)
    rows_of = texts()
    ids, mask = padded(rows_of)
    out = model(input_ids=ids, attention_mask=mask)
    rows = models.unpad(out.last_hidden_state, rows_of)
    tensors = {"input.ids": torch.cat(rows_of), "input.offsets": models.offsets(rows_of), "output.rows": rows,
               "input.types": torch.zeros_like(torch.cat(rows_of)), "upstream.rows": torch.randn_like(rows)}
    loss = (rows * tensors["upstream.rows"]).sum()
    if pooler:
        tensors.update({"output.pooled": out.pooler_output, "upstream.pooled": torch.randn_like(out.pooler_output)})
        loss = loss + (out.pooler_output * tensors["upstream.pooled"]).sum()
    loss.backward()
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = {key: value for key, value in model.config.to_dict().items() if key in SIZES}
    config.update(model_type=model.config.model_type, pad_token_id=1, hidden_act="gelu")
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    for file, content in files.items():
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    weights = {prefix + key: value for key, value in model.named_parameters()}
    if prefix:
        weights.update({"lm_head.bias": torch.zeros(99), "lm_head.dense.weight": torch.zeros(2, 2)})
        weights[prefix + "embeddings.position_ids"] = torch.arange(22)[None]
    models.write(folder / "model.safetensors", weights)
    models.write(folder / "golden.safetensors", {**tensors, **models.gradients(model)})


def main():
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(20)
    roberta, xlm = transformers.RobertaConfig(**SIZES), transformers.XLMRobertaConfig(**SIZES)
    make("roberta", transformers.RobertaModel(roberta), roberta_files(), "roberta.", True)
    make("bertweet", transformers.RobertaModel(roberta, add_pooling_layer=False), bertweet_files(), "", False)
    make("bernice", transformers.XLMRobertaModel(xlm), bernice_files(), "roberta.", True)


if __name__ == "__main__":
    main()
