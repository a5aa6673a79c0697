"""Writes ONNX models whose weights lie outside of them, and what Python makes of them.

`../examples/tiny-transformer.onnx`: the transformer of `tiny-transformer.pt` in F32, exported by torch, its weights
under the names of the state dict; `../examples/tiny-transformer-logits.safetensors`: some tokens, and the logits that
torch computes for them with the checkpoint's weights. onnxruntime must agree with it.

`golden/onnx/`: a graph with an initializer of each dtype that ONNX Runtime's Java has, their values as a safetensors
file, and the sum that onnxruntime computes from them.
"""

import os

os.environ["ATEN_CPU_CAPABILITY"] = "default"

import numpy as np
import onnx
import onnxruntime
import safetensors.numpy
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file

import make_example
from common import GOLDEN
from make_example import CONTEXT, EXAMPLES, Transformer
from models import TORCH

ONNX = GOLDEN / "onnx"
NOWHERE = "weights.safetensors"
DTYPES = {
    "F64": TensorProto.DOUBLE,
    "F32": TensorProto.FLOAT,
    "F16": TensorProto.FLOAT16,
    "BF16": TensorProto.BFLOAT16,
    "I64": TensorProto.INT64,
    "I32": TensorProto.INT32,
    "I16": TensorProto.INT16,
    "I8": TensorProto.INT8,
    "U8": TensorProto.UINT8,
    "BOOL": TensorProto.BOOL,
}


def outside(tensor: onnx.TensorProto) -> None:
    """Takes an initializer's values away, and leaves a reference to a file that need not be there."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    del tensor.external_data[:]
    tensor.external_data.add(key="location", value=NOWHERE)


def run(
    model: bytes, weights: dict[str, onnxruntime.OrtValue], inputs: dict[str, np.ndarray]
) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.add_external_initializers(list(weights), list(weights.values()))
    return onnxruntime.InferenceSession(model, options).run(None, inputs)


def transformer() -> None:
    state = torch.load(EXAMPLES / "tiny-transformer.pt", weights_only=True)["state_dict"]
    module = Transformer().eval()
    module.load_state_dict(state)
    module.float()
    make_example.norm = lambda layer, x: layer(x)  # all in F32
    tokens = torch.tensor([list(b"To stream is to be read in time, and whole"[:CONTEXT])])
    with torch.no_grad():
        logits = module(tokens)
    path = EXAMPLES / "tiny-transformer.onnx"
    torch.onnx.export(
        module,
        (tokens,),
        path,
        dynamo=False,
        do_constant_folding=False,
        input_names=["tokens"],
        output_names=["logits"],
    )
    model = onnx.load(path)
    model.graph.ClearField("doc_string")
    for node in model.graph.node:
        node.ClearField("doc_string")
    weights = {}
    for tensor in model.graph.initializer:
        assert tensor.name in state, f"{tensor.name} is no tensor of the checkpoint"
        weights[tensor.name] = onnxruntime.OrtValue.ortvalue_from_numpy(
            onnx.numpy_helper.to_array(tensor)
        )
        outside(tensor)
    path.write_bytes(model.SerializeToString(deterministic=True))
    (found,) = run(path.read_bytes(), weights, {"tokens": tokens.numpy()})
    np.testing.assert_allclose(found, logits.numpy(), atol=1e-5)
    save_file(
        {"tokens": tokens, "logits": logits}, EXAMPLES / "tiny-transformer-logits.safetensors"
    )


def dtypes() -> None:
    ONNX.mkdir(exist_ok=True)
    generator = np.random.default_rng(16)
    numbers = generator.integers(-40, 40, size=(2, 3))
    weights, nodes, initializers = {}, [], []
    for name, dtype in DTYPES.items():
        values = torch.tensor(np.abs(numbers) if name == "U8" else numbers).to(TORCH[name])
        weights[name] = values
        tensor = helper.make_tensor(name, dtype, values.shape, values.double().flatten().tolist())
        outside(tensor)
        for field in ("float_data", "int32_data", "int64_data", "double_data"):
            tensor.ClearField(field)
        initializers.append(tensor)
        nodes.append(helper.make_node("Cast", [name], [f"{name}.float"], to=TensorProto.FLOAT))
    nodes.append(helper.make_node("Concat", [f"{name}.float" for name in DTYPES], ["all"], axis=0))
    nodes.append(helper.make_node("Mul", ["all", "factor"], ["product"]))
    graph = helper.make_graph(
        nodes,
        "dtypes",
        [helper.make_tensor_value_info("factor", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, [20, 3])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (ONNX / "dtypes.onnx").write_bytes(model.SerializeToString(deterministic=True))
    save_file(weights, ONNX / "dtypes.safetensors")
    # As a model with its values inside, which asks nothing of the ways of getting them in.
    for tensor in model.graph.initializer:
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.DEFAULT
        values = weights[tensor.name].contiguous()
        tensor.raw_data = values.view(torch.uint8).numpy().tobytes()
    (product,) = onnxruntime.InferenceSession(model.SerializeToString()).run(
        None, {"factor": np.array([3], np.float32)}
    )
    safetensors.numpy.save_file({"product": product}, ONNX / "product.safetensors")


if __name__ == "__main__":
    torch.manual_seed(0)
    transformer()
    dtypes()
